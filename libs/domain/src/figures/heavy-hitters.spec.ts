import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HeavyHitters } from './heavy-hitters.js';

/** A few keys that come often, and a long tail. */
const keys = fc.array(fc.oneof(fc.nat(3), fc.nat(200)).map(String), { maxLength: 600 });
const capacity = fc.integer({ min: 1, max: 20 });

function counted(all: readonly string[], most: number): HeavyHitters<string> {
  const hitters = new HeavyHitters<string>(most);
  for (const key of all) hitters.add(key, `about ${key}`);
  return hitters;
}

const exact = (all: readonly string[]): ReadonlyMap<string, number> =>
  all.reduce((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map<string, number>());

describe('HeavyHitters', () => {
  it('is exact while every key has a counter', () => {
    const all = ['a', 'b', 'a', 'c', 'a', 'b'];
    const { hitters, total } = counted(all, 3);
    expect(total).toBe(6);
    expect(Object.fromEntries(hitters.map(({ key, count, over }) => [key, [count, over]]))).toEqual({
      a: [3, 0],
      b: [2, 0],
      c: [1, 0],
    });
  });

  it('never counts too little, nor too much by more than one in so many of all', () => {
    fc.assert(
      fc.property(keys, capacity, (all, most) => {
        const truth = exact(all);
        for (const { key, about, count, over } of counted(all, most).hitters) {
          const times = truth.get(key) ?? 0;
          expect(count).toBeGreaterThanOrEqual(times);
          expect(count - over).toBeLessThanOrEqual(times);
          expect(over).toBeLessThanOrEqual(all.length / most);
          expect(about).toBe(`about ${key}`);
        }
      }),
    );
  });

  it('misses no key that came more often than that', () => {
    fc.assert(
      fc.property(keys, capacity, (all, most) => {
        const known = new Set(counted(all, most).hitters.map(({ key }) => key));
        for (const [key, times] of exact(all)) if (times > all.length / most) expect(known).toContain(key);
      }),
    );
  });

  it('keeps no more counters than it was given, and what they count together is all', () => {
    fc.assert(
      fc.property(keys, capacity, (all, most) => {
        const { hitters, total } = counted(all, most);
        expect(hitters.length).toBeLessThanOrEqual(most);
        expect(new Set(hitters.map(({ key }) => key)).size).toBe(hitters.length);
        expect(hitters.reduce((sum, { count }) => sum + count, 0)).toBe(total);
      }),
    );
  });
});
