import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Pipeline } from './support/pipeline.js';

const KILLS = process.env['SIGNPOST_TEST_LENGTH'] === 'full' ? 20 : 3;

jest.setTimeout(600_000);

/** Promises 1, 2, 6 and 10, and the bound on what is repeated, while the dispatcher dies again and again. */
describe('a dispatcher that is killed at random', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await Pipeline.open();
  });
  afterAll(() => pipeline.end());

  it('brings every delivery to one fate, and repeats no more than what was not committed', async () => {
    const [dispatcher] = pipeline.dispatchers;
    if (dispatcher === undefined) throw new Error('there is no dispatcher');
    pipeline.load();
    // A busy machine may make the group settle anew beside the kills.
    pipeline.watchRebalances();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await pipeline.more(100);
      await wait(pipeline.random.between(0, 1_500));
      await pipeline.kill(dispatcher);
      await dispatcher.restart();
    }
    const { duplicates, bound, overdue, resent } = await pipeline.settle(`dispatcher killed ${String(KILLS)} times`);
    expect(duplicates).toBeLessThanOrEqual(bound);
    expect(overdue).toBe(0);
    expect(resent).toBe(0);
  });
});
