import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TIER_OVERSHOOT_MS } from '../retry/retry-schedule.js';
import { planWait } from './wait-plan.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

describe('planWait', () => {
  it('hops through the tiers that add up to the wait', () => {
    expect(planWait(14 * 3_600_000, NOW)).toEqual({ first: '10h', next: ['2h', '2h'], dueAtMs: NOW + 14 * 3_600_000 });
  });

  it('is no wait at all for nothing', () => {
    expect(planWait(0, NOW)).toBeUndefined();
  });

  it('never lets go early, nor later than the shortest tier', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400_000 }), (waitMs) => {
        const late = (planWait(waitMs, NOW)?.dueAtMs ?? Number.NaN) - NOW - waitMs;
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThan(TIER_OVERSHOOT_MS);
      }),
    );
  });
});
