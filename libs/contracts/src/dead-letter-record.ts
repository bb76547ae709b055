import type { DeadLetterReason } from '@signpost/domain';
import { deliveryHeaders, type Delivery } from './delivery-record.js';
import type { RecordHeaders } from './headers.js';
import type { SourceCoordinates } from './rejected-record.js';

export interface DeadLetter {
  readonly delivery: Delivery;
  readonly reason: DeadLetterReason;
  /** The last failure as the journal names it: 'http:503', 'timeout:connect', … */
  readonly lastFailure?: string;
  readonly lastStatus?: number;
  readonly origin: SourceCoordinates;
  readonly atMs: number;
}

/** Typed headers of our own, and Spring Kafka's `kafka_dlt-*` beside them, which other tools understand. */
export function deadLetterHeaders(letter: DeadLetter): RecordHeaders {
  return {
    ...deliveryHeaders(letter.delivery),
    'signpost-dead-letter-reason': letter.reason,
    'signpost-dead-letter-at': new Date(letter.atMs).toISOString(),
    ...(letter.lastFailure === undefined ? {} : { 'signpost-last-failure': letter.lastFailure }),
    ...(letter.lastStatus === undefined ? {} : { 'signpost-last-status': String(letter.lastStatus) }),
    'kafka_dlt-original-topic': letter.origin.topic,
    'kafka_dlt-original-partition': int32(letter.origin.partition),
    'kafka_dlt-original-offset': int64(letter.origin.offset),
    'kafka_dlt-exception-message': letter.lastFailure ?? letter.reason,
  };
}

// Spring writes these two as big-endian binary numbers.
function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
