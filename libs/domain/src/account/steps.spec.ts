import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Steps } from './steps.js';

const STRIDE = { first: 60_000, shortest: 1_000, longest: 900_000, meant: 1_000 };

describe('the steps through a window', () => {
  it('lead through the window without a gap or an overlap, whatever each of them takes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 86_400_000 }),
        fc.infiniteStream(fc.oneof(fc.constant('failed' as const), fc.nat({ max: 3_000 }))),
        (lengthMs, outcomes) => {
          const steps = new Steps(1_000, STRIDE);
          const end = 1_000 + lengthMs;
          let at = 1_000;
          let taken = 0;
          for (const outcome of outcomes) {
            if (at >= end || taken++ > 40) break;
            const { since, until } = steps.next(end);
            expect(since.getTime()).toBe(at);
            expect(until.getTime()).toBeGreaterThan(at);
            expect(until.getTime()).toBeLessThanOrEqual(end);
            if (outcome === 'failed') steps.failed();
            else {
              steps.done(until, outcome);
              at = until.getTime();
            }
            expect(steps.reached.getTime()).toBe(at);
          }
        },
      ),
    );
  });

  it('grow while they are quick, shrink while they are not, and end at the shortest', () => {
    const steps = new Steps(0, STRIDE);
    const length = (): number => {
      const { since, until } = steps.next(1e12);
      return until.getTime() - since.getTime();
    };
    const first = length();
    steps.done(steps.next(1e12).until, 10);
    expect(length()).toBe(2 * first);
    steps.done(steps.next(1e12).until, 5_000);
    expect(length()).toBe(first);
    while (steps.failed());
    expect(length()).toBe(1_000);
  });
});
