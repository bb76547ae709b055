const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * Between what a fact says and the record that it speaks of lie the clocks of two processes and one write to Kafka: for
 * so long before the moment up to which everything is settled nothing is taken for lost.
 */
export const SLACK_MS = MINUTE_MS;
/** `parked` keeps a record for 14 days, and the sweep ends it a day earlier. */
const PARKED_MS = 14 * DAY_MS + HOUR_MS;

/** Times in milliseconds since 1970; what was to follow before them, and did not, is lost. */
export interface Bounds {
  /** When the latest fact of a returning run was told, or when its wait was over. */
  readonly returningMs: number;
  readonly parkedMs: number;
}

/** `settledMs`: all that lay in the topics then has been done, and what followed has been recorded. */
export function boundsAt(settledMs: number): Bounds {
  return {
    returningMs: settledMs - SLACK_MS,
    parkedMs: settledMs - PARKED_MS,
  };
}

/** What decides when an account has to be looked at again though nothing new was recorded. Milliseconds since 1970. */
export interface Waiting {
  readonly isClosed: boolean;
  /** Runs that are fresh or returning, and facts that came early. */
  readonly isMoving: boolean;
  /** When the first wait in a tier is over. */
  readonly nextDueMs?: number;
  /** When the first of what is parked was parked. */
  readonly parkedSinceMs?: number;
}

/** Undefined: only when something new is recorded. */
export function nextLookMs(waiting: Waiting, nowMs: number): number | undefined {
  const times: number[] = [];
  if (!waiting.isClosed) times.push(nowMs);
  if (waiting.isMoving) times.push(nowMs + MINUTE_MS);
  if (waiting.nextDueMs !== undefined) times.push(Math.max(nowMs, waiting.nextDueMs) + 2 * SLACK_MS);
  if (waiting.parkedSinceMs !== undefined) times.push(Math.max(nowMs + HOUR_MS, waiting.parkedSinceMs + PARKED_MS));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** At a turn each quarter of a minute, a minute is over when it is counted first. */
const TURNS_BETWEEN_COUNTS = 5;

/**
 * Whether a minute's turn has come again: each time it is read as a whole, so that one that still fills is left alone, and
 * one that is long over, and changes little, is counted at most each time that it has aged by a tenth. `turnMs` 0: always.
 */
export function isToCount(minuteMs: number, countedAtMs: number | undefined, nowMs: number, turnMs: number): boolean {
  if (turnMs === 0) return true;
  const rested = nowMs - Math.max(minuteMs, countedAtMs ?? 0);
  return rested >= Math.max(TURNS_BETWEEN_COUNTS * turnMs, (nowMs - minuteMs) / 10);
}
