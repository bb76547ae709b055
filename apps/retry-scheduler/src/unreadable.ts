import {
  readDelivery,
  timestampTypeOf,
  TOPICS,
  unreadableHeaders,
  UnreadableRecordError,
  type Delivery,
} from '@signpost/contracts';
import type { IncomingRecord, OutgoingRecord, PartitionLease, RecordSink } from '@signpost/ports';

/** A dead letter has more headers than the record it was made from, and has to fit as well. */
const LARGEST_VALUE_BYTES = 786_432;

export function readableDelivery(record: IncomingRecord): Delivery | UnreadableRecordError {
  try {
    return readDelivery(record.headers);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return error;
    throw error;
  }
}

/** A waiting record that does not decode goes where a person looks, with the reason. */
export function unreadableRecord(
  lease: PartitionLease,
  { key, value, headers, offset, timestampMs }: IncomingRecord,
  why: string,
  atMs: number,
  by: { readonly names: Pick<RecordSink, 'nameInKafka'>; readonly group: 'retry-scheduler' | 'parked-sweep' },
): OutgoingRecord {
  const origin = {
    topic: by.names.nameInKafka(lease.topic),
    partition: lease.partition,
    offset,
    timestampMs,
    timestampType: timestampTypeOf(lease.topic),
    consumerGroup: by.names.nameInKafka(by.group),
  };
  return {
    topic: TOPICS.deadLetter,
    key: key?.toString('utf8') ?? '',
    value: value !== null && value.length > LARGEST_VALUE_BYTES ? null : value,
    headers: unreadableHeaders(headers, { origin, why, atMs }),
  };
}
