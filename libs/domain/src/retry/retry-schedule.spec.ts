import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, LONGEST_RETRY_AFTER_MS } from '../delivery/decision.js';
import { RETRY_PRESETS, TIER_OVERSHOOT_MS, tiersFor } from './retry-schedule.js';
import { isTier, TIERS } from './tiers.js';

const sum = (waitMs: number): number => tiersFor(waitMs).reduce((total, tier) => total + TIERS[tier], 0);

describe('tiersFor', () => {
  it.each([
    [0, []],
    [1, ['1s']],
    [1_000, ['1s']],
    [5_000, ['5s']],
    [50_400_000, ['10h', '2h', '2h']],
    [86_400_000, ['24h']],
  ])('%d ms is %j', (waitMs, tiers) => {
    expect(tiersFor(waitMs)).toEqual(tiers);
  });

  it('is never shorter than the wait and hardly longer, longest tier first', () => {
    fc.assert(
      fc.property(fc.nat(10 * TIERS['24h']), (waitMs) => {
        expect(sum(waitMs)).toBeGreaterThanOrEqual(waitMs);
        expect(sum(waitMs) - waitMs).toBeLessThan(TIER_OVERSHOOT_MS);
        const delays = tiersFor(waitMs).map((tier) => TIERS[tier]);
        expect(delays).toEqual([...delays].sort((a, b) => b - a));
      }),
    );
  });

  it('meets every wait of every preset exactly', () => {
    for (const schedule of Object.values(RETRY_PRESETS)) for (const wait of schedule) expect(sum(wait)).toBe(wait);
  });

  it('knows its tiers by name and nothing else', () => {
    expect(isTier('1m')).toBe(true);
    expect(isTier('toString')).toBe(false);
  });
});

describe('decide', () => {
  const failed = (retryAfterMs: number) => ({ kind: 'retryable', reason: 'http:503', retryAfterMs }) as const;
  const schedule = RETRY_PRESETS.fast;

  it('waits as the schedule says, or longer where the receiver asked, up to a day', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: schedule.length }),
        fc.nat(3 * LONGEST_RETRY_AFTER_MS),
        (attempt, asked) => {
          const planned = schedule[attempt - 1] ?? 0;
          const waitMs = Math.max(planned, Math.min(asked, LONGEST_RETRY_AFTER_MS));
          expect(decide(failed(asked), attempt, schedule)).toEqual({ kind: 'retry', waitMs });
        },
      ),
    );
  });

  it('dead-letters after the last wait, and at once what no waiting mends', () => {
    const used = schedule.length + 1;
    expect(decide(failed(0), used, schedule)).toEqual({ kind: 'dead-letter', reason: 'attempts-exhausted' });
    expect(decide({ kind: 'gone', reason: 'http:410' }, 1, schedule)).toMatchObject({ reason: 'gone' });
    expect(decide({ kind: 'blocked-address', reason: '' }, 1, schedule)).toMatchObject({ reason: 'blocked-address' });
    expect(decide({ kind: 'delivered' }, used, schedule)).toEqual({ kind: 'settle' });
  });
});
