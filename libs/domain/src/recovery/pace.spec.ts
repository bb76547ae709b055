import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pace } from './pace.js';

describe('a pace', () => {
  it('is kept over any batches, however late each wait ends', () => {
    const batch = fc.record({ count: fc.integer({ min: 1, max: 200 }), tookMs: fc.nat(400), lateMs: fc.nat(20) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.array(batch, { minLength: 2 }), (perSecond, batches) => {
        const pace = new Pace(perSecond, 1_000_000);
        let nowMs = 1_000_000;
        let gone = 0;
        const startedMs = nowMs;
        for (const { count, tookMs, lateMs } of batches) {
          nowMs += tookMs;
          const waitMs = pace.after(count, nowMs);
          nowMs += waitMs === 0 ? 0 : waitMs + lateMs;
          gone += count;
          expect(nowMs - startedMs + 0.001).toBeGreaterThanOrEqual((gone * 1_000) / perSecond);
        }
      }),
    );
  });

  it('is reached as well: what a slow write costs is made up for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 5_000 }),
        fc.array(fc.nat(400), { minLength: 40, maxLength: 80 }),
        (perSecond, delays) => {
          const count = Math.ceil(perSecond / 2);
          const pace = new Pace(perSecond, 0);
          let nowMs = 0;
          for (const tookMs of delays) nowMs += tookMs + pace.after(count, nowMs + tookMs);
          const rate = (count * delays.length * 1_000) / nowMs;
          expect(rate / perSecond).toBeGreaterThan(0.97);
        },
      ),
    );
  });

  it('does not make up for a stand-still', () => {
    const pace = new Pace(100, 1_000);
    expect(pace.after(10, 1_000)).toBeCloseTo(100);
    expect(pace.after(10, 1_110)).toBeCloseTo(90);
    // Of a minute half a second is made up for: 50 go at once.
    expect(pace.after(50, 61_000)).toBeCloseTo(0);
    expect(pace.after(10, 61_000)).toBeCloseTo(100);
  });
});
