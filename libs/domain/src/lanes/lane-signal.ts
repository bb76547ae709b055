import type { AttemptResult } from '../delivery/attempt-result.js';
import { LONGEST_RETRY_AFTER_MS } from '../delivery/decision.js';
import { parseRetryAfter } from '../delivery/retry-after.js';
import type { LaneSignal } from './lane-pace.js';

const SLOW_DOWN: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What a result says of the endpoint as a whole; undefined when nothing was asked of it. */
export function laneSignal(result: AttemptResult, now: Date): LaneSignal | undefined {
  switch (result.kind) {
    case 'response':
      return signalOfStatus(result.status, parseRetryAfter(result.retryAfter, now));
    case 'timeout':
      return { kind: 'failing', timedOut: true };
    case 'network-error':
      return { kind: 'failing', timedOut: false };
    case 'blocked-address':
      return undefined;
  }
}

function signalOfStatus(status: number, retryAfterMs: number | undefined): LaneSignal {
  const pauseMs = Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  const failing = status >= 500;
  if (status >= 200 && status < 300) return { kind: 'well', pauseMs };
  if (SLOW_DOWN.has(status) || pauseMs > 0) return { kind: 'slow-down', pauseMs, failing };
  return failing ? { kind: 'failing', timedOut: false } : { kind: 'well', pauseMs: 0 };
}
