import {
  deadLetterIdOf,
  type ApplicationId,
  type DeadLetterId,
  type DeliveryId,
  type EndpointId,
  type MessageId,
} from '@signpost/domain';
import type { IndexedDeadLetter, PlacedDeadLetter } from '@signpost/ports';
import type { Column } from '../delivery-log/columns.js';
import { storable } from '../delivery-log/stored-text.js';
import { causeOf, type Cause } from './causes.js';

/** A letter on its way into the index. */
export interface LetterRow extends PlacedDeadLetter {
  /** Whether no later run of the delivery stands beside it in its batch. */
  readonly isLatest: boolean;
}

const orNull = <T>(value: T | undefined): T | null => value ?? null;

export const LETTER_COLUMNS: readonly Column<LetterRow>[] = [
  { name: 'id', type: 'text', value: ({ letter }) => deadLetterIdOf(letter.delivery.id, letter.redrives, letter.atMs) },
  { name: 'delivery_id', type: 'text', value: ({ letter }) => letter.delivery.id },
  { name: 'redelivery', type: 'smallint', value: ({ letter }) => letter.redrives },
  { name: 'application_id', type: 'text', value: ({ letter }) => letter.delivery.applicationId },
  { name: 'endpoint_id', type: 'text', value: ({ letter }) => letter.delivery.endpointId },
  { name: 'message_id', type: 'text', value: ({ letter }) => letter.delivery.messageId },
  { name: 'event_type', type: 'text', value: ({ letter }) => storable(letter.delivery.eventType) },
  { name: 'reason', type: 'text', value: ({ letter }) => letter.reason },
  { name: 'reason_class', type: 'text', value: ({ letter }) => letter.reasonClass },
  { name: 'cause', type: 'smallint', value: ({ letter }) => causeOf(letter) },
  {
    name: 'last_failure',
    type: 'text',
    value: ({ letter }) => (letter.lastFailure === undefined ? null : storable(letter.lastFailure)),
  },
  { name: 'last_status', type: 'smallint', value: ({ letter }) => orNull(letter.lastStatus) },
  { name: 'attempts', type: 'smallint', value: ({ letter }) => letter.attempts },
  { name: 'first_failure_at', type: 'timestamptz', value: ({ letter }) => orNull(letter.firstFailureAtMs) },
  { name: 'last_failure_at', type: 'timestamptz', value: ({ letter }) => orNull(letter.lastFailureAtMs) },
  { name: 'dead_at', type: 'timestamptz', value: ({ letter }) => letter.atMs },
  { name: 'origin_topic', type: 'text', value: ({ letter }) => storable(letter.origin.topic) },
  { name: 'origin_partition', type: 'bigint', value: ({ letter }) => BigInt(letter.origin.partition) },
  { name: 'origin_offset', type: 'bigint', value: ({ letter }) => BigInt(letter.origin.offset) },
  { name: 'position_partition', type: 'bigint', value: ({ position }) => BigInt(position.partition) },
  { name: 'position_offset', type: 'bigint', value: ({ position }) => BigInt(position.offset) },
];

/** Where the batch has a later letter of the same delivery: what names one, by delivery and number. */
export const IS_LATEST: Column<LetterRow> = { name: 'is_latest', type: 'boolean', value: ({ isLatest }) => isLatest };

/** One row for each run of a delivery, of whichever letter lies first. */
export function letterRows(letters: readonly PlacedDeadLetter[]): readonly LetterRow[] {
  const first = new Map<string, PlacedDeadLetter>();
  const latest = new Map<DeliveryId, number>();
  for (const placed of [...letters].sort(byPosition)) {
    const { delivery, redrives } = placed.letter;
    const key = `${delivery.id} ${String(redrives)}`;
    if (!first.has(key)) first.set(key, placed);
    latest.set(delivery.id, Math.max(redrives, latest.get(delivery.id) ?? 0));
  }
  return [...first.values()].map((placed) => {
    const { delivery, redrives } = placed.letter;
    return { ...placed, isLatest: latest.get(delivery.id) === redrives };
  });
}

function byPosition({ position: a }: PlacedDeadLetter, { position: b }: PlacedDeadLetter): number {
  return a.partition - b.partition || a.offset - b.offset;
}

export const INDEXED = `id, delivery_id, message_id, application_id, endpoint_id, event_type, reason, reason_class, cause,
  last_failure, last_status, attempts, first_failure_at, last_failure_at, dead_at, origin_topic, origin_partition,
  origin_offset, position_partition, position_offset, redelivery, dead`;

// The driver reads a bigint as text.
export interface IndexedRow {
  readonly id: DeadLetterId;
  readonly delivery_id: DeliveryId;
  readonly message_id: MessageId;
  readonly application_id: ApplicationId;
  readonly endpoint_id: EndpointId;
  readonly event_type: string;
  readonly reason: Cause['reason'];
  readonly reason_class: Cause['reasonClass'];
  readonly cause: number;
  readonly last_failure: string | null;
  readonly last_status: number | null;
  readonly attempts: number;
  readonly first_failure_at: Date | null;
  readonly last_failure_at: Date | null;
  readonly dead_at: Date;
  readonly origin_topic: string;
  readonly origin_partition: number;
  readonly origin_offset: string;
  readonly position_partition: number;
  readonly position_offset: string;
  readonly redelivery: number;
  readonly dead: boolean;
}

export function indexed(row: IndexedRow): IndexedDeadLetter {
  return {
    id: row.id,
    deliveryId: row.delivery_id,
    messageId: row.message_id,
    applicationId: row.application_id,
    endpointId: row.endpoint_id,
    eventType: row.event_type,
    reason: row.reason,
    reasonClass: row.reason_class,
    attempts: row.attempts,
    deadAt: row.dead_at,
    origin: { topic: row.origin_topic, partition: row.origin_partition, offset: Number(row.origin_offset) },
    position: { partition: row.position_partition, offset: Number(row.position_offset) },
    redrives: row.redelivery,
    state: row.dead ? 'dead' : 'redriven',
    ...(row.last_failure === null ? {} : { lastFailure: row.last_failure }),
    ...(row.last_status === null ? {} : { lastStatus: row.last_status }),
    ...(row.first_failure_at === null ? {} : { firstFailureAt: row.first_failure_at }),
    ...(row.last_failure_at === null ? {} : { lastFailureAt: row.last_failure_at }),
  };
}
