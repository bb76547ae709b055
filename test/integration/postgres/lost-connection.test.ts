import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadPostgresConfig, PostgresDatabase } from '@signpost/postgres';
import { freshDatabase, query, until } from '@signpost/testing';

/** As a server that is stopped, or fails over, ends what is connected. */
describe('a connection that the server ends between two statements', () => {
  let url: string;
  let database: PostgresDatabase;
  beforeAll(async () => {
    url = await freshDatabase();
    database = new PostgresDatabase(loadPostgresConfig({ DATABASE_URL: url }));
  });
  afterAll(() => database.close());

  it('fails the next statement, and not the process', async () => {
    const client = await database.log.connect();
    let ended = false;
    client.once('end', () => (ended = true));
    await client.query('BEGIN');
    const { rows } = await client.query<{ id: number }>('SELECT pg_backend_pid() AS id');
    await query(url, `SELECT pg_terminate_backend(${String(rows[0]?.id)})`);
    await until(() => ended, { timeoutMs: 10_000, everyMs: 10, what: 'the connection to end' });
    await expect(client.query('COMMIT')).rejects.toThrow();
    client.release(true);
    await expect(database.log.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  });
});
