import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { drain, entry, finish, lanesWith, NOW, offer, WIDE, type Entry } from './lanes.fixture.js';
import type { Turn } from './turn.js';

describe("an application's limit", () => {
  let woken: number;
  beforeEach(() => {
    jest.useFakeTimers({ now: NOW });
    woken = 0;
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const lanesAt = (applicationRate: number | undefined) =>
    lanesWith(
      {},
      {
        maximumUnderWay: 1_000,
        pace: WIDE,
        applicationRate,
        woken: () => {
          woken += 1;
        },
      },
    );
  const keysOf = (turns: readonly Turn<Entry>[]) => turns.map(({ entry: { key } }) => key);

  it('holds for all of its endpoints together, and for no other application', () => {
    const lanes = lanesAt(4);
    for (const key of ['a1', 'a2', 'a3', 'b1']) offer(lanes, key, 10);
    const keys = keysOf(drain(lanes, NOW));
    expect(keys.filter((key) => key.startsWith('a'))).toHaveLength(4);
    expect(keys.filter((key) => key.startsWith('b'))).toHaveLength(4);
  });

  it('lets one more go each time that there is a token, its endpoints in turn', () => {
    const lanes = lanesAt(10);
    for (const key of ['a1', 'a2', 'a3']) offer(lanes, key, 30);
    expect(drain(lanes, NOW)).toHaveLength(10);
    const keys: string[] = [];
    for (let step = 1; step <= 30; step += 1) {
      jest.advanceTimersByTime(100);
      const turns = drain(lanes, Date.now());
      expect(turns).toHaveLength(1);
      keys.push(...keysOf(turns));
    }
    expect(woken).toBe(30);
    for (const key of ['a1', 'a2', 'a3']) expect(keys.filter((one) => one === key)).toHaveLength(10);
  });

  it('is not used up by a lane whose turn comes when it has nothing left', () => {
    const lanes = lanesAt(1);
    offer(lanes, 'a1', 1);
    offer(lanes, 'a2', 2);
    const [first] = drain(lanes, NOW);
    offer(lanes, 'a3', 1);
    expect(drain(lanes, NOW)).toEqual([]);
    lanes.extract(entry('a2', 0).delivery.endpointId, () => true);
    jest.advanceTimersByTime(1_000);
    expect(keysOf(drain(lanes, Date.now()))).toEqual(['a3']);
    if (first !== undefined) finish(lanes, first, 5, undefined, Date.now());
    expect(lanes.inFlight).toBe(1);
  });
});
