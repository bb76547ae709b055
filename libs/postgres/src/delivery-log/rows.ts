import type { AttemptFact, MatchedFact, MessageRecord } from '@signpost/contracts';
import { deliveryStatus, type Fate, type RunNotes } from '@signpost/domain';
import { firstRunNotes } from '../account/rows.js';
import { arrayLiteral, type Column } from './columns.js';
import { labelsOf } from './labels.js';
import { resultOf, STATUSES } from './results.js';
import { merged, standingOf, type DeliveryFact, type Standing } from './standing.js';
import { cut, storable } from './stored-text.js';

const orNull = <T>(value: T | undefined): T | null => value ?? null;
const bigOrNull = (value: number | undefined): bigint | null => (value === undefined ? null : BigInt(value));
const textOrNull = (text: string | undefined): string | null => (text === undefined ? null : storable(text));
const headersText = (headers: AttemptFact['requestHeaders']): string | null =>
  headers === undefined ? null : storable(JSON.stringify(headers));

export const MESSAGE_COLUMNS: readonly Column<MessageRecord>[] = [
  { name: 'id', type: 'text', value: (m) => m.id },
  { name: 'application_id', type: 'text', value: (m) => m.applicationId },
  { name: 'event_type', type: 'text', value: (m) => storable(m.eventType) },
  { name: 'event_id', type: 'text', value: (m) => textOrNull(m.eventId) },
  { name: 'conversation_id', type: 'text', value: (m) => textOrNull(m.conversationId) },
  {
    name: 'channels',
    type: 'text',
    value: (m) => (m.channels === undefined ? null : arrayLiteral(m.channels.map(storable))),
  },
  { name: 'accepted_at', type: 'timestamptz', value: (m) => m.acceptedAtMs },
  { name: 'payload', type: 'bytea', value: (m) => m.payload },
  { name: 'payload_expires_at', type: 'timestamptz', value: (m) => orNull(m.payloadExpiresAtMs) },
  { name: 'origin_topic', type: 'text', value: (m) => orNull(m.origin?.topic) },
  { name: 'origin_partition', type: 'bigint', value: (m) => bigOrNull(m.origin?.partition) },
  { name: 'origin_offset', type: 'bigint', value: (m) => bigOrNull(m.origin?.offset) },
  { name: 'only_endpoint_id', type: 'text', value: (m) => orNull(m.onlyEndpointId) },
  { name: 'is_over_quota', type: 'boolean', value: (m) => m.isOverQuota === true },
];

export const MATCH_COLUMNS: readonly Column<MatchedFact>[] = [
  { name: 'message_id', type: 'text', value: (f) => f.messageId },
  { name: 'application_id', type: 'text', value: (f) => f.applicationId },
  { name: 'endpoint_ids', type: 'text', value: (f) => arrayLiteral(f.endpointIds) },
  { name: 'at', type: 'timestamptz', value: (f) => f.atMs },
  { name: 'is_repeat', type: 'boolean', value: (f) => f.isRepeat === true },
];

export interface DeliveryRow {
  readonly fact: DeliveryFact;
  readonly standing: Standing;
  /** Of the delivery as it was first owed. */
  readonly firstRun: RunNotes;
}

export const DELIVERY_COLUMNS: readonly Column<DeliveryRow>[] = [
  { name: 'id', type: 'text', value: ({ fact }) => fact.deliveryId },
  { name: 'message_id', type: 'text', value: ({ fact }) => fact.messageId },
  { name: 'application_id', type: 'text', value: ({ fact }) => fact.applicationId },
  { name: 'endpoint_id', type: 'text', value: ({ fact }) => fact.endpointId },
  { name: 'standing', type: 'bigint', value: ({ standing }) => standing.rank },
  { name: 'seen', type: 'bigint', value: ({ standing }) => standing.seen },
  {
    name: 'next_attempt_at',
    type: 'timestamptz',
    value: ({ standing }) => orNull(standing.nextAttemptAtMs),
  },
  { name: 'attempts', type: 'smallint', value: ({ standing }) => standing.attempts },
  { name: 'state', type: 'text', value: ({ standing }) => standing.state },
  { name: 'dead_letter_reason', type: 'text', value: ({ standing }) => orNull(standing.deadLetterReason) },
  { name: 'event_type', type: 'text', value: ({ fact }) => storable(fact.eventType) },
  { name: 'status', type: 'smallint', value: ({ standing }) => STATUSES[deliveryStatus(standing.state)] },
  { name: 'first_run', type: 'smallint', value: ({ firstRun }) => firstRun },
];

/** What became of a redelivery, as far as the batch tells. */
export interface RedeliveryRow {
  readonly deliveryId: string;
  readonly number: number;
  /** 'retrying' until its fate is known. */
  readonly result: Fate | 'retrying';
  readonly atMs: number;
}

export const REDELIVERY_COLUMNS: readonly Column<RedeliveryRow>[] = [
  { name: 'delivery_id', type: 'text', value: (row) => row.deliveryId },
  { name: 'number', type: 'smallint', value: (row) => row.number },
  { name: 'result', type: 'text', value: (row) => row.result },
  { name: 'settled_at', type: 'timestamptz', value: (row) => row.atMs },
];

/** One row for each redelivery of which something came; a fate stands above an attempt that is not the last. */
export function redeliveryRows(facts: readonly DeliveryFact[]): RedeliveryRow[] {
  const rows = new Map<string, RedeliveryRow>();
  for (const fact of facts) {
    if (fact.redelivery === undefined || (fact.kind !== 'attempt' && fact.kind !== 'fate')) continue;
    const { deliveryId, redelivery: number, atMs } = fact;
    const key = `${deliveryId} ${String(number)}`;
    const known = rows.get(key);
    if (known !== undefined && (known.result !== 'retrying' || fact.fate === undefined)) continue;
    rows.set(key, { deliveryId, number, result: fact.fate ?? 'retrying', atMs });
  }
  return [...rows.values()].sort((a, b) => compare(a.deliveryId, b.deliveryId) || a.number - b.number);
}

export interface AttemptRow {
  readonly fact: AttemptFact;
  /** Another attempt of the same delivery and number stands before it in the same batch. */
  readonly repeated: boolean;
}

export const attemptColumns = (bodyBytes: number): readonly Column<AttemptRow>[] => [
  { name: 'id', type: 'text', value: ({ fact }) => fact.attemptId },
  { name: 'delivery_id', type: 'text', value: ({ fact }) => fact.deliveryId },
  { name: 'message_id', type: 'text', value: ({ fact }) => fact.messageId },
  { name: 'application_id', type: 'text', value: ({ fact }) => fact.applicationId },
  { name: 'endpoint_id', type: 'text', value: ({ fact }) => fact.endpointId },
  { name: 'at', type: 'timestamptz', value: ({ fact }) => fact.atMs },
  {
    name: 'next_attempt_at',
    type: 'timestamptz',
    value: ({ fact }) => orNull(fact.nextAttemptAtMs),
  },
  { name: 'total_ms', type: 'real', value: ({ fact }) => fact.timing.totalMs },
  { name: 'lookup_ms', type: 'real', value: ({ fact }) => orNull(fact.timing.lookupMs) },
  { name: 'connect_ms', type: 'real', value: ({ fact }) => orNull(fact.timing.connectMs) },
  { name: 'tls_ms', type: 'real', value: ({ fact }) => orNull(fact.timing.tlsMs) },
  { name: 'first_byte_ms', type: 'real', value: ({ fact }) => orNull(fact.timing.firstByteMs) },
  { name: 'lost_ms', type: 'real', value: ({ fact }) => orNull(fact.timing.lostMs) },
  { name: 'attempt', type: 'smallint', value: ({ fact }) => fact.attempt },
  { name: 'status', type: 'smallint', value: ({ fact }) => orNull(fact.status) },
  { name: 'result', type: 'smallint', value: ({ fact }) => resultOf(fact.outcome, fact.status) },
  { name: 'delivered', type: 'boolean', value: ({ fact }) => fact.outcome === 'delivered' },
  { name: 'manual', type: 'boolean', value: ({ fact }) => fact.trigger === 'manual' },
  { name: 'repeated', type: 'boolean', value: ({ repeated }) => repeated },
  { name: 'transformation', type: 'bigint', value: ({ fact }) => bigOrNull(fact.transformation) },
  { name: 'event_type', type: 'text', value: ({ fact }) => storable(fact.eventType) },
  { name: 'url', type: 'text', value: ({ fact }) => storable(fact.url) },
  { name: 'reason', type: 'text', value: ({ fact }) => textOrNull(fact.reason) },
  {
    name: 'response_body',
    type: 'text',
    value: ({ fact }) => (fact.responseBody === undefined ? null : cut(storable(fact.responseBody), bodyBytes)),
  },
  { name: 'request_headers', type: 'text', value: ({ fact }) => headersText(fact.requestHeaders) },
  { name: 'response_headers', type: 'text', value: ({ fact }) => headersText(fact.responseHeaders) },
];

export interface MessageLabel {
  readonly applicationId: string;
  readonly label: string;
  readonly messageId: string;
}

export const MESSAGE_LABEL_COLUMNS: readonly Column<MessageLabel>[] = [
  { name: 'application_id', type: 'text', value: (row) => row.applicationId },
  { name: 'label', type: 'text', value: (row) => storable(row.label) },
  { name: 'message_id', type: 'text', value: (row) => row.messageId },
];

export function messageLabels(messages: readonly MessageRecord[]): MessageLabel[] {
  return messages.flatMap((message) => {
    const { applicationId, id: messageId } = message;
    return labelsOf(message).map((label) => ({ applicationId, label, messageId }));
  });
}

export interface AttemptLabel {
  readonly fact: AttemptFact;
  readonly label: string;
}

export const ATTEMPT_LABEL_COLUMNS: readonly Column<AttemptLabel>[] = [
  { name: 'endpoint_id', type: 'text', value: ({ fact }) => fact.endpointId },
  { name: 'label', type: 'text', value: ({ label }) => storable(label) },
  { name: 'id', type: 'text', value: ({ fact }) => fact.attemptId },
];

export function attemptLabels(attempts: readonly AttemptRow[]): AttemptLabel[] {
  return attempts.flatMap(({ fact }) => labelsOf(fact).map((label) => ({ fact, label })));
}

/** Each id once, the first of its kind, in the order of the ids: batches of two writers then never wait for each other in a ring. */
export function onceEach<T>(rows: readonly T[], id: (row: T) => string): T[] {
  const byId = new Map<string, T>();
  for (const row of rows) if (!byId.has(id(row))) byId.set(id(row), row);
  return [...byId.values()].sort((a, b) => compare(id(a), id(b)));
}

/**
 * One row for each message. Matched again after a crash, it may have gone to others as well: all of them are owed it. What
 * was matched once is no repeat, though it came again.
 */
export function matchRows(facts: readonly MatchedFact[]): MatchedFact[] {
  const byId = new Map<string, MatchedFact>();
  for (const fact of facts) {
    const known = byId.get(fact.messageId);
    byId.set(fact.messageId, known === undefined ? fact : bothMatches(known, fact));
  }
  return [...byId.values()].sort((a, b) => compare(a.messageId, b.messageId));
}

function bothMatches(known: MatchedFact, fact: MatchedFact): MatchedFact {
  const { isRepeat, ...rest } = known;
  const endpointIds = [...new Set([...known.endpointIds, ...fact.endpointIds])];
  return { ...rest, endpointIds, ...(isRepeat === true && fact.isRepeat === true ? { isRepeat } : {}) };
}

/** One row for each delivery, of all that the batch says about it. */
export function deliveryRows(facts: readonly DeliveryFact[]): DeliveryRow[] {
  const byId = new Map<string, DeliveryRow>();
  for (const fact of facts) {
    const known = byId.get(fact.deliveryId);
    const standing = standingOf(fact);
    byId.set(fact.deliveryId, {
      fact,
      standing: known === undefined ? standing : merged(known.standing, standing),
      firstRun: (known?.firstRun ?? 0) | firstRunNotes(fact),
    });
  }
  return [...byId.values()].sort((a, b) => compare(a.fact.deliveryId, b.fact.deliveryId));
}

export function attemptRows(facts: readonly AttemptFact[]): AttemptRow[] {
  const met = new Set<string>();
  return onceEach(facts, (fact) => fact.attemptId).map((fact) => {
    const key = `${fact.deliveryId} ${String(fact.attempt)}`;
    const repeated = met.has(key);
    met.add(key);
    return { fact, repeated };
  });
}

// Ids are ASCII: comparing code units is comparing bytes.
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
