import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { RecentMap } from './recent-map.js';

const LEAST = 5;

it('knows the last value of each of the keys that were set last, and of at most twice as many', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 100 }), (keys) => {
      const map = new RecentMap<number, number>(LEAST);
      for (const [at, key] of keys.entries()) map.set(key, at);
      const latestFirst = [...new Set(keys.toReversed())];
      for (const key of latestFirst.slice(0, LEAST)) expect(map.get(key)).toBe(keys.lastIndexOf(key));
      const known = latestFirst.filter((key) => map.get(key) !== undefined);
      expect(known.length).toBeLessThanOrEqual(2 * LEAST);
      for (const key of known) expect(map.get(key)).toBe(keys.lastIndexOf(key));
    }),
  );
});
