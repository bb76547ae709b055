import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { estimatedEndMs, recoveryRate } from './recovery-progress.js';

const BEGAN = { done: 0, leftOut: 0, beganMs: 1_000_000, updatedMs: 1_000_000, perSecond: 50 };

describe('how far a recovery is', () => {
  it('goes by the cap before the first, and by its speed after', () => {
    expect(estimatedEndMs({ ...BEGAN, total: 100 })).toBe(1_002_000);
    const halfway = { ...BEGAN, total: 100, done: 40, leftOut: 10, updatedMs: 1_010_000 };
    expect(estimatedEndMs(halfway)).toBe(1_020_000);
    expect(recoveryRate(halfway)).toBe(4);
    expect(estimatedEndMs(BEGAN)).toBeUndefined();
  });

  it('never lies before the last that was heard of it', () => {
    const progress = fc.record({
      total: fc.nat(),
      done: fc.nat(),
      leftOut: fc.nat(),
      tookMs: fc.nat(1e9),
      perSecond: fc.integer({ min: 1, max: 1e4 }),
    });
    fc.assert(
      fc.property(progress, ({ tookMs, ...rest }) => {
        const updatedMs = 1_000_000 + tookMs;
        const end = estimatedEndMs({ ...rest, beganMs: 1_000_000, updatedMs });
        expect(end).toBeGreaterThanOrEqual(updatedMs);
      }),
    );
  });
});
