import type { OrganisationId } from '@signpost/domain';
import { Log } from '@signpost/observability';
import { loadPostgresConfig, migrate, OutboxRelay, PostgresAccountStore, PostgresDatabase } from '@signpost/postgres';
import { hashApiKey } from '@signpost/runtime';

const ORGANISATION = 'development';
const SHOWN_OF_KEY = 6;

export interface Seed {
  readonly databaseUrl: string;
  readonly apiKey: string;
  /** The database may never have spoken to this Kafka: all that it holds is published anew. */
  readonly newToKafka: boolean;
}

/** Brings the database to this version's form and lets this key in; resolves with whose key it is. Safe to repeat. */
export async function seed({ databaseUrl, apiKey, newToKafka }: Seed): Promise<OrganisationId> {
  const config = loadPostgresConfig({
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '1',
    DATABASE_LOG_POOL_SIZE: '1',
  });
  await migrate(config);
  const database = new PostgresDatabase(config);
  try {
    const accounts = new PostgresAccountStore(database);
    const organisationId = await accounts.organisation(ORGANISATION);
    await accounts.addApiKey(organisationId, {
      name: 'npm start',
      prefix: apiKey.slice(0, SHOWN_OF_KEY),
      hash: hashApiKey(apiKey),
    });
    if (newToKafka) await new OutboxRelay(database, Log.create('silent', 'start')).rebuild();
    return organisationId;
  } finally {
    await database.close();
  }
}
