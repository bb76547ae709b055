import type {
  ApplicationId,
  AttemptId,
  AttemptTiming,
  DeadLetterReason,
  DeliveryId,
  EndpointId,
  Fate,
  MessageId,
  ParkReason,
} from '@signpost/domain';
import { parseJson, UnreadableRecordError } from './unreadable.js';

interface OfDelivery {
  readonly deliveryId: DeliveryId;
  readonly messageId: MessageId;
  readonly applicationId: ApplicationId;
  readonly endpointId: EndpointId;
  readonly eventType: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** The matcher's answer for one message; with no endpoint it matched nobody. */
export interface MatchedFact {
  readonly kind: 'matched';
  readonly messageId: MessageId;
  readonly applicationId: ApplicationId;
  readonly atMs: number;
  readonly endpointIds: readonly EndpointId[];
}

/** One request, or the refusal to make it. An attempt that ended its delivery carries the fate with it. */
export interface AttemptFact extends OfDelivery {
  readonly kind: 'attempt';
  readonly attemptId: AttemptId;
  /** 1-based. A second request after a crash has the same number and another id. */
  readonly attempt: number;
  readonly url: string;
  readonly outcome: 'delivered' | 'failed';
  /** Why it failed: 'http:503', 'timeout:connect', 'network:ECONNREFUSED', 'blocked-address:loopback', … */
  readonly reason?: string;
  readonly status?: number;
  readonly responseBody?: string;
  readonly timing: AttemptTiming;
  readonly trigger: 'scheduled' | 'manual';
  /** When the next attempt is due, in milliseconds since 1970. */
  readonly nextAttemptAtMs?: number;
  readonly fate?: Fate;
  readonly deadLetterReason?: DeadLetterReason;
}

export interface ParkedFact extends OfDelivery {
  readonly kind: 'parked';
  readonly reason: ParkReason;
}

export interface ReleasedFact extends OfDelivery {
  readonly kind: 'released';
}

/** A delivery that ended without an attempt. */
export interface FateFact extends OfDelivery {
  readonly kind: 'fate';
  readonly fate: Fate;
  readonly deadLetterReason?: DeadLetterReason;
}

/** The value of a record of `journal`. */
export type JournalFact = MatchedFact | AttemptFact | ParkedFact | ReleasedFact | FateFact;

const KINDS: ReadonlySet<unknown> = new Set([
  'matched',
  'attempt',
  'parked',
  'released',
  'fate',
] satisfies JournalFact['kind'][]);

export function encodeFact(fact: JournalFact): Buffer {
  return Buffer.from(JSON.stringify(fact));
}

/** @throws UnreadableRecordError when the value is no fact */
export function readFact(value: Buffer | null): JournalFact {
  const fact = parseJson(value, 'a journal record');
  if (typeof fact === 'object' && fact !== null && 'kind' in fact && KINDS.has(fact.kind)) return fact as JournalFact;
  throw new UnreadableRecordError('a journal record is of no known kind');
}
