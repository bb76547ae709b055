// Makes an API key and prints it, once:
//   node --import ./tooling/typescript.mjs apps/api/src/create-key.ts --organisation acme --name "first key"
import { parseArgs } from 'node:util';
import { SCOPES, type Scope } from '@signpost/domain';
import { loadPostgresConfig, migrate, PostgresAccountStore, PostgresDatabase } from '@signpost/postgres';
import { actingAs } from '@signpost/runtime';
import { runCommand } from './commands/run-command.js';
import { newApiKey } from './commands/new-api-key.js';

await runCommand(
  'create-key --organisation <name> [--name <what it is for>] [--scope read,write,publish,ops]',
  async () => {
    const {
      organisation,
      name = 'API key',
      scope,
    } = parseArgs({
      options: {
        organisation: { type: 'string' },
        name: { type: 'string' },
        scope: { type: 'string', multiple: true },
      },
    }).values;
    if (organisation === undefined || organisation === '') throw new TypeError('--organisation is needed');
    const scopes = scope === undefined ? undefined : parseScopes(scope.join(','));
    const config = loadPostgresConfig(process.env);
    await migrate(config);
    const database = new PostgresDatabase(config);
    try {
      const accounts = new PostgresAccountStore(database);
      const key = await actingAs({ actor: { kind: 'command-line', name: 'create-key' } }, () =>
        newApiKey(accounts, organisation, name, scopes),
      );
      // Beside the answer, not in it: scripts read the key from standard output.
      process.stderr.write(`a key of the organisation ${await accounts.organisation(organisation)}:\n`);
      return key;
    } finally {
      await database.close();
    }
  },
);

/** @throws TypeError naming what is no scope */
function parseScopes(list: string): readonly Scope[] {
  return list.split(',').map((text) => {
    const scope = SCOPES.find((known) => known === text.trim());
    if (scope === undefined) throw new TypeError(`--scope ${text}: there are ${SCOPES.join(', ')}`);
    return scope;
  });
}
