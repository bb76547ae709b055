import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type OrganisationId } from '@signpost/domain';
import {
  loadPostgresConfig,
  migrate,
  PostgresDatabase,
  PostgresDeadLetterIndexer,
  PostgresWaitingWork,
} from '@signpost/postgres';
import { freshDatabase, query } from '@signpost/testing';
import { OLDEST_CHANGE, OLDEST_DEAD_LETTERS, RECOVERIES } from '../../../libs/postgres/src/waiting/waiting-work.js';
import { aLetter } from '../dead-letters/letters.js';
import { fillDeadLetters } from '../dead-letters/million.js';

const LETTERS = 60_000;
/** Pages of 8 KiB that a question may touch, however much there is that does not wait. */
const FEW_PAGES = 40;

describe('what waits in the database', () => {
  let database: PostgresDatabase;
  let work: PostgresWaitingWork;
  beforeAll(async () => {
    const config = loadPostgresConfig({ DATABASE_URL: await freshDatabase() });
    await migrate(config);
    database = new PostgresDatabase(config);
    work = new PostgresWaitingWork(database);
  });
  afterAll(() => database.close());
  const sql = (text: string) => query(database.config.url, text);

  it('is nothing at first', async () => {
    expect(await work.deadLetters()).toEqual({ customer: 0, platform: 0 });
    expect(await work.oldestDeadLetters()).toEqual({ customer: 0, platform: 0 });
    expect(await work.recoveries()).toEqual({ running: 0, paused: 0, done: 0, left: 0 });
    expect(await work.oldestChange()).toBe(0);
  });

  it('is dead letters by who has to look first, without those that were sent again', async () => {
    const [applicationId, endpointId] = [newId('app', 0), newId('ep', 0)];
    const of = { applicationId, endpointId };
    const hourAgo = Date.now() - 3_600_000;
    const letters = [
      aLetter({ ...of, atMs: hourAgo }),
      aLetter({ ...of, atMs: hourAgo + 1_800_000 }),
      aLetter({ ...of, last: 'network:OTHER', atMs: Date.now() - 60_000 }),
    ];
    const indexer = new PostgresDeadLetterIndexer(database);
    await indexer.write(letters.map((letter, offset) => ({ letter, position: { partition: 0, offset } })));
    const classes = letters.map(({ reasonClass }) => reasonClass);
    expect(new Set(classes).size).toBe(2);
    const [first, , last] = classes;
    if (first === undefined || last === undefined) throw new Error('unreachable');
    expect(await work.deadLetters()).toMatchObject({ [first]: 2, [last]: 1 });
    const oldest = await work.oldestDeadLetters();
    expect(Math.round(oldest[first] / 60)).toBe(60);
    expect(Math.round(oldest[last] / 60)).toBe(1);
    await sql(`UPDATE dead_letters SET dead = false WHERE delivery_id = '${letters[0]?.delivery.id ?? ''}'`);
    expect(await work.deadLetters()).toMatchObject({ [first]: 1, [last]: 1 });
    expect(Math.round((await work.oldestDeadLetters())[first] / 60)).toBe(30);
  });

  it('is recoveries that have not ended, with what they have done and have left', async () => {
    const recovery = (id: string, status: string, total: number | null, done: number, leftOut: number) =>
      sql(`INSERT INTO recoveries (id, organisation_id, since, until, status, total, done, without_payload, under_way, too_often,
             looked_at, sequence, held_until, created_at, updated_at)
           VALUES ('${id}', 'org_1', now(), now(), '${status}', ${String(total)}, ${String(done)}, 0, ${String(leftOut)}, 0,
             '', 0, now(), now(), now())`);
    await recovery('a', 'running', 10, 4, 1);
    await recovery('b', 'paused', 100, 20, 0);
    await recovery('c', 'running', null, 3, 0);
    await recovery('d', 'finished', 1_000, 1_000, 0);
    // More were found than were counted first.
    await recovery('e', 'running', 1, 5, 0);
    expect(await work.recoveries()).toEqual({ running: 3, paused: 1, done: 33, left: 85 });
  });

  it('is the oldest change that is not in Kafka', async () => {
    await sql("INSERT INTO outbox (kind, id, at) VALUES ('endpoint', 'ep_1', now() - interval '90 seconds')");
    await sql("INSERT INTO outbox (kind, id) VALUES ('endpoint', 'ep_2')");
    expect(await work.oldestChange()).toBeGreaterThanOrEqual(90);
    await sql("DELETE FROM outbox WHERE id = 'ep_1'");
    expect(await work.oldestChange()).toBeLessThan(90);
  });

  it('is found without reading what does not wait', async () => {
    await fillDeadLetters(database.config.url, {
      organisationId: 'org_1' as OrganisationId,
      applicationId: newId('app', 1),
      count: LETTERS,
      endpoints: 20,
    });
    await sql(`INSERT INTO recoveries (id, organisation_id, since, until, status, total, done, without_payload, under_way, too_often,
        looked_at, sequence, held_until, created_at, updated_at)
      SELECT 'r' || n, 'org_1', now(), now(), 'finished', 1, 1, 0, 0, 0, '', 0, now(), now(), now() FROM generate_series(1, 20000) n`);
    await sql("INSERT INTO outbox (kind, id) SELECT 'endpoint', 'ep_' || n FROM generate_series(1, 20000) n");
    await sql('VACUUM (ANALYZE) recoveries, outbox');
    const pages = async (text: string, values: readonly unknown[] = []) => {
      const { rows } = await database.log.query<{
        'QUERY PLAN': readonly { readonly Plan: Readonly<Record<string, number>> }[];
      }>(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, [...values]);
      const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
      return (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0);
    };
    expect(await pages(OLDEST_DEAD_LETTERS, [['customer', 'platform']])).toBeLessThan(FEW_PAGES);
    expect(await pages(RECOVERIES)).toBeLessThan(FEW_PAGES);
    expect(await pages(OLDEST_CHANGE)).toBeLessThan(FEW_PAGES);
    // Of a hundred letters one waits.
    await sql('UPDATE dead_letters SET dead = (position_offset % 100 = 0)');
    await sql('VACUUM (FULL, ANALYZE) dead_letters');
    await sql('VACUUM dead_letters');
    const counted = await pages('SELECT reason_class, count(*) FROM dead_letters WHERE dead GROUP BY reason_class');
    // A page of the table for each at most, while a vacuum has not come by since it was written.
    expect(counted).toBeLessThan(LETTERS / 100 + FEW_PAGES);
    const { customer, platform } = await work.deadLetters();
    expect(customer + platform).toBeGreaterThanOrEqual(LETTERS / 100);
  }, 180_000);
});
