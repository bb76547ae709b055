import type { DeadLetterReason } from '@signpost/domain';
import { deliveryHeaders, type Delivery } from './delivery-record.js';
import type { RecordHeaders } from './headers.js';
import type { SourceCoordinates } from './source-coordinates.js';

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
    ...(letter.lastFailure === undefined ? {} : { 'signpost-last-failure': letter.lastFailure }),
    ...(letter.lastStatus === undefined ? {} : { 'signpost-last-status': String(letter.lastStatus) }),
    ...reasonHeaders(letter.reason, letter.lastFailure ?? letter.reason, letter.origin, letter.atMs),
  };
}

/** For a record that is no delivery: its own headers stay, as far as they do not say why it lies here. */
export function unreadableHeaders(
  original: RecordHeaders,
  letter: { readonly why: string; readonly origin: SourceCoordinates; readonly atMs: number },
): RecordHeaders {
  return { ...original, ...reasonHeaders('unreadable', letter.why, letter.origin, letter.atMs) };
}

function reasonHeaders(
  reason: DeadLetterReason,
  message: string,
  origin: SourceCoordinates,
  atMs: number,
): RecordHeaders {
  return {
    'signpost-dead-letter-reason': reason,
    'signpost-dead-letter-at': new Date(atMs).toISOString(),
    'kafka_dlt-original-topic': origin.topic,
    'kafka_dlt-original-partition': int32(origin.partition),
    'kafka_dlt-original-offset': int64(origin.offset),
    'kafka_dlt-exception-message': message,
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
