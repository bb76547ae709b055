import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  streakAfterFailure,
  disablesAtMs,
  isEndpointsFailure,
  isStreakWorthWriting,
  type FailingPolicy,
  type FailingStreak,
} from './failing-streak.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-01-01T00:00:00Z');
const POLICY: FailingPolicy = { disableAfterMs: 120 * HOUR, warnAtPercent: [50, 70, 90], leastAttempts: 5 };

/** The steps that failures at these times bring about, and the streak at the end. */
function play(times: readonly number[], policy = POLICY, from?: FailingStreak) {
  let streak = from;
  const steps: string[] = [];
  for (const atMs of times) {
    const after = streakAfterFailure(streak, atMs, policy);
    streak = after.streak;
    if (after.step.kind === 'warn') steps.push(`warn ${String(after.step.percent)} at ${hours(atMs)}`);
    if (after.step.kind === 'disable') steps.push(`disable at ${hours(atMs)}`);
  }
  return { steps, streak };
}
const hours = (atMs: number) => `${String((atMs - NOW) / HOUR)} h`;
const hourly = (count: number, from = 0) => Array.from({ length: count }, (_, hour) => NOW + (from + hour) * HOUR);

describe('a failing streak', () => {
  it('warns once at each step and ends at the limit', () => {
    const expected = ['warn 50 at 60 h', 'warn 70 at 84 h', 'warn 90 at 108 h', 'disable at 120 h'];
    expect(play(hourly(121)).steps).toEqual(expected);
  });

  it('says when the endpoint will be switched off', () => {
    expect(disablesAtMs(play(hourly(31)).streak ?? fail())).toBe(NOW + 120 * HOUR);
  });

  it('takes no few attempts for a proof, however far apart', () => {
    expect(play([0, 200, 400, 600].map((hour) => NOW + hour * HOUR)).steps).toEqual([]);
  });

  it('counts a silence for no more than a fifth of the limit', () => {
    const { streak } = play([...hourly(10), NOW + 1_000 * HOUR]);
    expect(streak?.failedMs).toBe((9 + 24) * HOUR);
  });

  const times = fc.array(fc.integer({ min: 0, max: 30 * HOUR }), { minLength: 1, maxLength: 60 }).map((gaps) => {
    let atMs = NOW;
    return gaps.map((gap) => (atMs += gap));
  });

  it('never disables sooner than the limit after its first failure, and warns at rising steps', () => {
    fc.assert(
      fc.property(times, (all) => {
        let streak: FailingStreak | undefined;
        let warned = 0;
        for (const atMs of all) {
          const { streak: next, step } = streakAfterFailure(streak, atMs, POLICY);
          streak = next;
          expect(next.failedMs).toBeLessThanOrEqual(atMs - next.sinceMs);
          if (step.kind === 'disable') {
            expect(atMs - next.sinceMs).toBeGreaterThanOrEqual(POLICY.disableAfterMs);
            expect(next.attempts).toBeGreaterThanOrEqual(POLICY.leastAttempts);
            return;
          }
          if (step.kind === 'warn') {
            expect(step.percent).toBeGreaterThan(warned);
            expect(next.failedMs).toBeGreaterThanOrEqual((POLICY.disableAfterMs * step.percent) / 100);
            warned = step.percent;
          }
          expect(next.warnedPercent).toBe(warned);
        }
      }),
    );
  });

  it('is moved by one jump of the clock by a fifth of the limit at most, whichever way', () => {
    const jump = fc.integer({ min: -10_000 * HOUR, max: 10_000 * HOUR });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 99 }), jump, (count, at, by) => {
        const steady = hourly(count);
        const jumping = steady.map((atMs, index) => (index >= at ? atMs + by : atMs));
        const difference = (play(jumping).streak?.failedMs ?? 0) - (play(steady).streak?.failedMs ?? 0);
        expect(Math.abs(difference)).toBeLessThanOrEqual(24 * HOUR);
      }),
    );
  });

  it('goes on from what was last written after a crash at any time, with no warning given twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 119 }), (crash) => {
        let streak: FailingStreak | undefined;
        let written: FailingStreak | undefined;
        const warned: number[] = [];
        for (const [index, atMs] of hourly(145).entries()) {
          if (index === crash) streak = written;
          const { streak: next, step } = streakAfterFailure(streak, atMs, POLICY);
          streak = next;
          if (isStreakWorthWriting(written, next, POLICY)) written = next;
          if (step.kind === 'warn') warned.push(step.percent);
          if (step.kind === 'disable') {
            // What a crash may cost: the first hours that were not worth writing.
            expect(index).toBeLessThanOrEqual(122);
            break;
          }
          expect(index).toBeLessThan(144);
        }
        expect(warned).toEqual([50, 70, 90]);
      }),
    );
  });

  it('is written few times in its life', () => {
    let streak: FailingStreak | undefined;
    let written: FailingStreak | undefined;
    let writes = 0;
    for (let minute = 0; minute < 120 * 60; minute += 1) {
      streak = streakAfterFailure(streak, NOW + minute * 60_000, POLICY).streak;
      if (!isStreakWorthWriting(written, streak, POLICY)) continue;
      writes += 1;
      written = streak;
    }
    expect(writes).toBeLessThanOrEqual(14);
  });

  it('costs no write while it is short, and one for its end if it was written', () => {
    const { streak } = play(hourly(1));
    expect(isStreakWorthWriting(undefined, streak, POLICY)).toBe(false);
    expect(isStreakWorthWriting(undefined, undefined, POLICY)).toBe(false);
    expect(isStreakWorthWriting(streak, undefined, POLICY)).toBe(true);
  });

  it.each([
    ['http:500', true],
    ['timeout:connect', true],
    ['secret-unreadable', false],
    ['network:INTERNAL', false],
  ])('%s speaks against the endpoint: %s', (reason, expected) => {
    const verdict = { kind: 'retryable', reason, slowsLane: false, retryAfterMs: 0 } as const;
    expect(isEndpointsFailure(verdict)).toBe(expected);
  });
});

function fail(): never {
  throw new Error('there is no streak');
}
