import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundsAt, nextLookMs, restBetweenCounts, SLACK_MS, type Waiting } from './bounds.js';

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

  it('rests the longer, the longer a minute is over', () => {
    expect(restBetweenCounts(NOW, NOW + 60_000, 15_000)).toBe(15_000);
    expect(restBetweenCounts(NOW, NOW + 3_600_000, 15_000)).toBe(180_000);
  });
});
