import type { AttemptResult } from './attempt-result.js';
import { parseRetryAfter } from './retry-after.js';

/** The verdict on one attempt. Everything downstream switches on `kind`. */
export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retryable'; readonly reason: string; readonly retryAfterMs: number }
  /** 410: the receiver took the endpoint down on purpose. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** Waiting does not make a private address public: the endpoint itself must change. */
  | { readonly kind: 'blocked-address'; readonly reason: string };

/** Standard Webhooks 1.0.0, 'Delivery success and failure': 2xx is delivered, all else has failed, 4xx included. */
export function judge(result: AttemptResult, now: Date): Verdict {
  switch (result.kind) {
    case 'response':
      return judgeStatus(result.status, parseRetryAfter(result.retryAfter, now));
    case 'timeout':
      return { kind: 'retryable', reason: `timeout:${result.phase}`, retryAfterMs: 0 };
    case 'network-error':
      return { kind: 'retryable', reason: `network:${result.code}`, retryAfterMs: 0 };
    case 'blocked-address':
      return { kind: 'blocked-address', reason: `blocked-address:${result.reason}` };
  }
}

function judgeStatus(status: number, retryAfterMs: number | undefined): Verdict {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const reason = `http:${String(status)}`;
  if (status === 410) return { kind: 'gone', reason };
  return {
    kind: 'retryable',
    reason,
    retryAfterMs: retryAfterMs ?? 0,
  };
}
