import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { afterTier } from './after-tier.js';
import { tiersFor } from './retry-schedule.js';
import { TIERS } from './tiers.js';

describe('afterTier', () => {
  it.each([
    [[], true, { kind: 'return' }],
    [['1s', '5s'], true, { kind: 'hop', tier: '1s', rest: ['5s'] }],
    [['1s'], true, { kind: 'hop', tier: '1s', rest: [] }],
    [[], false, { kind: 'cancel' }],
    [['1s'], false, { kind: 'cancel' }],
  ] as const)('%j, endpoint exists: %s', (next, exists, expected) => {
    expect(afterTier(next, exists)).toEqual(expected);
  });

  it('takes a wait through all of its tiers and then back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000_000 }), (waitMs) => {
        let waited = 0;
        let step = afterTier(tiersFor(waitMs), true);
        for (; step.kind === 'hop'; step = afterTier(step.rest, true)) waited += TIERS[step.tier];
        expect(step.kind).toBe('return');
        expect(waited).toBeGreaterThanOrEqual(waitMs);
      }),
    );
  });
});
