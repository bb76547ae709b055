import type { Behaviour } from '../receiver/behaviour.js';

/** What the tenth endpoint may do while nine are quick. */
export const FAULT_NAMES = ['slow', 'refuse', 'reset', 'hang-tls', 'drip', 'throttle'] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

export type Fault =
  | { readonly kind: 'behaviour'; readonly behaviour: Behaviour }
  /** The endpoint's URL leads elsewhere for the time. */
  | { readonly kind: 'elsewhere'; readonly to: 'nobody-listens' | 'silent-tls' };

export function faultOf(name: FaultName): Fault {
  switch (name) {
    case 'slow':
      return { kind: 'behaviour', behaviour: { kind: 'delay', ms: 10_000 } };
    case 'reset':
      return { kind: 'behaviour', behaviour: { kind: 'reset' } };
    case 'drip':
      return { kind: 'behaviour', behaviour: { kind: 'drip' } };
    case 'throttle':
      return { kind: 'behaviour', behaviour: { kind: 'status', status: 429, retryAfterSeconds: 5 } };
    case 'refuse':
      return { kind: 'elsewhere', to: 'nobody-listens' };
    case 'hang-tls':
      return { kind: 'elsewhere', to: 'silent-tls' };
  }
}
