import {
  isId,
  isTier,
  type ApplicationId,
  type Coalesce,
  type DeliveryId,
  type EndpointId,
  type Failures,
  type MessageId,
  type ParkReason,
  type Tier,
  type TraceCarrier,
} from '@signpost/domain';
import { headerText, type RecordHeaders } from './headers.js';
import { traceHeaders, traceOf } from './trace-headers.js';
import { parseJson, UnreadableRecordError } from './unreadable.js';

/**
 * One message owed to one endpoint: what `deliveries`, `deliveries.returning`, the tiers, `parked` and the dead
 * letters carry beside the payload. It travels as one header of compact JSON: ten headers would cost each hop more
 * than all the rest of the record. Fields are only ever added, never renamed.
 */
export interface Delivery {
  readonly id: DeliveryId;
  readonly messageId: MessageId;
  readonly applicationId: ApplicationId;
  readonly endpointId: EndpointId;
  /** The endpoint's version that was matched: a dispatcher that knows less waits for it. */
  readonly endpointVersion: number;
  readonly eventType: string;
  readonly eventId?: string;
  readonly conversationId?: string;
  /** The message's channels and tags: its attempts are found by them. */
  readonly channels?: readonly string[];
  readonly tags?: readonly string[];
  /** Milliseconds since 1970: when the message was accepted. */
  readonly acceptedAtMs: number;
  /** 1-based number of the attempt that comes next. */
  readonly attempt: number;
  /** What this run has met with so far; absent until it fails for the first time. */
  readonly failures?: Failures;
  /** In a tier: the tiers to wait in after this one, and when the delivery is due (milliseconds since 1970). */
  readonly wait?: { readonly next: readonly Tier[]; readonly dueAtMs: number };
  /** Milliseconds since 1970 from which on it is not sent any more, by its event type's time to live. */
  readonly expiresAtMs?: number;
  /** Its message came above its application's quota. */
  readonly isOverQuota?: true;
  /** Only the newest of its endpoint, event type and conversation is worth sending. */
  readonly coalesce?: Coalesce;
  /** In `parked`, and on the way back: why it was set aside. */
  readonly parkedFor?: ParkReason;
  /** Back from `parked`: where it lay, so that its lane can count what is left. */
  readonly parkedOffset?: number;
  /** Back from `parked` for its end: it lay there too long. */
  readonly parkedTooLong?: true;
  /** Back from `parked`: the sequence of the demand that it came by. */
  readonly demand?: number;
  /** In `parked`, behind the head of its conversation: the conversation's key (`conversationKey`). */
  readonly behind?: string;
  /** Somebody asked for it again. Absent: it is what was first owed. */
  readonly redelivery?: Redelivery;
  /** On the way from the control plane to its lane, which takes it off. */
  readonly handOver?: HandOver;
  /** The payload is what its endpoint's transformation made at the first attempt: each later one sends the same. */
  readonly made?: MadeMark;
  /** Its place in the trace that it is of, in headers of its own, as other tools read them; absent: in none that is recorded. */
  readonly trace?: TraceCarrier;
}

/** How a transformation's body is sent. */
export interface MadeMark {
  /** Of the transformation. */
  readonly version: number;
  /** Sealed JSON of method, path and headers, where they were made as well. */
  readonly request?: string;
}

/** The same message to the same endpoint once more: a run of its own, with a fate of its own. */
export interface Redelivery {
  /** Which of the delivery's redeliveries it is, from 1. */
  readonly number: number;
  /** Attempts that were made before it: their numbers go on, the schedule begins anew. */
  readonly attemptsBefore: number;
}

/** What a redelivery's lane has to know of how it came. */
export type HandOver =
  /** An earlier run of the delivery may still be under way: this one takes its place. */
  | { readonly kind: 'take-over' }
  /**
   * One of a background task's, by its place among them: whoever repeats it after a crash repeats that. `takesOver`: the
   * same as a take-over, since an earlier one may have been handed over without anybody knowing.
   */
  | { readonly kind: 'task'; readonly task: string; readonly sequence: number; readonly takesOver?: true };

/** Which attempt of its run comes next, from 1: what the schedule goes by. */
export function attemptOfRun({ attempt, redelivery }: Pick<Delivery, 'attempt' | 'redelivery'>): number {
  return attempt - (redelivery?.attemptsBefore ?? 0);
}

export const DELIVERY_HEADER = 'signpost-delivery';

export function deliveryHeaders(delivery: Delivery): RecordHeaders {
  if (delivery.trace === undefined) return { [DELIVERY_HEADER]: JSON.stringify(delivery) };
  const { trace, ...said } = delivery;
  return { [DELIVERY_HEADER]: JSON.stringify(said), ...traceHeaders(trace) };
}

/** @throws UnreadableRecordError naming what is wrong */
export function readDelivery(headers: RecordHeaders | undefined): Delivery {
  const value = parseJson(headerText(headers, DELIVERY_HEADER), `header ${DELIVERY_HEADER}`);
  if (isDelivery(value)) {
    const trace = traceOf(headers);
    return trace === undefined ? value : { ...value, trace };
  }
  throw new UnreadableRecordError(`header ${DELIVERY_HEADER} lacks a field or has one of the wrong type`);
}

// By hand rather than by zod: this runs once a delivery and hop, and only ever reads what Signpost itself wrote.
function isDelivery(value: unknown): value is Delivery {
  if (typeof value !== 'object' || value === null) return false;
  const d = value as Partial<Record<keyof Delivery, unknown>>;
  return (
    isText(d.id) &&
    isId('dlv', d.id) &&
    isText(d.messageId) &&
    isId('msg', d.messageId) &&
    isText(d.applicationId) &&
    isId('app', d.applicationId) &&
    isText(d.endpointId) &&
    isId('ep', d.endpointId) &&
    isText(d.eventType) &&
    isCount(d.endpointVersion) &&
    isCount(d.acceptedAtMs) &&
    isCount(d.attempt) &&
    d.attempt >= 1 &&
    (d.failures === undefined || isFailures(d.failures)) &&
    (d.wait === undefined || isWait(d.wait)) &&
    (d.channels === undefined || isTexts(d.channels)) &&
    (d.tags === undefined || isTexts(d.tags)) &&
    (d.expiresAtMs === undefined || isCount(d.expiresAtMs)) &&
    (d.isOverQuota === undefined || d.isOverQuota === true) &&
    (d.coalesce === undefined || d.coalesce === 'latest') &&
    (d.parkedFor === undefined || isText(d.parkedFor)) &&
    (d.parkedOffset === undefined || isCount(d.parkedOffset)) &&
    (d.parkedTooLong === undefined || d.parkedTooLong === true) &&
    (d.demand === undefined || isCount(d.demand)) &&
    (d.behind === undefined || isText(d.behind)) &&
    (d.redelivery === undefined || isRedelivery(d.redelivery, d.attempt)) &&
    (d.handOver === undefined || isHandOver(d.handOver)) &&
    (d.made === undefined || isMadeMark(d.made))
  );
}

function isFailures(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { firstAtMs, lastAtMs, last, lastStatus } = value as Partial<Record<keyof Failures, unknown>>;
  return isCount(firstAtMs) && isCount(lastAtMs) && isText(last) && (lastStatus === undefined || isCount(lastStatus));
}

function isWait(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { next, dueAtMs } = value as { next?: unknown; dueAtMs?: unknown };
  return isCount(dueAtMs) && Array.isArray(next) && next.every((tier) => typeof tier === 'string' && isTier(tier));
}

function isRedelivery(value: unknown, attempt: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { number, attemptsBefore } = value as { number?: unknown; attemptsBefore?: unknown };
  return isCount(number) && number >= 1 && isCount(attemptsBefore) && attemptsBefore < attempt;
}

function isHandOver(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, task, sequence, takesOver } = value as Readonly<Record<string, unknown>>;
  if (kind === 'take-over') return true;
  return kind === 'task' && isText(task) && isCount(sequence) && (takesOver === undefined || takesOver === true);
}

function isMadeMark(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { version, request } = value as { version?: unknown; request?: unknown };
  return isCount(version) && (request === undefined || isText(request));
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
