// Publishes the whole control plane anew, for a Kafka whose `control` topic was lost or is new:
//   node --import ./tooling/typescript.mjs apps/api/src/rebuild-control.ts
// It only marks everything as changed; a running api publishes it.
import { Log } from '@signpost/observability';
import { loadPostgresConfig, OutboxRelay, PostgresDatabase } from '@signpost/postgres';
import { runCommand } from './commands/run-command.js';

await runCommand('rebuild-control', async () => {
  const database = new PostgresDatabase(loadPostgresConfig(process.env));
  try {
    await new OutboxRelay(database, Log.create('silent', 'rebuild-control')).rebuild();
  } finally {
    await database.close();
  }
  return 'Everything is marked; a running api publishes it now.';
});
