// Makes an API key and prints it, once:
//   node --import ./tooling/typescript.mjs apps/api/src/create-key.ts --organisation acme --name "first key"
import { parseArgs } from 'node:util';
import { loadPostgresConfig, migrate, PostgresAccountStore, PostgresDatabase } from '@signpost/postgres';
import { runCommand } from './commands/run-command.js';
import { newApiKey } from './commands/new-api-key.js';

await runCommand('create-key --organisation <name> [--name <what it is for>]', async () => {
  const { organisation, name = 'API key' } = parseArgs({
    options: { organisation: { type: 'string' }, name: { type: 'string' } },
  }).values;
  if (organisation === undefined || organisation === '') throw new TypeError('--organisation is needed');
  const config = loadPostgresConfig(process.env);
  await migrate(config);
  const database = new PostgresDatabase(config);
  try {
    const accounts = new PostgresAccountStore(database);
    const key = await newApiKey(accounts, organisation, name);
    // Beside the answer, not in it: scripts read the key from standard output.
    process.stderr.write(`a key of the organisation ${await accounts.organisation(organisation)}:\n`);
    return key;
  } finally {
    await database.close();
  }
});
