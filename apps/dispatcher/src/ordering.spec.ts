import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Delivery } from '@signpost/contracts';
import type { AttemptResult, Ordering } from '@signpost/domain';
import fc from 'fast-check';
import { delivered, failed, OrderedWorld } from './ordering.fixture.js';

jest.setTimeout(120_000);

const RUNS = 100;
const START = 1_800_000_000_000;
/** Runs that once went wrong. */
const EXAMPLES: [number][] = [[1], [208], [719_762_750], [-1_971_196_805], [563_047_965], [1_375_556_703]];
const STEPS = 160;
const MOST_ROUNDS = 150;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const POLICIES: readonly Ordering[] = [
  { by: 'conversation', onFailure: { kind: 'block' } },
  { by: 'conversation', onFailure: { kind: 'skip', afterAttempts: 2 } },
  { by: 'conversation', onFailure: { kind: 'park' } },
];

describe('the order of a conversation', () => {
  it.each(POLICIES)('holds whatever fails, dies, pauses or overflows: $onFailure.kind', async (ordering) => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        // A seed is a run: the same again whenever it is tried.
        jest.setSystemTime(START);
        const world = await OrderedWorld.open(ordering);
        const random = generator(seed);
        for (let step = 0; step < STEPS; step += 1) await disturb(world, random);
        expect(world.violations).toEqual([]);
        await calm(world);
        expect(world.violations).toEqual([]);
        expect(world.unended.map(({ id }) => id)).toEqual([]);
        await world.stop();
      }),
      { numRuns: RUNS, examples: EXAMPLES },
    );
  });
});

type Random = (below: number) => number;

/** One thing that may happen, at random. */
async function disturb(world: OrderedWorld, random: Random): Promise<void> {
  const dice = random(100);
  if (dice < 18) world.publish(random(8) === 0 ? undefined : random(4), usefulness(random));
  else if (dice < 30) await world.read('fresh');
  else if (dice < 42) await world.read('returning');
  else if (dice < 62) await answerOne(world, random);
  else if (dice < 78) {
    const topic = world.unflushed[random(world.unflushed.length)];
    if (topic !== undefined) await world.flush(topic, 1 + random(4));
  } else if (dice < 84) await world.fall(random(Math.max(1, world.inTiers)));
  else if (dice < 89) await world.release(1 + random(5));
  else if (dice < 90) await world.sweep(1 + random(5));
  else if (dice < 93) {
    jest.setSystemTime(Date.now() + random(4_000));
    await world.tick();
  } else if (dice < 95) world.commit();
  else if (dice < 97) await world.change({ disabled: !world.isDisabled });
  else if (dice < 99) await world.crash();
  else await world.change({});
}

/** Some are worth nothing after a while, of some only the latest of their conversation is worth sending. */
function usefulness(random: Random): Pick<Delivery, 'coalesce' | 'expiresAtMs'> {
  const dice = random(8);
  if (dice === 0) return { coalesce: 'latest' };
  return dice === 1 ? { expiresAtMs: Date.now() + random(6_000) } : {};
}

async function answerOne(world: OrderedWorld, random: Random): Promise<void> {
  const request = world.requests[random(world.requests.length)];
  if (request === undefined) return;
  const dice = random(10);
  await world.answer(request, dice < 5 ? delivered : dice < 9 ? failed : throttled(random(2) === 0 ? '1' : '60'));
}

const throttled = (retryAfter: string): AttemptResult => ({
  kind: 'response',
  status: 429,
  retryAfter,
  body: '',
  timing: { totalMs: 1 },
});

/** All goes well from here on: everything has to come to its end. */
async function calm(world: OrderedWorld): Promise<void> {
  await world.change({ disabled: false });
  for (let round = 0; round < MOST_ROUNDS && !world.isDone; round += 1) {
    for (const topic of world.unflushed) await world.flush(topic, Infinity);
    world.commit();
    while (world.unread('fresh') > 0) await world.read('fresh');
    while (world.unread('returning') > 0) await world.read('returning');
    for (const request of world.requests) await world.answer(request, delivered);
    while (world.inTiers > 0) await world.fall(0);
    while (await world.release(10));
    jest.advanceTimersByTime(2_000);
    await world.tick();
  }
}

function generator(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return below <= 0 ? 0 : ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
