import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshFolder, startKafka, type EmbeddedKafka } from '@signpost/testing';
import { Pipeline } from './support/pipeline.js';

const FULL = process.env['SIGNPOST_TEST_LENGTH'] === 'full';
const STALLS = FULL ? 8 : 2;
const REQUEST_TIMEOUT_MS = 2_000;

jest.setTimeout(600_000);

/** Promises 1, 2 and 10 while the broker answers nothing for a while: connections stay open, requests are not answered. */
describe('a broker that stalls under load', () => {
  let kafka: EmbeddedKafka;
  let pipeline: Pipeline;
  beforeAll(async () => {
    kafka = await startKafka({ dataFolder: freshFolder() });
    pipeline = await Pipeline.open({
      kafkaBrokers: kafka.brokers,
      env: { KAFKA_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS) },
    });
  });
  afterAll(async () => {
    kafka.resume();
    await pipeline.end();
    await kafka.stop();
  });

  it('has every delivery brought to one fate', async () => {
    pipeline.load();
    pipeline.watchRebalances();
    for (let stall = 0; stall < STALLS; stall += 1) {
      await pipeline.more(100);
      const fromMs = Date.now();
      kafka.pause();
      // Shorter than a request may take, longer than that, and, at full length, longer than a member may be silent.
      await wait(pipeline.random.between(500, FULL ? 9_000 : 3_500));
      kafka.resume();
      pipeline.disturbed(fromMs, Date.now());
      await pipeline.more(100);
    }
    const { duplicates, bound } = await pipeline.settle(`broker stalled ${String(STALLS)} times`);
    expect(duplicates).toBeLessThanOrEqual(bound);
  });
});
