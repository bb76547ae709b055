import type { ParkReason } from '../lanes/lane-memory.js';
import type { DeadLetterReason } from './decision.js';

/** Who has to look into a dead letter first: the endpoint's owner, or whoever runs Signpost. */
export type ReasonClass = 'customer' | 'platform';
export const REASON_CLASSES = ['customer', 'platform'] as const satisfies readonly ReasonClass[];

/** What one run of a delivery has met with. It travels with the delivery from its first failure on. */
export interface Failures {
  /** Milliseconds since 1970. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** The last one as the journal names it: 'http:503', 'timeout:connect', 'network:ECONNREFUSED', … */
  readonly last: string;
  /** HTTP status of the last one, where there was an answer. */
  readonly lastStatus?: number;
}

interface Failure {
  readonly atMs: number;
  readonly reason: string;
  readonly status?: number | undefined;
}

/** An open breaker refuses for what was before it: the failure that it repeats says more than the refusal. */
export function withFailure(known: Failures | undefined, { atMs, reason, status }: Failure): Failures {
  if (known !== undefined && reason === BREAKER_OPEN) return known;
  const last = { lastAtMs: atMs, last: reason, ...(status === undefined ? {} : { lastStatus: status }) };
  return { firstAtMs: known?.firstAtMs ?? atMs, ...last };
}

/** As the last failure of what nobody asked for while it was parked, and what had not failed before. */
export const parkedFailure = (reason: ParkReason): string => `${PARKED}:${reason}`;

/**
 * Whose fault a dead letter is, as far as one delivery can tell. What says nothing for certain is the platform's: they
 * look first. Total: any text may stand for the last failure, also one of a later version.
 */
export function reasonClassOf(reason: DeadLetterReason, lastFailure: string | undefined): ReasonClass {
  switch (reason) {
    case 'unreadable':
      return 'platform';
    case 'gone':
    case 'blocked-address':
      return 'customer';
    case 'attempts-exhausted':
    case 'parked-too-long':
      return lastFailure === undefined ? 'platform' : faultOf(lastFailure);
  }
}

const BREAKER_OPEN = 'breaker-open';
const PARKED = 'parked';

/** Failures below HTTP that are ours, our network's or our proxy's; of all others the receiver can do something. */
const OURS: ReadonlySet<string> = new Set([
  // No way out, or no port left for one more connection.
  'ENETUNREACH',
  // Name servers that we asked did not answer.
  'EAI_AGAIN',
  'PROXY_UNREACHABLE',
  'PROXY_AUTH',
  'PROXY_REFUSED',
  'PROXY_INVALID',
  'INVALID_REQUEST',
  'SENDER_BUSY',
  'SENDER_CLOSED',
  'INTERNAL',
  'OTHER',
]);

function faultOf(failure: string): ReasonClass {
  const colon = failure.indexOf(':');
  const [kind, rest] = colon < 0 ? [failure, ''] : [failure.slice(0, colon), failure.slice(colon + 1)];
  switch (kind) {
    case 'http':
    case 'timeout':
    case 'blocked-address':
    case BREAKER_OPEN:
      return 'customer';
    case 'network':
      return rest === '' || OURS.has(rest) ? 'platform' : 'customer';
    // The token server that the owner chose; what it said itself is between the two of them.
    case 'oauth2':
      return rest.startsWith('network:') ? faultOf(rest) : 'customer';
    // Its code is its owner's; the sandbox that it runs in is ours.
    case 'transformation':
      return rest === 'crashed' ? 'platform' : 'customer';
    // No room in thirteen days: the endpoint is too slow for what it is owed, or we handed it out too slowly.
    case PARKED:
      return rest === '' || rest === 'lane-full' ? 'platform' : 'customer';
    // 'secret-unreadable': the master key is another one than it was sealed with; and what nobody here knows.
    default:
      return 'platform';
  }
}
