import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newId, type ApplicationId, type EndpointId, type OrganisationId } from '@signpost/domain';
import type { DeadLetterSelection } from '@signpost/ports';
import { loadPostgresConfig, migrate, PostgresDatabase, PostgresDeadLetterIndex } from '@signpost/postgres';
import { freshDatabase } from '@signpost/testing';
import { fillDeadLetters } from './million.js';

const LETTERS = 60_000;
/** Pages of 8 KiB that one page of a list may touch, whatever is asked. */
const MOST_PAGES = 1_000;

/** Every filter by every scope: none may read what does not fit. */
describe('a list of dead letters', () => {
  let database: PostgresDatabase;
  let index: PostgresDeadLetterIndex;
  const organisationId = 'org_1' as OrganisationId;
  const applicationId: ApplicationId = newId('app', 1);
  let endpoints: readonly EndpointId[];
  const touched: number[] = [];
  beforeAll(async () => {
    const config = loadPostgresConfig({ DATABASE_URL: await freshDatabase(), DATABASE_LOG_POOL_SIZE: '1' });
    await migrate(config);
    database = new PostgresDatabase(config);
    endpoints = await fillDeadLetters(config.url, { organisationId, applicationId, count: LETTERS, endpoints: 20 });
    index = new PostgresDeadLetterIndex(database);
    watch(database.lists);
  }, 120_000);
  afterAll(() => database.close());

  /** What each statement of the pool touched, by EXPLAIN of the same. */
  function watch(pool: pg.Pool): void {
    const ask = pool.query.bind(pool) as (sql: string, values: unknown[]) => Promise<pg.QueryResult>;
    const explained = async (sql: string, values: unknown[]): Promise<pg.QueryResult> => {
      const { rows } = await ask(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, values);
      const plan = (rows as readonly { 'QUERY PLAN': readonly { Plan: Record<string, number> }[] }[])[0]?.[
        'QUERY PLAN'
      ];
      const top = plan?.[0]?.Plan;
      touched.push((top?.['Shared Hit Blocks'] ?? 0) + (top?.['Shared Read Blocks'] ?? 0));
      return ask(sql, values);
    };
    Object.defineProperty(pool, 'query', { value: explained });
  }

  it('touches few pages by whatever it is asked for, also where nearly nothing fits', async () => {
    const scopes: readonly Partial<DeadLetterSelection>[] = [
      {},
      { applicationId },
      { endpointId: endpoints[3] ?? ('' as never) },
    ];
    const filters: readonly Partial<DeadLetterSelection>[] = [
      {},
      { reasons: ['gone'] },
      { reasonClass: 'platform' },
      { statuses: [418] },
      { eventTypes: ['rare.type'] },
      { statuses: [503], eventTypes: ['rare.type'], reasons: ['attempts-exhausted'] },
      { since: new Date(Date.now() - 3_600_000) },
      { since: new Date(Date.now() - 3_600_000), statuses: [418] },
    ];
    const states: readonly Partial<DeadLetterSelection>[] = [{ state: 'dead' }, { state: 'redriven' }, {}];
    const tooMany: unknown[] = [];
    for (const scope of scopes) {
      for (const filter of filters) {
        for (const state of states) {
          for (const order of ['ascending', 'descending'] as const) {
            await index.list({ organisationId, ...scope, ...filter, ...state }, { limit: 51, order });
            const pages = touched.at(-1) ?? Infinity;
            if (pages > MOST_PAGES) tooMany.push({ scope: Object.keys(scope), filter, state, order, pages });
          }
        }
      }
    }
    expect(tooMany).toEqual([]);
    process.stdout.write(`  at most ${String(Math.max(...touched))} pages of ${String(LETTERS)} letters\n`);
  }, 120_000);
});
