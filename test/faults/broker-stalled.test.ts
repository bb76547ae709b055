import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freshFolder, startKafka, until, type EmbeddedKafka } from '@signpost/testing';
import { Pipeline } from './support/pipeline.js';

const FULL = process.env['SIGNPOST_TEST_LENGTH'] === 'full';
const STALLS = FULL ? 8 : 2;
const REQUEST_TIMEOUT_MS = 2_000;

jest.setTimeout(600_000);

/** Promises 1, 2 and 10 while the broker answers nothing for a while: connections stay open, requests are not answered. */
describe('a broker that stalls under load', () => {
  let kafka: EmbeddedKafka;
  let pipeline: Pipeline;
  beforeEach(async () => {
    kafka = await startKafka({ dataFolder: freshFolder() });
    pipeline = await Pipeline.open({
      kafkaBrokers: kafka.brokers,
      env: { KAFKA_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS) },
    });
  });
  afterEach(async () => {
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

  it('has nothing committed that is not written, when a dispatcher dies meanwhile', async () => {
    const [dispatcher] = pipeline.dispatchers;
    if (dispatcher === undefined) throw new Error('there is no dispatcher');
    pipeline.load();
    pipeline.watchRebalances();
    await pipeline.more(100);
    const stalledAtMs = Date.now();
    kafka.pause();
    const ended = () => pipeline.receiver.seen.filter(({ endedAtMs = 0 }) => endedAtMs > stalledAtMs).length;
    await until(() => ended() >= 5, { timeoutMs: 30_000, what: 'requests that end during the stall' });
    // Time enough for a commit to leave that did not wait: the broker finds it when it goes on.
    await wait(500);
    await dispatcher.kill();
    const killedAtMs = Date.now();
    kafka.resume();
    await pipeline.leftUndone(killedAtMs);
    await dispatcher.restart();
    await pipeline.more(100);
    const { duplicates, bound } = await pipeline.settle('broker stalled, and a dispatcher killed meanwhile');
    expect(duplicates).toBeLessThanOrEqual(bound);
  });
});
