import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RESULTS, resultOf, resultsFor } from './results.js';

const outcome = fc.constantFrom('delivered' as const, 'failed' as const);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

describe('the results that attempts are indexed by', () => {
  it('are few, and hold every attempt that fits a filter', () => {
    fc.assert(
      fc.property(
        outcome,
        maybe(fc.integer({ min: 100, max: 999 })),
        maybe(outcome),
        maybe(fc.integer({ min: 0, max: 5 })),
        (was, status, wanted, statusClass) => {
          const result = resultOf(was, status);
          expect(RESULTS).toContain(result);
          const fits =
            (wanted === undefined || wanted === was) &&
            (statusClass === undefined || Math.trunc((status ?? 0) / 100) === statusClass);
          const filter = {
            ...(wanted === undefined ? {} : { outcome: wanted }),
            ...(statusClass === undefined ? {} : { statusClass }),
          };
          // A delivered attempt has a status of 2xx: the receiver said so.
          const isPossible = was === 'failed' || (status !== undefined && status >= 200 && status < 300);
          if (fits && isPossible) expect(resultsFor(filter)).toContain(result);
        },
      ),
    );
  });

  it('leave out what cannot fit', () => {
    expect(resultsFor({ outcome: 'delivered' })).toEqual([2]);
    expect(resultsFor({ outcome: 'failed' })).toEqual([0, 3, 4, 5, 9]);
    expect(resultsFor({ statusClass: 0 })).toEqual([0]);
    expect(resultsFor({ statusClass: 4 })).toEqual([4, 9]);
    expect(resultsFor({ outcome: 'delivered', statusClass: 5 })).toEqual([]);
  });
});
