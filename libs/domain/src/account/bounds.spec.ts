import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundsAt, isToCount, nextLookMs, SLACK_MS, type Waiting } from './bounds.js';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-03-01T12:00:00Z');
const still: Waiting = { isClosed: true, isMoving: false };

describe('bounds', () => {
  it('leave each place the time that it may take', () => {
    const bounds = boundsAt(NOW);
    expect(NOW - bounds.returningMs).toBe(SLACK_MS);
    expect(NOW - bounds.parkedMs).toBeGreaterThan(14 * DAY_MS);
  });

  it('never call lost later what they did not call lost for want of progress', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), fc.nat(), (settledMs, more) => {
        const [early, late] = [boundsAt(settledMs), boundsAt(settledMs + more)];
        expect(late.returningMs).toBeGreaterThanOrEqual(early.returningMs);
        expect(late.parkedMs).toBeGreaterThanOrEqual(early.parkedMs);
      }),
    );
  });
});

describe('the next look at a minute', () => {
  it('is not taken while nothing can change by itself', () => {
    expect(nextLookMs(still, NOW)).toBeUndefined();
  });

  it('comes at once while the minute is open, and when something falls due', () => {
    expect(nextLookMs({ ...still, isClosed: false }, NOW)).toBe(NOW);
    expect(nextLookMs({ ...still, isMoving: true }, NOW)).toBe(NOW + 60_000);
    expect(nextLookMs({ ...still, nextDueMs: NOW + 5_000 }, NOW)).toBe(NOW + 5_000 + 2 * SLACK_MS);
    const parkedSinceMs = NOW - 3 * DAY_MS;
    expect(nextLookMs({ ...still, parkedSinceMs }, NOW)).toBeGreaterThan(NOW + 11 * DAY_MS);
  });

  it('is never in the past, and the earliest of all reasons', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.integer({ min: -1e9, max: 1e9 }), (isMoving, due) => {
        const all = nextLookMs({ isClosed: true, isMoving, nextDueMs: NOW + due }, NOW) ?? NaN;
        expect(all).toBeGreaterThanOrEqual(NOW);
        expect(all).toBeLessThanOrEqual(nextLookMs({ ...still, nextDueMs: NOW + due }, NOW) ?? NaN);
      }),
    );
  });
});

describe('a minute', () => {
  const TURN_MS = 15_000;
  const after = (seconds: number) => NOW + seconds * 1_000;

  it('is counted first when it is over', () => {
    expect(isToCount(NOW, undefined, after(74), TURN_MS)).toBe(false);
    expect(isToCount(NOW, undefined, after(75), TURN_MS)).toBe(true);
  });

  it('rests the longer, the longer it is over', () => {
    expect(isToCount(NOW, after(75), after(149), TURN_MS)).toBe(false);
    expect(isToCount(NOW, after(75), after(150), TURN_MS)).toBe(true);
    expect(isToCount(NOW, after(3_600 - 359), after(3_600), TURN_MS)).toBe(false);
    expect(isToCount(NOW, after(3_600 - 361), after(3_600), TURN_MS)).toBe(true);
  });

  it('never rests where it is asked for at once', () => {
    expect(isToCount(NOW, NOW, NOW, 0)).toBe(true);
  });
});
