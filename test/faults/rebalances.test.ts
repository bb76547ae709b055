import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Pipeline } from './support/pipeline.js';

const FULL = process.env['SIGNPOST_TEST_LENGTH'] === 'full';
const EVERY_MS = 5_000;

jest.setTimeout(900_000);

/** Promises 1, 2, 6 and 10 while the dispatchers' group changes every five seconds, gracefully and by kill -9. */
describe('dispatchers that join and leave', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await Pipeline.open();
  });
  afterAll(() => pipeline.end());

  it('bring every delivery to one fate, and repeat no more than what was not committed', async () => {
    pipeline.load();
    await pipeline.more(100);
    pipeline.watchRebalances();
    const second = await pipeline.addDispatcher();
    const third = await pipeline.addDispatcher();
    const once = [() => second.stop(), () => pipeline.kill(third)];
    const changes = [
      ...once,
      () => second.restart(),
      () => third.restart(),
      () => pipeline.kill(second),
      () => third.stop(),
      () => second.restart(),
      () => third.restart(),
    ];
    const chosen = FULL ? [...changes, ...changes, ...changes, ...changes] : once;
    for (const change of chosen) {
      await Promise.all([change(), wait(EVERY_MS)]);
    }
    const { duplicates, bound, resent } = await pipeline.settle(`${String(chosen.length + 2)} rebalances`);
    expect(duplicates).toBeLessThanOrEqual(bound);
    expect(resent).toBe(0);
  });
});
