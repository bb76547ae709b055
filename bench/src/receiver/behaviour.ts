/** How an endpoint behind the receiver behaves. */
export type Behaviour =
  | { readonly kind: 'quick' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Each delivery's first attempts, by the sequence number in its payload. */
  | { readonly kind: 'fail-first'; readonly times: number; readonly status: number }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  /** Answers one byte a second. */
  | { readonly kind: 'drip' };

/** What the receiver does about one request. */
export type Reply =
  | { readonly kind: 'answer'; readonly status: number; readonly afterMs: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'drip' };

const OK: Reply = { kind: 'answer', status: 200, afterMs: 0 };
const RESET: Reply = { kind: 'reset' };
const HANG: Reply = { kind: 'hang' };
const DRIP: Reply = { kind: 'drip' };

/** `attempt` is 1-based. */
export function replyTo(behaviour: Behaviour, attempt: number): Reply {
  switch (behaviour.kind) {
    case 'quick':
      return OK;
    case 'delay':
      return { kind: 'answer', status: 200, afterMs: behaviour.ms };
    case 'fail-first':
      return attempt > behaviour.times ? OK : { kind: 'answer', status: behaviour.status, afterMs: 0 };
    case 'status':
      return { ...behaviour, kind: 'answer', afterMs: 0 };
    case 'reset':
      return RESET;
    case 'hang':
      return HANG;
    case 'drip':
      return DRIP;
  }
}
