import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lowestId, newId } from '@signpost/domain';
import { keepPartitions } from '../../../libs/postgres/src/delivery-log/partitions.js';
import { loadPostgresConfig, migrate, type PostgresConfig } from '@signpost/postgres';
import { freshDatabase, query, until } from '@signpost/testing';
import pg from 'pg';

const DAY = 86_400_000;

describe('the partitions of the delivery log', () => {
  let config: PostgresConfig;
  let client: pg.Client;
  beforeAll(async () => {
    config = loadPostgresConfig({ DATABASE_URL: await freshDatabase() });
    await migrate(config);
    client = new pg.Client({ connectionString: config.url });
    await client.connect();
  });
  afterAll(() => client.end());

  const insertMatch = (connection: pg.Client, id: string) =>
    connection.query("INSERT INTO matches VALUES ($1, 'app', '{}', now())", [id]);
  const partitionsWith = async (id: string): Promise<unknown> =>
    (await query(config.url, `SELECT tableoid::regclass::text AS name FROM matches WHERE message_id = '${id}'`))[0]?.[
      'name'
    ];

  it('are there for yesterday and a week ahead; every other time has its place too', async () => {
    const now = Date.now();
    for (const [atMs, isDay] of [
      [now - DAY, true],
      [now, true],
      [now + 7 * DAY, true],
      [now + 30 * DAY, false],
      [0, false],
    ] as const) {
      const id = newId('msg', atMs);
      await insertMatch(client, id);
      expect(await partitionsWith(id)).toMatch(isDay ? /^matches_\d{8}$/ : /^matches_other$/);
    }
  });

  it('take over what came before them', async () => {
    const now = Date.now() + 40 * DAY;
    const early = newId('msg', now);
    await insertMatch(client, early);
    expect(await partitionsWith(early)).toBe('matches_other');
    await keepPartitions(client, now, 90);
    expect(await partitionsWith(early)).toMatch(/^matches_\d{8}$/);
  });

  it('go when all that they hold has expired, and so do odd rows as old', async () => {
    const now = Date.now();
    const old = newId('msg', now);
    const kept = newId('msg', now + 3 * DAY);
    await insertMatch(client, old);
    await insertMatch(client, kept);
    const { made, dropped } = await keepPartitions(client, now + 4 * DAY, 2);
    expect(dropped.length).toBeGreaterThan(0);
    expect(made).not.toEqual([]);
    expect(await partitionsWith(old)).toBeUndefined();
    expect(await partitionsWith(kept)).toBeDefined();
    expect(await query(config.url, `SELECT FROM matches WHERE message_id < '${lowestId('msg', now)}'`)).toEqual([]);
    expect((await keepPartitions(client, now + 4 * DAY, 2)).dropped).toEqual([]);
  });

  it('come and go while a writer holds its transaction open for a moment, without failing it', async () => {
    const now = Date.now() + 100 * DAY;
    const writer = new pg.Client({ connectionString: config.url });
    await writer.connect();
    try {
      await writer.query('BEGIN');
      await insertMatch(writer, newId('msg', Date.now() + 5 * DAY));
      const keeping = keepPartitions(client, now, 1);
      keeping.catch(() => undefined);
      // Another writer gets in between, although the keeper waits for the first: it does not wait in the way for long.
      await until(
        async () =>
          (
            await query(
              config.url,
              "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%DETACH%'",
            )
          ).length === 1,
        { timeoutMs: 15_000, what: 'the keeper to wait for its lock', everyMs: 5 },
      );
      const other = new pg.Client({ connectionString: config.url, statement_timeout: 3_000 });
      await other.connect();
      await insertMatch(other, newId('msg', Date.now() + 5 * DAY));
      await other.end();
      await writer.query('COMMIT');
      expect((await keeping).dropped.length).toBeGreaterThan(0);
    } finally {
      await writer.end();
    }
  });
});
