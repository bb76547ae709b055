import { PRODUCE } from '../api.js';
import type { BrokerConnection } from '../connection.js';
import type { Compression } from '../records/compression.js';
import {
  foldedBatch,
  sizeOfBatch,
  writeRecordBatch,
  type EncodableRecord,
  type SizedBatch,
} from '../records/encode.js';

const ACKS_ALL = -1;
/** Of the request's time, what the broker may spend waiting for its replicas: it refuses before the client gives up. */
const FOR_REPLICAS = 0.8;

export interface ProduceBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly EncodableRecord[];
}

/** What the broker says of one partition; `error` is Kafka's number, 0 for none. */
export interface Produced {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  readonly baseOffset: number;
}

export interface ProduceOptions {
  readonly timeoutMs: number;
  /** Milliseconds since 1970: the records' time. */
  readonly nowMs: number;
  /** Absent: none. */
  readonly compression?: Compression;
}

/** Writes to the partitions that this broker leads, at most one batch of each, acknowledged by all replicas in sync. */
export function produce(
  connection: BrokerConnection,
  batches: readonly ProduceBatch[],
  { timeoutMs, nowMs, compression = 'none' }: ProduceOptions,
): Promise<readonly Produced[]> {
  const topics = new Map<
    string,
    { readonly partition: number; readonly records: readonly EncodableRecord[]; readonly sized: SizedBatch }[]
  >();
  let bodyBytes = 16;
  for (const { topic, partition, records } of batches) {
    const sized = foldedBatch(records, sizeOfBatch(records), compression);
    bodyBytes += sized.bytes + 8;
    const known = topics.get(topic);
    if (known === undefined) {
      topics.set(topic, [{ partition, records, sized }]);
      bodyBytes += topic.length + 6;
    } else known.push({ partition, records, sized });
  }
  return connection.request({
    api: PRODUCE,
    timeoutMs,
    bodyBytes,
    write: (into) => {
      into.nullableText(null);
      into.int16(ACKS_ALL);
      into.int32(Math.floor(timeoutMs * FOR_REPLICAS));
      into.list([...topics], ([topic, partitions]) => {
        into.text(topic);
        into.list(partitions, ({ partition, records, sized }) => {
          into.int32(partition);
          into.int32(sized.bytes);
          writeRecordBatch(into, records, sized, nowMs);
        });
      });
    },
    read: (from) =>
      from
        .list((each) => {
          const topic = each.text();
          return each.list((one) => {
            const said = { topic, partition: one.int32(), error: one.int16(), baseOffset: one.int64() };
            // The time of the append, and where the log begins.
            one.slice(16);
            return said;
          });
        })
        .flat(),
  });
}
