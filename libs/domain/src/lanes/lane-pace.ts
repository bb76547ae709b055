import type { Endpoint } from '../control/control-state.js';
import { permittedRate } from '../egress/delivery-permission.js';
import { afterFailure, afterSuccess, CLOSED, probing, type Breaker } from './breaker.js';
import { allowedUnderWay, FIRST_WINDOW, grown, halved, startedSlowly, type ConcurrencyWindow } from './concurrency.js';
import type { LaneMemory } from './lane-memory.js';
import { fullBucket, refilled, taken, tokenInMs, type TokenBucket } from './token-bucket.js';

/** How fast one lane may go: what its endpoint's answers, and its owner's limit, allow. Times are milliseconds since 1970. */
export interface LanePace {
  readonly window: ConcurrencyWindow;
  readonly breaker: Breaker;
  /** Absent until the endpoint has a rate limit and sends. */
  readonly bucket?: TokenBucket;
  /** The endpoint asked for silence until then. */
  readonly pausedUntilMs: number;
  /** Answers in a row that asked for less without saying for how long. */
  readonly slowings: number;
  /** Failures in a row, of any kind that speaks of the endpoint as a whole. */
  readonly setbacks: number;
}

export interface LaneRules {
  /** Requests that may ever be under way together. */
  readonly maximumUnderWay: number;
  /** The endpoint's rate limit; undefined: none. */
  readonly perSecond: number | undefined;
}

/** What a lane may do with its next delivery. */
export type LaneTurn =
  | { readonly kind: 'send' }
  /** The breaker is open: the attempt counts as failed, without a request. */
  | { readonly kind: 'refuse' }
  /** Nothing before that time. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Nothing before one of those under way has ended. */
  | { readonly kind: 'full' };

/** What one attempt said of the endpoint as a whole. */
export type LaneSignal =
  /** It works, whatever it thought of this delivery. */
  | { readonly kind: 'well'; readonly pauseMs: number }
  /** It asked for less; for how long, if it said so. */
  | { readonly kind: 'slow-down'; readonly pauseMs: number; readonly failing: boolean }
  | { readonly kind: 'failing'; readonly timedOut: boolean };

export const FIRST_PACE: LanePace = {
  window: FIRST_WINDOW,
  breaker: CLOSED,
  pausedUntilMs: 0,
  slowings: 0,
  setbacks: 0,
};

const SETBACKS_OF_A_BURST = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_UNASKED_PAUSE_MS = 30_000;
/** A lane that is paused for longer keeps no queue. */
export const LONGEST_PAUSE_IN_QUEUE_MS = 5_000;

/** A lane's pace as a process begins with it. */
export function paceOf(memory: LaneMemory | undefined): LanePace {
  if (memory?.breaker === undefined && memory?.pausedUntilMs === undefined) return FIRST_PACE;
  const { breaker, pausedUntilMs = 0 } = memory;
  const from = { ...FIRST_PACE, pausedUntilMs, window: startedSlowly(FIRST_WINDOW, 0) };
  return breaker === undefined ? from : { ...from, breaker: { kind: 'open', ...breaker } };
}

/** What of a lane's pace is remembered across processes; the same memory when that is in it already. */
export function withPace(memory: LaneMemory, { breaker, pausedUntilMs }: LanePace, nowMs: number): LaneMemory {
  const open = breaker.kind === 'open' ? { untilMs: breaker.untilMs, openings: breaker.openings } : undefined;
  const kept = breaker.kind === 'half-open' ? memory.breaker : open;
  const paused = pausedUntilMs > nowMs ? pausedUntilMs : undefined;
  if (sameOpening(kept, memory.breaker) && paused === memory.pausedUntilMs) return memory;
  const { breaker: _, pausedUntilMs: __, ...rest } = memory;
  return {
    ...rest,
    ...(kept === undefined ? {} : { breaker: kept }),
    ...(paused === undefined ? {} : { pausedUntilMs: paused }),
  };
}

/** Whether there is anything to be remembered, or to be forgotten. */
export function isPaceRemembered(memory: LaneMemory | undefined, pace: LanePace, nowMs: number): boolean {
  if (pace.breaker.kind !== 'closed' || pace.pausedUntilMs > nowMs) return true;
  return memory?.breaker !== undefined || memory?.pausedUntilMs !== undefined;
}

/**
 * A lane that is not to be given anything now: what comes for it would only be set aside again. An open breaker does
 * not hold off: it refuses at once, and the schedule's clock has to run on for what is parked, too.
 */
export function isHeldOff(memory: LaneMemory, nowMs: number): boolean {
  return (memory.pausedUntilMs ?? 0) > nowMs;
}

/** The owner has changed the endpoint: what its answers led to concerns the endpoint that was. */
export function withoutPace(memory: LaneMemory): LaneMemory {
  if (memory.breaker === undefined && memory.pausedUntilMs === undefined) return memory;
  const { breaker: _, pausedUntilMs: __, ...rest } = memory;
  return rest;
}

export function laneTurn(pace: LanePace, rules: LaneRules, underWay: number, nowMs: number): LaneTurn {
  const { breaker, window, pausedUntilMs } = pace;
  if (breaker.kind === 'open' && nowMs < breaker.untilMs) return { kind: 'refuse' };
  if (nowMs < pausedUntilMs) return { kind: 'wait', untilMs: pausedUntilMs };
  const allowed = breaker.kind === 'closed' ? allowedUnderWay(window, rules.maximumUnderWay) : 1;
  if (underWay >= allowed) return { kind: 'full' };
  if (rules.perSecond === undefined) return { kind: 'send' };
  const bucket = bucketOf(pace, rules.perSecond, nowMs);
  const waitMs = tokenInMs(bucket, rules.perSecond);
  return waitMs === 0 ? { kind: 'send' } : { kind: 'wait', untilMs: nowMs + waitMs };
}

/** A request goes out. */
export function afterSend(pace: LanePace, rules: LaneRules, nowMs: number): LanePace {
  const { breaker, bucket: _, ...rest } = pace;
  const asked = breaker.kind === 'open' ? probing(breaker) : breaker;
  if (rules.perSecond === undefined)
    return breaker === asked && pace.bucket === undefined ? pace : { ...rest, breaker: asked };
  return { ...rest, breaker: asked, bucket: taken(bucketOf(pace, rules.perSecond, nowMs)) };
}

/** A request has ended. `underWay`, itself included; `tookMs`: milliseconds since it went out. */
export function afterSignal(
  pace: LanePace,
  signal: LaneSignal,
  { underWay, tookMs, nowMs, maximum }: SignalContext,
): LanePace {
  switch (signal.kind) {
    case 'well': {
      const well = {
        ...pace,
        breaker: afterSuccess(pace.breaker),
        window:
          pace.breaker.kind === 'closed' ? grown(pace.window, underWay, maximum) : startedSlowly(pace.window, nowMs),
        slowings: 0,
        setbacks: 0,
      };
      return signal.pauseMs > 0 ? paused(well, signal.pauseMs, nowMs) : well;
    }
    case 'slow-down': {
      const slowings = pace.slowings + 1;
      const unasked = Math.min(LONGEST_UNASKED_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(pace.slowings, 16));
      const breaker = signal.failing ? afterFailure(pace.breaker, nowMs) : answered(pace.breaker);
      // What was sent before the first of them is no news.
      const isNews = nowMs - tookMs >= pace.window.settledAtMs || signal.pauseMs > 0;
      if (!isNews) return { ...pace, breaker };
      // An error that says nothing of time may concern this one request: carefully on, and no silence.
      if (signal.failing && signal.pauseMs === 0)
        return { ...pace, breaker, window: startedSlowly(pace.window, nowMs) };
      return paused({ ...pace, breaker, slowings }, signal.pauseMs > 0 ? signal.pauseMs : unasked, nowMs);
    }
    case 'failing': {
      const setbacks = pace.setbacks + 1;
      const tooMuch = signal.timedOut || setbacks >= SETBACKS_OF_A_BURST;
      return {
        ...pace,
        setbacks,
        breaker: afterFailure(pace.breaker, nowMs),
        window: tooMuch ? halved(pace.window, nowMs, tookMs) : pace.window,
      };
    }
  }
}

export interface SignalContext {
  readonly underWay: number;
  readonly tookMs: number;
  readonly nowMs: number;
  readonly maximum: number;
}

/** It answered, so it is there; what it asks for is not a failure. */
function answered(breaker: Breaker): Breaker {
  return breaker.kind === 'half-open' ? CLOSED : breaker;
}

function paused(pace: LanePace, forMs: number, nowMs: number): LanePace {
  return {
    ...pace,
    window: startedSlowly(pace.window, nowMs),
    pausedUntilMs: Math.max(pace.pausedUntilMs, nowMs + forMs),
  };
}

function bucketOf(pace: LanePace, perSecond: number, nowMs: number): TokenBucket {
  return pace.bucket === undefined ? fullBucket(perSecond, nowMs) : refilled(pace.bucket, perSecond, nowMs);
}

function sameOpening(a: LaneMemory['breaker'], b: LaneMemory['breaker']): boolean {
  return a?.untilMs === b?.untilMs && a?.openings === b?.openings;
}

/** Requests a second that the endpoint's owner, and its receiver when it was asked, allow; undefined: any number. */
export function allowedPerSecond(endpoint: Endpoint): number | undefined {
  const permitted = permittedRate(endpoint);
  const least = Math.min(endpoint.throttleRate ?? Infinity, permitted === undefined ? Infinity : permitted / 60);
  return least === Infinity ? undefined : least;
}

/** Whether the endpoint's own answers keep it below what it might have under way. */
export function isNarrowed({ window, breaker }: LanePace, { maximumUnderWay }: LaneRules): boolean {
  return (
    breaker.kind !== 'closed' ||
    (window.threshold < Infinity && allowedUnderWay(window, maximumUnderWay) < maximumUnderWay)
  );
}
