/**
 * How many requests an endpoint may have under way: TCP's congestion window (RFC 5681) with requests for segments.
 * It doubles each round trip up to a threshold, then grows by one each round trip, and halves when the endpoint
 * shows that it has too much to do. Times are milliseconds since 1970.
 */
export interface ConcurrencyWindow {
  /** Not whole: growth by a part of one adds up. */
  readonly limit: number;
  /** From here on it grows by one a round trip. */
  readonly threshold: number;
  /** Until then a further setback belongs to the one before: it was sent before that was known. */
  readonly settledAtMs: number;
}

const FIRST_LIMIT = 8;
const LEAST_THRESHOLD = 2;

export const FIRST_WINDOW: ConcurrencyWindow = { limit: FIRST_LIMIT, threshold: Infinity, settledAtMs: 0 };

/** Whole requests that may be under way, at least one. */
export function allowedUnderWay(window: ConcurrencyWindow, maximum: number): number {
  return Math.max(1, Math.min(Math.floor(window.limit), maximum));
}

/** After an answer that shows no trouble. `underWay`, itself included: a window that is not used does not grow. */
export function grown(window: ConcurrencyWindow, underWay: number, maximum: number): ConcurrencyWindow {
  if (underWay < allowedUnderWay(window, maximum) || window.limit >= maximum) return window;
  const step = window.limit < window.threshold ? 1 : 1 / window.limit;
  return { ...window, limit: Math.min(maximum, window.limit + step) };
}

/** After trouble that began `tookMs` ago: half, once for all that was under way together. */
export function halved(window: ConcurrencyWindow, nowMs: number, tookMs: number): ConcurrencyWindow {
  if (nowMs - tookMs < window.settledAtMs) return window;
  const limit = Math.max(1, window.limit / 2);
  return { limit, threshold: Math.max(LEAST_THRESHOLD, limit), settledAtMs: nowMs };
}

/** After a pause: one at first, doubling up to half of what it was. */
export function startedSlowly(window: ConcurrencyWindow, nowMs: number): ConcurrencyWindow {
  return { limit: 1, threshold: Math.max(LEAST_THRESHOLD, window.limit / 2), settledAtMs: nowMs };
}
