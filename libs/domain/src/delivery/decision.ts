import type { RetrySchedule } from '../retry/retry-schedule.js';
import type { Verdict } from './verdict.js';

export type DeadLetterReason = 'attempts-exhausted' | 'gone' | 'blocked-address' | 'unreadable' | 'parked-too-long';
export const DEAD_LETTER_REASONS = [
  'attempts-exhausted',
  'gone',
  'blocked-address',
  'unreadable',
  'parked-too-long',
] as const satisfies readonly DeadLetterReason[];

/** The one end that each delivery comes to (promise 1). */
export type Fate = 'delivered' | 'dead-lettered' | 'expired' | 'superseded' | 'declined' | 'cancelled';

export type Decision =
  | { readonly kind: 'settle' }
  | { readonly kind: 'retry'; readonly waitMs: number }
  | { readonly kind: 'dead-letter'; readonly reason: DeadLetterReason };

/** `attempt` is 1-based: attempt n, once failed, waits schedule[n - 1], or longer where the receiver asked for it. */
export function decide(verdict: Verdict, attempt: number, schedule: RetrySchedule): Decision {
  switch (verdict.kind) {
    case 'delivered':
      return { kind: 'settle' };
    case 'gone':
      return { kind: 'dead-letter', reason: 'gone' };
    case 'blocked-address':
      return { kind: 'dead-letter', reason: 'blocked-address' };
    case 'retryable': {
      const planned = schedule[attempt - 1];
      if (planned === undefined) return { kind: 'dead-letter', reason: 'attempts-exhausted' };
      return { kind: 'retry', waitMs: Math.max(planned, Math.min(verdict.retryAfterMs, LONGEST_RETRY_AFTER_MS)) };
    }
  }
}

/** A receiver may ask for a day; more would be an outage of its own making that nobody sees. */
export const LONGEST_RETRY_AFTER_MS = 86_400_000;
