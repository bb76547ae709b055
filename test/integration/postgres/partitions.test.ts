import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lowestId, newId, type EndpointId } from '@signpost/domain';
import { keepPartitions } from '../../../libs/postgres/src/delivery-log/partitions.js';
import { loadPostgresConfig, migrate, PostgresDeliveryLogWriter, type PostgresConfig } from '@signpost/postgres';
import { freshDatabase, query, until } from '@signpost/testing';
import pg from 'pg';
import { aCase } from './logged-cases.js';

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

  it('come and go under a recorder that writes all the time, with a reader in the way: no batch waits for long', async () => {
    const now = Date.now() + 200 * DAY;
    for (let back = 0; back <= 8; back += 4) await keepPartitions(client, now - back * DAY, 365);
    // A batch that had to wait for the keeper's lock, and the keeper for the reader, would fail by this.
    const pool = new pg.Pool({ connectionString: config.url, max: 2, statement_timeout: 2_000 });
    const writer = new PostgresDeliveryLogWriter(pool, 1_024);
    const endpoints: readonly EndpointId[] = [newId('ep', now)];
    const app = newId('app', now);
    const written: string[] = [];
    let isOver = false;
    const write = async () => {
      while (!isOver) {
        const { message, attempts } = aCase(app, endpoints, now + 7 * DAY, written.length);
        await writer.write([message], attempts);
        written.push(message.id);
      }
    };
    const writing = [write(), write()];
    for (const one of writing) one.catch(() => undefined);
    const reader = new pg.Client({ connectionString: config.url });
    await reader.connect();
    try {
      await reader.query('BEGIN');
      await reader.query('SELECT count(*) FROM attempts, matches');
      const keeping = keepPartitions(client, now + 6 * DAY, 2);
      keeping.catch(() => undefined);
      const isWaiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%TACH PARTITION%'";
      await until(async () => (await query(config.url, isWaiting)).length === 1, {
        timeoutMs: 15_000,
        what: 'the keeper to wait for the reader',
        everyMs: 5,
      });
      const before = written.length;
      await until(() => written.length > before + 20, { timeoutMs: 15_000, what: 'batches to go on meanwhile' });
      await reader.query('COMMIT');
      const { made, dropped } = await keeping;
      expect(made.length).toBeGreaterThan(0);
      expect(dropped.length).toBeGreaterThan(0);
      isOver = true;
      await Promise.all(writing);
      const kept = await query(config.url, `SELECT id FROM messages WHERE application_id = '${app}'`);
      expect(kept).toHaveLength(written.length);
    } finally {
      isOver = true;
      await reader.end();
      await Promise.allSettled(writing);
      await pool.end();
    }
  });
});
