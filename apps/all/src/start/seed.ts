import { loadPostgresConfig, migrate, PostgresAccountStore, PostgresDatabase } from '@signpost/postgres';
import { hashApiKey } from '@signpost/runtime';

const ORGANISATION = 'development';
const SHOWN_OF_KEY = 6;

/** Brings the database to this version's form and lets this key in. Safe to repeat. */
export async function seedApiKey(databaseUrl: string, apiKey: string): Promise<void> {
  const config = loadPostgresConfig({
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '1',
    DATABASE_LOG_POOL_SIZE: '1',
  });
  await migrate(config);
  const database = new PostgresDatabase(config);
  try {
    const accounts = new PostgresAccountStore(database);
    await accounts.addApiKey(await accounts.organisation(ORGANISATION), {
      name: 'npm start',
      prefix: apiKey.slice(0, SHOWN_OF_KEY),
      hash: hashApiKey(apiKey),
    });
  } finally {
    await database.close();
  }
}
