import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Pool } from 'pg';
import { freshFolder, startPostgres, until, type EmbeddedPostgres } from '@signpost/testing';
import { Pipeline } from './support/pipeline.js';

const OUTAGE_MS = process.env['SIGNPOST_TEST_LENGTH'] === 'full' ? 60_000 : 8_000;

jest.setTimeout(600_000);

/** Promises 4 and 10: the data plane needs Kafka alone, and the log catches up with each attempt once. */
describe('a database that is down under load', () => {
  let postgres: EmbeddedPostgres;
  let databaseUrl: string;
  let pipeline: Pipeline;
  beforeAll(async () => {
    postgres = await startPostgres({ dataFolder: freshFolder() });
    databaseUrl = await postgres.createDatabase('down');
    pipeline = await Pipeline.open({ env: { DATABASE_URL: databaseUrl } });
    await pipeline.add('recorder');
  }, 180_000);
  afterAll(async () => {
    await pipeline.end();
    await postgres.stop();
  });

  it('holds up neither deliveries, retries, parking nor the switching off of an endpoint', async () => {
    const { books } = pipeline;
    pipeline.load();
    pipeline.watchRebalances();
    await until(async () => (await logged(databaseUrl)).attempts > 0, {
      timeoutMs: 60_000,
      what: 'the first attempts in the log',
    });
    const { id: gone } = pipeline.endpoint('gone').endpoint;
    expect(books.isSwitchedOff(gone)).toBe(false);
    const downSinceMs = Date.now();
    await postgres.stop();
    const before = { decided: books.decided, retries: books.retryFacts, parked: books.parkedFacts };
    const what = 'deliveries, retries, parkings and a 410 without a database';
    await until(
      () =>
        books.decided > before.decided + 200 &&
        books.retryFacts > before.retries + 20 &&
        books.parkedFacts > before.parked + 10 &&
        books.isSwitchedOff(gone) &&
        Date.now() - downSinceMs > OUTAGE_MS,
      { timeoutMs: OUTAGE_MS + 60_000, what },
    );
    await postgres.restart();
    const { duplicates, bound } = await pipeline.settle(`database down for ${String(Math.round(OUTAGE_MS / 1_000))} s`);
    // None, unless a busy machine makes the group settle anew.
    expect(duplicates).toBeLessThanOrEqual(bound);
    await until(async () => (await logged(databaseUrl)).attempts >= books.attemptFacts, {
      timeoutMs: 120_000,
      what: 'the log to catch up',
      everyMs: 500,
    });
    expect(await logged(databaseUrl)).toEqual({ attempts: books.attemptFacts, deliveries: books.deliveries });
  });
});

/** What the delivery log holds. */
async function logged(databaseUrl: string): Promise<{ readonly attempts: number; readonly deliveries: number }> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  // A lost connection shows in the query.
  pool.on('error', () => undefined);
  try {
    const { rows } = await pool.query<{ attempts: string; deliveries: string }>(
      'SELECT (SELECT count(*) FROM attempts) AS attempts, (SELECT count(*) FROM deliveries) AS deliveries',
    );
    return { attempts: Number(rows[0]?.attempts), deliveries: Number(rows[0]?.deliveries) };
  } finally {
    await pool.end();
  }
}
