import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Endpoint } from '../control/control-state.js';
import type { ApplicationId, EndpointId } from '../ids.js';
import { emptyLane } from './lane-memory.js';
import {
  afterSend,
  allowedPerSecond,
  afterSignal,
  FIRST_PACE,
  isPaceRemembered,
  laneTurn,
  paceOf,
  withPace,
  type LanePace,
  type LaneRules,
  type LaneSignal,
} from './lane-pace.js';

const NOW = 1_800_000_000_000;
const RULES: LaneRules = { maximumUnderWay: 32, perSecond: undefined };
const MEMORY = emptyLane('ep_1' as EndpointId, 'app_1' as ApplicationId);
const TIMED_OUT: LaneSignal = { kind: 'failing', timedOut: true };
const ERROR: LaneSignal = { kind: 'failing', timedOut: false };
const WELL: LaneSignal = { kind: 'well', pauseMs: 0 };

const signal = (pace: LanePace, said: LaneSignal, nowMs = NOW, tookMs = 5, underWay = 1): LanePace =>
  afterSignal(pace, said, { underWay, tookMs, nowMs, maximum: RULES.maximumUnderWay });

/** That many failures in a row, the first of them five seconds ago. */
const failed = (times: number): LanePace =>
  Array.from({ length: times }).reduce<LanePace>(
    (before, _, index) => signal(before, ERROR, index === 0 ? NOW - 5_000 : NOW),
    FIRST_PACE,
  );

describe("a lane's pace", () => {
  it('grows while the window is in use, doubling a round trip until the first setback', () => {
    let pace = FIRST_PACE;
    for (let answer = 0; answer < 8; answer += 1) pace = signal(pace, WELL, NOW, 5, Math.floor(pace.window.limit));
    expect(pace.window.limit).toBe(16);
    expect(signal(pace, WELL, NOW, 5, 3).window.limit).toBe(16);
    pace = signal(pace, TIMED_OUT);
    expect(pace.window).toMatchObject({ limit: 8, threshold: 8 });
    for (let answer = 0; answer < 8; answer += 1) pace = signal(pace, WELL, NOW, 5, Math.floor(pace.window.limit));
    expect(Math.floor(pace.window.limit)).toBe(8);
  });

  it('halves once for all that was under way together, and again for what was sent afterwards', () => {
    let pace = signal(FIRST_PACE, TIMED_OUT, NOW, 1_000);
    for (let other = 0; other < 7; other += 1) pace = signal(pace, TIMED_OUT, NOW + 1, 1_000);
    expect(pace.window.limit).toBe(4);
    expect(signal(pace, TIMED_OUT, NOW + 1_001, 1_000).window.limit).toBe(2);
  });

  it('takes single errors for what they are, and a burst of them for too much', () => {
    expect(failed(2).window.limit).toBe(8);
    expect(failed(3).window.limit).toBe(4);
    expect(signal(failed(2), WELL).setbacks).toBe(0);
  });

  it('opens the breaker after ten failures in a row, asks once, and opens for twice as long', () => {
    const open = failed(10);
    expect(open.breaker).toMatchObject({ kind: 'open', untilMs: NOW + 5_000 });
    expect(laneTurn(open, RULES, 0, NOW + 4_999)).toEqual({ kind: 'refuse' });
    expect(laneTurn(open, RULES, 0, NOW + 5_000)).toEqual({ kind: 'send' });
    const probing = afterSend(open, RULES, NOW + 5_000);
    expect(laneTurn(probing, RULES, 1, NOW + 5_000)).toEqual({ kind: 'full' });
    expect(signal(probing, ERROR, NOW + 6_000).breaker).toMatchObject({ kind: 'open', untilMs: NOW + 16_000 });
    const closed = signal(probing, WELL, NOW + 6_000);
    expect(closed).toMatchObject({ breaker: { kind: 'closed', failures: 0 }, window: { limit: 1 } });
  });

  it('does not take the failures of one moment for an endpoint that is down', () => {
    const burst = Array.from({ length: 50 }).reduce<LanePace>((pace) => signal(pace, ERROR), FIRST_PACE);
    expect(burst.breaker).toMatchObject({ kind: 'closed', failures: 50 });
    expect(signal(burst, ERROR, NOW + 4_999).breaker.kind).toBe('closed');
    expect(signal(burst, ERROR, NOW + 5_000).breaker.kind).toBe('open');
    expect(signal(signal(burst, WELL), ERROR, NOW + 60_000).breaker).toMatchObject({ kind: 'closed', failures: 1 });
  });

  it('goes on carefully, and at once, after 502, 503 or 504 without a time', () => {
    const pace = signal(FIRST_PACE, { kind: 'slow-down', pauseMs: 0, failing: true });
    expect(pace).toMatchObject({ pausedUntilMs: 0, window: { limit: 1 } });
    expect(laneTurn(pace, RULES, 0, NOW)).toEqual({ kind: 'send' });
  });

  it('keeps silent as long as it is asked to, then starts with one', () => {
    const pace = signal(FIRST_PACE, { kind: 'slow-down', pauseMs: 7_000, failing: false });
    expect(laneTurn(pace, RULES, 0, NOW + 6_999)).toEqual({ kind: 'wait', untilMs: NOW + 7_000 });
    expect(laneTurn(pace, RULES, 0, NOW + 7_000)).toEqual({ kind: 'send' });
    expect(laneTurn(pace, RULES, 1, NOW + 7_000)).toEqual({ kind: 'full' });
    expect(signal(FIRST_PACE, { kind: 'well', pauseMs: 3_000 }).pausedUntilMs).toBe(NOW + 3_000);
  });

  it('keeps silent longer each time that it is asked for less without a time', () => {
    let pace = FIRST_PACE;
    const pauses = [0, 1, 2, 3, 4, 5, 6].map((round) => {
      const at = NOW + round * 60_000;
      pace = signal(pace, { kind: 'slow-down', pauseMs: 0, failing: false }, at);
      return pace.pausedUntilMs - at;
    });
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    // What was under way beside the first says nothing new.
    const once = signal(FIRST_PACE, { kind: 'slow-down', pauseMs: 0, failing: false }, NOW);
    expect(signal(once, { kind: 'slow-down', pauseMs: 0, failing: false }, NOW + 2, 5).pausedUntilMs).toBe(NOW + 1_000);
  });

  it('never sends more in any time than the rate and one burst of a second allow', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 200 }),
        (perSecond, gaps) => {
          const rules = { ...RULES, perSecond };
          let pace = FIRST_PACE;
          let nowMs = NOW;
          const sentAt: number[] = [];
          for (const gap of gaps) {
            nowMs += gap;
            const turn = laneTurn(pace, rules, 0, nowMs);
            if (turn.kind === 'send') {
              pace = afterSend(pace, rules, nowMs);
              sentAt.push(nowMs);
            } else {
              expect(turn.kind).toBe('wait');
              // When the wait is over there is something to send.
              if (turn.kind === 'wait') expect(laneTurn(pace, rules, 0, turn.untilMs).kind).toBe('send');
            }
          }
          sentAt.forEach((from, first) => {
            sentAt.slice(first).forEach((to, count) => {
              expect(count + 1).toBeLessThanOrEqual(perSecond + ((to - from) / 1_000) * perSecond + 1e-6);
            });
          });
        },
      ),
    );
  });

  const anySignal = fc.oneof(
    fc.constantFrom(WELL, ERROR, TIMED_OUT),
    fc.record({
      kind: fc.constant('slow-down' as const),
      pauseMs: fc.integer({ min: 0, max: 90_000 }),
      failing: fc.boolean(),
    }),
  );
  const step = fc.record({ said: anySignal, gapMs: fc.integer({ min: 0, max: 30_000 }), tookMs: fc.nat(20_000) });

  it('keeps within its bounds and always comes to send again, whatever the endpoint says', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        let pace = FIRST_PACE;
        let nowMs = NOW;
        for (const { said, gapMs, tookMs } of steps) {
          nowMs += gapMs;
          if (laneTurn(pace, RULES, 0, nowMs).kind === 'send') pace = afterSend(pace, RULES, nowMs);
          pace = signal(pace, said, nowMs, tookMs);
          expect(pace.window.limit).toBeGreaterThanOrEqual(1);
          expect(pace.window.limit).toBeLessThanOrEqual(RULES.maximumUnderWay);
        }
        const open = pace.breaker.kind === 'open' ? pace.breaker.untilMs : 0;
        const again = Math.max(nowMs, open, pace.pausedUntilMs);
        expect(again - nowMs).toBeLessThanOrEqual(300_000);
        expect(laneTurn(pace, RULES, 0, again)).toEqual({ kind: 'send' });
      }),
    );
  });

  it('is the same in the next process as far as it must be: silence and breaker', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let pace = FIRST_PACE;
        let memory = MEMORY;
        let nowMs = NOW;
        for (const { said, gapMs, tookMs } of steps) {
          nowMs += gapMs;
          if (laneTurn(pace, RULES, 0, nowMs).kind === 'send') pace = afterSend(pace, RULES, nowMs);
          pace = signal(pace, said, nowMs, tookMs);
          if (isPaceRemembered(memory, pace, nowMs)) memory = withPace(memory, pace, nowMs);
          const next = laneTurn(paceOf(memory), RULES, 0, nowMs);
          const here = laneTurn(pace, RULES, 0, nowMs);
          expect(next).toEqual(here);
        }
      }),
    );
  });

  it('keeps to the lower of what the owner and the receiver allow', () => {
    const endpoint = { url: 'https://a.example/', throttleRate: 3 } as Endpoint;
    const permission = { url: endpoint.url, ratePerMinute: 60 } as NonNullable<Endpoint['permission']>;
    expect(allowedPerSecond({ ...endpoint, permission })).toBe(1);
    expect(allowedPerSecond({ ...endpoint, permission: { ...permission, ratePerMinute: 600 } })).toBe(3);
    expect(allowedPerSecond({ ...endpoint, permission: { ...permission, url: 'https://b.example/' } })).toBe(3);
    expect(allowedPerSecond({ url: endpoint.url } as Endpoint)).toBeUndefined();
  });

  it('is written only when something is to be remembered or forgotten', () => {
    expect(isPaceRemembered(MEMORY, failed(9), NOW)).toBe(false);
    const memory = withPace(MEMORY, failed(10), NOW);
    expect(memory.breaker).toEqual({ untilMs: NOW + 5_000, openings: 1 });
    expect(withPace(memory, failed(11), NOW)).toBe(memory);
    expect(withPace(memory, FIRST_PACE, NOW)).toEqual(MEMORY);
  });
});
