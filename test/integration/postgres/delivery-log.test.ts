import { afterAll, describe, expect, it } from '@jest/globals';
import { loadPostgresConfig, migrate, PostgresDatabase } from '@signpost/postgres';
import { PostgresDeliveryLogReader, PostgresDeliveryLogWriter } from '@signpost/postgres';
import { freshDatabase, query } from '@signpost/testing';
import { deliveryLogContract } from '../../../libs/testing/src/contracts/delivery-log.contract.js';

const opened: PostgresDatabase[] = [];
afterAll(() => Promise.all(opened.map((database) => database.close())));

async function openLog() {
  const config = loadPostgresConfig({ DATABASE_URL: await freshDatabase() });
  await migrate(config);
  const database = new PostgresDatabase(config);
  opened.push(database);
  return {
    config,
    writer: new PostgresDeliveryLogWriter(database.log, config.responseBodyBytes),
    reader: new PostgresDeliveryLogReader(database.log, database.lists),
  };
}

deliveryLogContract('PostgreSQL', openLog);

describe('migrations', () => {
  it('are done once when several processes come at the same time', async () => {
    const config = loadPostgresConfig({ DATABASE_URL: await freshDatabase() });
    await Promise.all([migrate(config), migrate(config), migrate(config)]);
    const rows = await query(config.url, 'SELECT name FROM migrations');
    expect(rows.length).toBeGreaterThan(1);
    expect(new Set(rows.map((row) => row['name'])).size).toBe(rows.length);
  });
});
