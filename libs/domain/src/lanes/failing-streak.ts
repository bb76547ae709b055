import type { Verdict } from '../delivery/verdict.js';

/** Nothing but failures since `sinceMs`; every time is in milliseconds. A part of the lane's memory. */
export interface FailingStreak {
  readonly sinceMs: number;
  /** When the last failure was. */
  readonly lastMs: number;
  /** How long it has been failing for, long silences not counted. */
  readonly failedMs: number;
  readonly attempts: number;
  /** The highest step that its owner was warned at; 0 before the first. */
  readonly warnedPercent: number;
  /** The limit in force at the last failure: the endpoint is switched off once `failedMs` reaches it. */
  readonly limitMs: number;
  /** What the last failure was, as the reason of an attempt. */
  readonly lastFailure?: string;
}

export interface FailingPolicy {
  readonly disableAfterMs: number;
  /** Whole percents of it, rising, each from 1 to 99. */
  readonly warnAtPercent: readonly number[];
  /** Fewer failed attempts prove nothing, however far apart. */
  readonly leastAttempts: number;
}

/** What one more failure means: nothing new, a warning due now, or the end. */
export type FailingStep =
  { readonly kind: 'none' } | { readonly kind: 'warn'; readonly percent: number } | { readonly kind: 'disable' };

/**
 * Of the time between two failures no more than this part of the limit counts. Nobody knows how the endpoint did in
 * between: it may have been switched off, have had nothing to do, or a clock was set.
 */
const LONGEST_SILENCE = 0.2;
/** A streak is remembered across processes once it has lasted this part of the limit: a short one costs no write. */
const WORTH_WRITING = 0.01;
/** And again each time that it has lasted this much longer, so that a crash forgets no more than a silence may cost. */
const WORTH_REWRITING = 0.1;

/** Failures of attempts that made no request: they prove nothing of the endpoint. */
const NOBODY_ASKED: ReadonlySet<string> = new Set([
  'secret-unreadable',
  'network:INTERNAL',
  'oauth2:network:INTERNAL',
  'breaker-open',
  'transformation:crashed',
]);

/** Whether a failure speaks against the endpoint: what we failed to sign or to send does not. */
export function isEndpointsFailure(verdict: Verdict): boolean {
  switch (verdict.kind) {
    case 'delivered':
      return false;
    case 'gone':
    case 'blocked-address':
      return true;
    case 'retryable':
      return !NOBODY_ASKED.has(verdict.reason);
  }
}

/** One more failure, at `atMs`. A clock that was set back counts nothing, one that was set forward a silence. */
export function streakAfterFailure(
  streak: FailingStreak | undefined,
  atMs: number,
  policy: FailingPolicy,
  lastFailure?: string,
): { readonly streak: FailingStreak; readonly step: FailingStep } {
  const limitMs = policy.disableAfterMs;
  const last = lastFailure === undefined ? {} : { lastFailure };
  if (streak === undefined) {
    const first = { sinceMs: atMs, lastMs: atMs, failedMs: 0, attempts: 1, warnedPercent: 0, limitMs, ...last };
    return { streak: first, step: { kind: 'none' } };
  }
  const gapMs = Math.min(Math.max(0, atMs - streak.lastMs), Math.floor(limitMs * LONGEST_SILENCE));
  const failedMs = streak.failedMs + gapMs;
  const longer = { ...streak, lastMs: atMs, failedMs, attempts: streak.attempts + 1, limitMs, ...last };
  if (longer.attempts < policy.leastAttempts) return { streak: longer, step: { kind: 'none' } };
  if (failedMs >= limitMs) return { streak: longer, step: { kind: 'disable' } };
  const percent = policy.warnAtPercent.findLast((step) => failedMs >= (limitMs * step) / 100) ?? 0;
  if (percent <= streak.warnedPercent) return { streak: longer, step: { kind: 'none' } };
  return { streak: { ...longer, warnedPercent: percent }, step: { kind: 'warn', percent } };
}

/** Whether what `lanes` says of the streak has to be written anew; `written` and `streak` are undefined where none is. */
export function isStreakWorthWriting(
  written: FailingStreak | undefined,
  streak: FailingStreak | undefined,
  { leastAttempts }: FailingPolicy,
): boolean {
  if (streak === undefined || written === undefined) {
    if (streak === undefined) return written !== undefined;
    return streak.warnedPercent > 0 || streak.failedMs >= streak.limitMs * WORTH_WRITING;
  }
  return (
    streak.sinceMs !== written.sinceMs ||
    streak.warnedPercent !== written.warnedPercent ||
    streak.failedMs - written.failedMs >= streak.limitMs * WORTH_REWRITING ||
    (streak.attempts >= leastAttempts && written.attempts < leastAttempts)
  );
}

/** When the endpoint will be switched off if it goes on failing, in milliseconds since 1970. */
export function disablesAtMs({ lastMs, limitMs, failedMs }: FailingStreak): number {
  return lastMs + Math.max(0, limitMs - failedMs);
}
