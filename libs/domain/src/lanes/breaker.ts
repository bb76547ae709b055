/**
 * A circuit breaker: an endpoint that fails many times in a row is left alone for a while, then asked with one
 * request. Times are milliseconds since 1970.
 */
export type Breaker =
  /** `failures` in a row, the first of them at `sinceMs`. */
  | { readonly kind: 'closed'; readonly failures: number; readonly sinceMs: number }
  /** No request before `untilMs`. `openings`: how often it has opened in a row. */
  | { readonly kind: 'open'; readonly untilMs: number; readonly openings: number }
  /** One request is under way that decides. */
  | { readonly kind: 'half-open'; readonly openings: number };

export const CLOSED: Breaker = { kind: 'closed', failures: 0, sinceMs: 0 };

const FAILURES_TO_OPEN = 10;
/** An endpoint that fails many requests of one moment, and the next moment none, is not down. */
const LEAST_FAILING_MS = 5_000;
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 300_000;

export function afterFailure(breaker: Breaker, nowMs: number): Breaker {
  switch (breaker.kind) {
    case 'closed': {
      const failures = breaker.failures + 1;
      const sinceMs = breaker.failures === 0 ? nowMs : breaker.sinceMs;
      const isDown = failures >= FAILURES_TO_OPEN && nowMs - sinceMs >= LEAST_FAILING_MS;
      return isDown ? opened(1, nowMs) : { kind: 'closed', failures, sinceMs };
    }
    case 'half-open':
      return opened(breaker.openings + 1, nowMs);
    // A request from before it opened.
    case 'open':
      return breaker;
  }
}

/** Any answer that says that the endpoint works: that of a request from before it opened, too. */
export function afterSuccess(breaker: Breaker): Breaker {
  return breaker.kind === 'closed' && breaker.failures === 0 ? breaker : CLOSED;
}

/** The time of being left alone is over: the next request decides. */
export function probing(breaker: Breaker & { readonly kind: 'open' }): Breaker {
  return { kind: 'half-open', openings: breaker.openings };
}

function opened(openings: number, nowMs: number): Breaker {
  const openMs = Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** Math.min(openings - 1, 16));
  return { kind: 'open', untilMs: nowMs + openMs, openings };
}
