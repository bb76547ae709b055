import {
  DEAD_LETTER_REASONS,
  reasonClassOf,
  type DeadLetterReason,
  type Failures,
  type ReasonClass,
} from '@signpost/domain';
import { deliveryHeaders, readDelivery, type Delivery } from './delivery-record.js';
import { dltHeaders, readOrigin, type LetterOrigin } from './dlt-headers.js';
import { headerText, type RecordHeaders } from './headers.js';
import { UnreadableRecordError } from './unreadable.js';

/**
 * A delivery that will not be tried again by itself: what a record of `deliveries.dead-letter` says beside the payload.
 * One run of a delivery has one.
 */
export interface DeadLetter {
  readonly delivery: Delivery;
  readonly reason: DeadLetterReason;
  readonly reasonClass: ReasonClass;
  /** Made so far, those of earlier runs included. */
  readonly attempts: number;
  /** Of this run. Undefined for one that never failed, and in letters that are older than the field. */
  readonly firstFailureAtMs?: number;
  readonly lastFailureAtMs?: number;
  /** As the journal names it: 'http:503', 'timeout:connect', …; 'parked:<why>' for what was never sent. */
  readonly lastFailure?: string;
  /** HTTP status of the last failure, where there was an answer. */
  readonly lastStatus?: number;
  /** How often it was dead and asked for again before: the number of its redelivery; 0 as it was first owed. */
  readonly redrives: number;
  readonly origin: LetterOrigin;
  readonly atMs: number;
}

/** A record that is no delivery, set aside with its own headers and bytes. */
export interface UnreadableLetter {
  readonly delivery?: undefined;
  readonly reason: 'unreadable';
  readonly reasonClass: 'platform';
  /** For people: what is wrong with it. */
  readonly why: string;
  readonly origin: LetterOrigin;
  readonly atMs: number;
}

/** What a letter is made of: all else follows from it. */
export interface Death {
  readonly delivery: Delivery;
  readonly reason: DeadLetterReason;
  readonly failures: Failures | undefined;
  /** In place of failures, where it was never sent. */
  readonly instead?: string | undefined;
  readonly origin: LetterOrigin;
  readonly atMs: number;
}

export function deadLetterOf({ delivery, reason, failures, instead, origin, atMs }: Death): DeadLetter {
  const lastFailure = failures?.last ?? instead;
  return {
    delivery,
    reason,
    reasonClass: reasonClassOf(reason, lastFailure),
    attempts: attemptsMade(delivery, reason),
    ...(failures === undefined ? {} : { firstFailureAtMs: failures.firstAtMs, lastFailureAtMs: failures.lastAtMs }),
    ...(lastFailure === undefined ? {} : { lastFailure }),
    ...(failures?.lastStatus === undefined ? {} : { lastStatus: failures.lastStatus }),
    redrives: delivery.redelivery?.number ?? 0,
    origin,
    atMs,
  };
}

/** What dies of its last attempt names that one; anything else the one that would have come next. */
function attemptsMade({ attempt }: Delivery, reason: DeadLetterReason): number {
  switch (reason) {
    case 'attempts-exhausted':
    case 'gone':
    case 'blocked-address':
      return attempt;
    case 'parked-too-long':
    case 'unreadable':
      return attempt - 1;
  }
}

const HEADER = {
  reason: 'signpost-dead-letter-reason',
  reasonClass: 'signpost-dead-letter-class',
  at: 'signpost-dead-letter-at',
  attempts: 'signpost-attempts',
  redrives: 'signpost-redrives',
  firstFailureAt: 'signpost-first-failure-at',
  lastFailureAt: 'signpost-last-failure-at',
  lastFailure: 'signpost-last-failure',
  lastStatus: 'signpost-last-status',
} as const;

/** Typed headers of our own, each a text, and Spring Kafka's `kafka_dlt-*` beside them, which other tools understand. */
export function deadLetterHeaders(letter: DeadLetter): RecordHeaders {
  const { firstFailureAtMs, lastFailureAtMs, lastFailure, lastStatus } = letter;
  return {
    ...deliveryHeaders(letter.delivery),
    ...envelope(letter),
    [HEADER.attempts]: String(letter.attempts),
    [HEADER.redrives]: String(letter.redrives),
    ...(firstFailureAtMs === undefined ? {} : { [HEADER.firstFailureAt]: isoTime(firstFailureAtMs) }),
    ...(lastFailureAtMs === undefined ? {} : { [HEADER.lastFailureAt]: isoTime(lastFailureAtMs) }),
    ...(lastFailure === undefined ? {} : { [HEADER.lastFailure]: lastFailure }),
    ...(lastStatus === undefined ? {} : { [HEADER.lastStatus]: String(lastStatus) }),
    ...dltHeaders(letter.reason, lastFailure ?? letter.reason, letter.origin),
  };
}

/** For a record that is no delivery: its own headers stay, as far as they do not say why it lies here. */
export function unreadableHeaders(
  original: RecordHeaders,
  letter: Pick<UnreadableLetter, 'why' | 'origin' | 'atMs'>,
): RecordHeaders {
  const { why, origin, atMs } = letter;
  return {
    ...original,
    ...envelope({ reason: 'unreadable', reasonClass: 'platform', atMs }),
    ...dltHeaders('unreadable', why, origin),
  };
}

const envelope = ({ reason, reasonClass, atMs }: Pick<DeadLetter, 'reason' | 'reasonClass' | 'atMs'>) => ({
  [HEADER.reason]: reason,
  [HEADER.reasonClass]: reasonClass,
  [HEADER.at]: isoTime(atMs),
});

/**
 * Reads letters of every form that there was: what an earlier one did not say follows from what it said, or is
 * undefined.
 * @throws UnreadableRecordError naming what is wrong, for a record that is no dead letter
 */
export function readDeadLetter(headers: RecordHeaders | undefined): DeadLetter | UnreadableLetter {
  const reason = readReason(headerText(headers, HEADER.reason));
  const atMs = requiredTime(headerText(headers, HEADER.at), HEADER.at);
  const { origin, message } = readOrigin(headers);
  const delivery = reason === 'unreadable' ? deliveryIn(headers) : readDelivery(headers);
  if (delivery === undefined) {
    return { reason: 'unreadable', reasonClass: 'platform', why: message ?? '', origin, atMs };
  }
  if (reason === 'unreadable') return deadLetterOf({ delivery, reason, failures: delivery.failures, origin, atMs });
  return { delivery, reason, ...said(headers, delivery, reason, atMs), origin, atMs };
}

type Said = Omit<DeadLetter, 'delivery' | 'reason' | 'origin' | 'atMs'>;

function said(headers: RecordHeaders | undefined, delivery: Delivery, reason: DeadLetterReason, atMs: number): Said {
  const lastFailure = headerText(headers, HEADER.lastFailure);
  const lastStatus = optionalNumber(headerText(headers, HEADER.lastStatus), HEADER.lastStatus);
  const firstFailureAtMs = optionalTime(headerText(headers, HEADER.firstFailureAt), HEADER.firstFailureAt);
  const attempts = optionalNumber(headerText(headers, HEADER.attempts), HEADER.attempts);
  // A letter without it is of the earlier form: it died of its last failure then, if it named one.
  const earlier = attempts === undefined && lastFailure !== undefined ? atMs : undefined;
  const lastFailureAtMs = optionalTime(headerText(headers, HEADER.lastFailureAt), HEADER.lastFailureAt) ?? earlier;
  const reasonClass = headerText(headers, HEADER.reasonClass);
  return {
    reasonClass:
      reasonClass === 'customer' || reasonClass === 'platform' ? reasonClass : reasonClassOf(reason, lastFailure),
    attempts: attempts ?? attemptsMade(delivery, reason),
    redrives: optionalNumber(headerText(headers, HEADER.redrives), HEADER.redrives) ?? delivery.redelivery?.number ?? 0,
    ...(firstFailureAtMs === undefined ? {} : { firstFailureAtMs }),
    ...(lastFailureAtMs === undefined ? {} : { lastFailureAtMs }),
    ...(lastFailure === undefined ? {} : { lastFailure }),
    ...(lastStatus === undefined ? {} : { lastStatus }),
  };
}

function readReason(text: string | undefined): DeadLetterReason {
  const reason = DEAD_LETTER_REASONS.find((known) => known === text);
  if (reason !== undefined) return reason;
  throw new UnreadableRecordError(
    text === undefined
      ? `header ${HEADER.reason} is missing`
      : `header ${HEADER.reason} names no reason of this version`,
  );
}

/** A record without a payload may still say whose it was. */
function deliveryIn(headers: RecordHeaders | undefined): Delivery | undefined {
  try {
    return readDelivery(headers);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return undefined;
    throw error;
  }
}

const isoTime = (atMs: number): string => new Date(atMs).toISOString();

function optionalTime(text: string | undefined, name: string): number | undefined {
  return text === undefined ? undefined : requiredTime(text, name);
}

function requiredTime(text: string | undefined, name: string): number {
  if (text === undefined) throw new UnreadableRecordError(`header ${name} is missing`);
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new UnreadableRecordError(`header ${name} holds no time`);
  return atMs;
}

function optionalNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UnreadableRecordError(`header ${name} holds no number`);
}
