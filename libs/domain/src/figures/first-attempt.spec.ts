import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ApplicationId, EndpointId } from '../ids.js';
import { CLOSED, type Breaker } from '../lanes/breaker.js';
import { emptyLane, type LaneMemory } from '../lanes/lane-memory.js';
import { endpointBefore, firstResult, IN_TIME_MS, type LaneBefore } from './first-attempt.js';

const WELL: LaneBefore = { breaker: CLOSED, isHeldBack: false, isQuick: true, answerMs: 20, isProcessBusy: false };
const lane = emptyLane('ep_1' as EndpointId, 'app_1' as ApplicationId);
const streak = { sinceMs: 1, lastMs: 2, failedMs: 1, attempts: 2, warnedPercent: 0, limitMs: 9 };
const failing: LaneMemory = { ...lane, failing: streak };
const disabled = { atMs: 3, reason: 'failing', endpointVersion: 1 } as const;

describe('the endpoint before an attempt', () => {
  it.each<{ what: string; is: string; before?: Partial<LaneBefore>; memory?: LaneMemory; wasParked?: boolean }>([
    { is: 'healthy', what: 'nothing known' },
    { is: 'healthy', what: 'a lane that remembers other things', memory: { ...lane, pausedUntilMs: 1 } },
    { is: 'unwell', what: 'breaker open', before: { breaker: { kind: 'open', untilMs: 1, openings: 1 } } },
    { is: 'unwell', what: 'asked by one request', before: { breaker: { kind: 'half-open', openings: 1 } } },
    {
      is: 'unwell',
      what: 'a failure since the last success',
      before: { breaker: { kind: 'closed', failures: 1, sinceMs: 1 } },
    },
    { is: 'unwell', what: 'a streak of failures', memory: failing },
    { is: 'healthy', what: 'a streak of before it was switched off and on again', memory: { ...failing, disabled } },
    { is: 'unwell', what: 'held back', before: { isHeldBack: true } },
    { is: 'unwell', what: 'the delivery lay in parked', wasParked: true },
    { is: 'unwell', what: 'slow', before: { isQuick: false, answerMs: 900 } },
    { is: 'unwell', what: 'silent from the beginning', before: { isQuick: false, answerMs: undefined } },
    { is: 'healthy', what: 'slow by a busy process', before: { isQuick: false, answerMs: 900, isProcessBusy: true } },
    {
      is: 'unwell',
      what: 'too slow for any process',
      before: { isQuick: false, answerMs: IN_TIME_MS + 1, isProcessBusy: true },
    },
  ])('is $is: $what', ({ is, before, memory, wasParked = false }) => {
    expect(endpointBefore({ ...WELL, ...before }, memory, wasParked)).toBe(is);
  });

  const breaker: fc.Arbitrary<Breaker> = fc.oneof(
    fc.record({ kind: fc.constant('closed' as const), failures: fc.nat(3), sinceMs: fc.nat() }),
    fc.record({ kind: fc.constant('open' as const), untilMs: fc.nat(), openings: fc.nat() }),
    fc.record({ kind: fc.constant('half-open' as const), openings: fc.nat() }),
  );
  const before: fc.Arbitrary<LaneBefore> = fc.record({
    breaker,
    isHeldBack: fc.boolean(),
    isQuick: fc.boolean(),
    answerMs: fc.option(fc.nat(20_000), { nil: undefined }),
    isProcessBusy: fc.boolean(),
  });
  const memory = fc.constantFrom(undefined, lane, failing, { ...failing, disabled });

  it('is never excused by this process being busy', () => {
    fc.assert(
      fc.property(before, memory, fc.boolean(), (one, known, wasParked) => {
        const calm = endpointBefore({ ...one, isProcessBusy: false }, known, wasParked);
        const busy = endpointBefore({ ...one, isProcessBusy: true }, known, wasParked);
        expect(calm === 'healthy' && busy === 'unwell').toBe(false);
      }),
    );
  });

  it('is healthy only with its breaker closed, no failure since its last success and nothing held back', () => {
    fc.assert(
      fc.property(before, memory, fc.boolean(), (one, known, wasParked) => {
        if (endpointBefore(one, known, wasParked) === 'unwell') return;
        expect(one.breaker).toMatchObject({ kind: 'closed', failures: 0 });
        expect({ isHeldBack: one.isHeldBack, wasParked }).toEqual({ isHeldBack: false, wasParked: false });
        expect(known?.failing === undefined || known.disabled !== undefined).toBe(true);
      }),
    );
  });
});

describe('what comes of a first attempt', () => {
  it.each([
    { result: 'in-time', delivered: true, tookMs: 0 },
    { result: 'in-time', delivered: true, tookMs: IN_TIME_MS },
    { result: 'late', delivered: true, tookMs: IN_TIME_MS + 1 },
    { result: 'failed', delivered: false, tookMs: 1 },
    // The clock of who accepted it was ahead.
    { result: 'in-time', delivered: true, tookMs: -50 },
  ])('is $result after $tookMs ms', ({ result, delivered, tookMs }) => {
    expect(firstResult(delivered, 1_000_000, 1_000_000 + tookMs)).toBe(result);
  });
});
