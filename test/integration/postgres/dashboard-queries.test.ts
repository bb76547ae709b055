import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { lowestId, newId } from '@signpost/domain';
import { DASHBOARDS, lowestIdAt } from '@signpost/monitoring';
import { loadPostgresConfig, migrate } from '@signpost/postgres';
import { freshDatabase } from '@signpost/testing';

/** Of others, beside the one that is looked at. */
const ROWS = 20_000;
const OTHERS = 200;
/** Pages of 8 KiB that a panel may touch for an endpoint with next to nothing in the time shown. */
const MOST_PAGES = 200;
const HOUR_MS = 3_600_000;

const queries = DASHBOARDS.flatMap(({ rows }) => rows)
  .flatMap(({ panels }) => panels)
  .flatMap(({ title, queries: each }) =>
    each.flatMap((query) => (query.kind === 'sql' ? [[title, query.sql] as const] : [])),
  );

interface Plan {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

describe('what the dashboard of one endpoint asks the delivery log', () => {
  let database: pg.Client;
  const nowMs = Date.now();
  const endpoint = newId('ep', nowMs);
  const application = newId('app', nowMs);
  beforeAll(async () => {
    const url = await freshDatabase();
    await migrate(loadPostgresConfig({ DATABASE_URL: url }));
    database = new pg.Client(url);
    await database.connect();
    const others = Array.from({ length: OTHERS }, () => newId('ep', nowMs));
    // Others' of the same hour, and the endpoint's own of a time that is not shown.
    await fill(others, application, nowMs - HOUR_MS, ROWS);
    await fill([endpoint], application, nowMs - 20 * HOUR_MS, ROWS);
    await fill([endpoint], application, nowMs - HOUR_MS / 2, 100);
    await database.query('ANALYZE');
  }, 120_000);
  afterAll(() => database.end());

  /** Rows of some endpoints over half an hour, every tenth of them failed and dead. */
  async function fill(endpoints: readonly string[], by: string, fromMs: number, count: number): Promise<void> {
    const of = `(ARRAY['${endpoints.join("','")}'])[1 + n % ${String(endpoints.length)}]`;
    const made = `generate_series(0, ${String(count - 1)}) n, LATERAL (SELECT ${String(fromMs)} + n * ${String(Math.floor(HOUR_MS / 2 / count))} AS ms) t,
      LATERAL (SELECT ${lowestIdAt('', 't.ms / 1000.0')} AS low) i, LATERAL (SELECT substr(low, 2, 8) || substr(md5(n::text || ${of}), 1, 19) AS id) k`;
    const failed = '(n % 10 = 0)';
    await database.query(`INSERT INTO attempts (id, delivery_id, message_id, application_id, endpoint_id, at, total_ms, first_byte_ms, attempt,
        status, delivered, manual, repeated, event_type, url, reason, result)
      SELECT 'atmpt_' || id, 'dlv_' || id, 'msg_' || id, '${by}', ${of}, to_timestamp(ms / 1000.0), 12, 10, 1,
        CASE WHEN ${failed} THEN 503 ELSE 200 END, NOT ${failed}, false, false, 'a', 'https://x', CASE WHEN ${failed} THEN 'http:503' END,
        CASE WHEN ${failed} THEN 5 ELSE 2 END FROM ${made}`);
    await database.query(`INSERT INTO deliveries (id, message_id, application_id, endpoint_id, standing, seen, attempts, state, event_type, status)
      SELECT 'dlv_' || id, 'msg_' || id, '${by}', ${of}, 1, 1, 1, CASE WHEN ${failed} THEN 'waiting' ELSE 'delivered' END, 'a',
        CASE WHEN ${failed} THEN 1 ELSE 0 END FROM ${made}`);
    await database.query(`INSERT INTO dead_letters (id, delivery_id, redelivery, application_id, endpoint_id, message_id, event_type, reason, reason_class,
        cause, attempts, dead_at, origin_topic, origin_partition, origin_offset, position_partition, position_offset, dead)
      SELECT 'dl_' || id, 'dlv_' || id, 0, '${by}', ${of}, 'msg_' || id, 'a', 'attempts-exhausted', 'customer', 0, 3, to_timestamp(ms / 1000.0),
        't', 0, n, 0, n, true FROM ${made} WHERE ${failed}`);
  }

  function asked(sql: string): string {
    return sql
      .replaceAll('$__unixEpochFrom()', String(Math.floor((nowMs - HOUR_MS) / 1_000)))
      .replaceAll('$__unixEpochTo()', String(Math.floor(nowMs / 1_000)))
      .replaceAll('$__interval_ms', '60000')
      .replaceAll('${endpoint:sqlstring}', `'${endpoint}'`)
      .replaceAll('${application:sqlstring}', `'${application}'`);
  }

  it('is bounded by ids as the domain makes them, at every time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 4_000_000_000 }), async (second) => {
        const { rows } = await database.query<{ id: string }>(`SELECT ${lowestIdAt('atmpt', String(second))} AS id`);
        expect(rows[0]?.id).toBe(lowestId('atmpt', second * 1_000));
      }),
      { numRuns: 50 },
    );
  });

  it.each(queries)('finds what is there and touches few pages of many: %s', async (_title, sql) => {
    const { rows } = await database.query<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${asked(sql)}`,
    );
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
    expect((plan?.['Shared Hit Blocks'] ?? Infinity) + (plan?.['Shared Read Blocks'] ?? 0)).toBeLessThan(MOST_PAGES);
  });

  it('counts the hundred attempts of the time shown, and none of the others', async () => {
    const [, sql = ''] = queries.find(([title]) => title === 'Attempts by how they ended') ?? [];
    const { rows } = await database.query<{ metric: string; value: string }>(asked(sql));
    const sum = (metric: string): number =>
      rows.filter((row) => row.metric === metric).reduce((all, { value }) => all + Number(value), 0);
    expect([sum('delivered'), sum('5xx')]).toEqual([90, 10]);
  });
});
