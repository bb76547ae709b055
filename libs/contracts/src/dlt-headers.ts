import type { DeadLetterReason } from '@signpost/domain';
import { headerText, type RecordHeaders } from './headers.js';
import type { SourceCoordinates } from './source-coordinates.js';
import { TOPIC_SETTINGS } from './topics.js';
import { UnreadableRecordError } from './unreadable.js';

/** Where the record of a dead letter lay when it died. */
export interface LetterOrigin extends SourceCoordinates {
  /** Milliseconds since 1970, as that record had it; absent where nobody has kept it. */
  readonly timestampMs?: number;
  readonly timestampType?: TimestampType;
  /** Who gave up on it, as Kafka names the group. */
  readonly consumerGroup?: string;
}

/** As Kafka's own TimestampType calls itself. */
export type TimestampType = 'CreateTime' | 'LogAppendTime';

const APPENDED: ReadonlySet<string> = new Set(
  TOPIC_SETTINGS.filter(({ logAppendTime }) => logAppendTime === true).map(({ name }) => name),
);

/** Whose clock a topic's records carry, by the topic's name without the prefix. */
export const timestampTypeOf = (topic: string): TimestampType => (APPENDED.has(topic) ? 'LogAppendTime' : 'CreateTime');

const HEADER = {
  topic: 'kafka_dlt-original-topic',
  partition: 'kafka_dlt-original-partition',
  offset: 'kafka_dlt-original-offset',
  timestamp: 'kafka_dlt-original-timestamp',
  timestampType: 'kafka_dlt-original-timestamp-type',
  consumerGroup: 'kafka_dlt-original-consumer-group',
  exception: 'kafka_dlt-exception-fqcn',
  message: 'kafka_dlt-exception-message',
} as const;

/** What tools group by in place of an exception's class. */
const EXCEPTIONS: Readonly<Record<DeadLetterReason, string>> = {
  'attempts-exhausted': 'signpost.AttemptsExhausted',
  gone: 'signpost.Gone',
  'blocked-address': 'signpost.BlockedAddress',
  unreadable: 'signpost.Unreadable',
  'parked-too-long': 'signpost.ParkedTooLong',
};

/**
 * As Spring for Apache Kafka 3 writes them (DeadLetterPublishingRecoverer): texts in UTF-8, numbers big-endian. Without a
 * cause and a stack trace: nothing here has failed by an exception.
 */
export function dltHeaders(reason: DeadLetterReason, message: string, origin: LetterOrigin): RecordHeaders {
  const { timestampMs, timestampType, consumerGroup } = origin;
  return {
    [HEADER.topic]: origin.topic,
    [HEADER.partition]: int32(origin.partition),
    [HEADER.offset]: int64(origin.offset),
    ...(timestampMs === undefined ? {} : { [HEADER.timestamp]: int64(timestampMs) }),
    ...(timestampType === undefined ? {} : { [HEADER.timestampType]: timestampType }),
    ...(consumerGroup === undefined ? {} : { [HEADER.consumerGroup]: consumerGroup }),
    [HEADER.exception]: EXCEPTIONS[reason],
    [HEADER.message]: message,
  };
}

/** @throws UnreadableRecordError naming the header that is missing or of another form */
export function readOrigin(headers: RecordHeaders | undefined): {
  readonly origin: LetterOrigin;
  readonly message: string | undefined;
} {
  const topic = headerText(headers, HEADER.topic);
  if (topic === undefined) throw new UnreadableRecordError(`header ${HEADER.topic} is missing`);
  const partition = Number(bigEndian(headers, HEADER.partition, 4) ?? missing(HEADER.partition));
  const offset = Number(bigEndian(headers, HEADER.offset, 8) ?? missing(HEADER.offset));
  const timestamp = bigEndian(headers, HEADER.timestamp, 8);
  const timestampType = headerText(headers, HEADER.timestampType);
  const consumerGroup = headerText(headers, HEADER.consumerGroup);
  const origin: LetterOrigin = {
    topic,
    partition,
    offset,
    ...(timestamp === undefined ? {} : { timestampMs: Number(timestamp) }),
    ...(timestampType === 'CreateTime' || timestampType === 'LogAppendTime' ? { timestampType } : {}),
    ...(consumerGroup === undefined ? {} : { consumerGroup }),
  };
  return { origin, message: headerText(headers, HEADER.message) };
}

function bigEndian(headers: RecordHeaders | undefined, name: string, length: 4 | 8): bigint | undefined {
  const value: unknown = headers?.[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (first === undefined) return undefined;
  if (!Buffer.isBuffer(first) || first.length !== length) {
    throw new UnreadableRecordError(`header ${name} is no big-endian number of ${String(length)} bytes`);
  }
  return length === 4 ? BigInt(first.readInt32BE()) : first.readBigInt64BE();
}

function missing(name: string): never {
  throw new UnreadableRecordError(`header ${name} is missing`);
}

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
