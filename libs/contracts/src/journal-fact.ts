import type {
  ApplicationId,
  AttemptId,
  AttemptTiming,
  RecoveryId,
  DeadLetterReason,
  DeliveryId,
  DisableReason,
  EndpointId,
  Fate,
  MessageId,
  ParkReason,
} from '@signpost/domain';
import type { Delivery } from './delivery-record.js';
import { parseJson, UnreadableRecordError } from './unreadable.js';

interface OfDelivery {
  readonly deliveryId: DeliveryId;
  readonly messageId: MessageId;
  readonly applicationId: ApplicationId;
  readonly endpointId: EndpointId;
  readonly eventType: string;
  /** Which of its redeliveries it is a fact of; absent: of the delivery as it was first owed. */
  readonly redelivery?: number;
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
  /** The same event came within the window before: that one was matched, and this one is sent to nobody. */
  readonly isRepeat?: true;
}

/** One request (two where `timing.lostMs` says so), or the refusal to make it. An attempt that ended its delivery carries the fate with it. */
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
  /** What was sent beside what every request has, by lower-case names, sensitive values masked; see loggedRequestHeaders(). */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  /** The same of the answer. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly timing: AttemptTiming;
  readonly trigger: 'scheduled' | 'manual';
  /** The version of the endpoint's transformation that made the request, or failed to; absent where none had a part in it. */
  readonly transformation?: number;
  /** When the next attempt is due, in milliseconds since 1970. */
  readonly nextAttemptAtMs?: number;
  readonly fate?: Fate;
  readonly deadLetterReason?: DeadLetterReason;
  /** The message's, by which its attempts are found. */
  readonly channels?: readonly string[];
  readonly tags?: readonly string[];
}

export interface ParkedFact extends OfDelivery {
  readonly kind: 'parked';
  readonly reason: ParkReason;
}

export interface ReleasedFact extends OfDelivery {
  readonly kind: 'released';
}

/** The delivery was asked for again: one more run of it is owed, and has a fate of its own. */
export interface RedeliveredFact extends OfDelivery {
  readonly kind: 'redelivered';
  readonly redelivery: number;
  /** The background task that asked; absent: somebody did, for this one. */
  readonly taskId?: RecoveryId;
}

/** A delivery that ended without an attempt. */
export interface FateFact extends OfDelivery {
  readonly kind: 'fate';
  readonly fate: Fate;
  readonly deadLetterReason?: DeadLetterReason;
  /** The version of the endpoint's transformation that declined it. */
  readonly transformation?: number;
}

interface OfEndpoint {
  readonly kind: 'endpoint';
  readonly endpointId: EndpointId;
  readonly applicationId: ApplicationId;
  /** As it was when the attempt was made that this follows from. */
  readonly endpointVersion: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** The last failed attempt before an endpoint fact. */
export interface LastFailure {
  /** As in AttemptFact. */
  readonly reason: string;
  readonly status?: number;
}

/** Nothing but failures since `failingSinceMs`, for that part of the time after which the endpoint is switched off. */
export interface EndpointWarnedFact extends OfEndpoint {
  readonly state: 'warned';
  readonly percent: number;
  readonly failingSinceMs: number;
  /** When it will be switched off if it goes on failing, in milliseconds since 1970. */
  readonly disablesAtMs: number;
  readonly lastFailure: LastFailure;
}

/** Signpost switched the endpoint off. */
export interface EndpointDisabledFact extends OfEndpoint {
  readonly state: 'disabled';
  readonly reason: DisableReason;
  readonly failingSinceMs: number;
  readonly lastFailure: LastFailure;
}

/** The first success after a warning. */
export interface EndpointRecoveredFact extends OfEndpoint {
  readonly state: 'recovered';
  readonly failingSinceMs: number;
}

/** What happened to an endpoint as a whole. */
export type EndpointFact = EndpointWarnedFact | EndpointDisabledFact | EndpointRecoveredFact;

/** The value of a record of `journal`. */
export type JournalFact =
  MatchedFact | AttemptFact | ParkedFact | ReleasedFact | RedeliveredFact | FateFact | EndpointFact;

const KINDS: ReadonlySet<unknown> = new Set([
  'matched',
  'attempt',
  'parked',
  'released',
  'redelivered',
  'fate',
  'endpoint',
] satisfies JournalFact['kind'][]);

/** What every fact says of the delivery that it is about. */
export function ofDelivery(delivery: Delivery, atMs: number): OfDelivery {
  const { id, messageId, applicationId, endpointId, eventType, redelivery } = delivery;
  const fact = { deliveryId: id, messageId, applicationId, endpointId, eventType, atMs };
  return redelivery === undefined ? fact : { ...fact, redelivery: redelivery.number };
}

export function encodeFact(fact: JournalFact): Buffer {
  return Buffer.from(JSON.stringify(fact));
}

const OF_NOTE = ['"kind":"endpoint"', '"deadLetterReason":"attempts-exhausted"'] as const;

/**
 * Whether a record of `journal` may be a fact that somebody is told of: an endpoint's, or an exhausted delivery. Looks
 * at the bytes alone, since nearly all records are neither; what it takes for one has still to be read.
 */
export function mayBeOfNote(value: Buffer | null): boolean {
  return value !== null && OF_NOTE.some((mark) => value.includes(mark));
}

/** @throws UnreadableRecordError when the value is no fact */
export function readFact(value: Buffer | null): JournalFact {
  const fact = parseJson(value, 'a journal record');
  if (typeof fact === 'object' && fact !== null && 'kind' in fact && KINDS.has(fact.kind)) return fact as JournalFact;
  throw new UnreadableRecordError('a journal record is of no known kind');
}
