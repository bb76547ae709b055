import { FETCH } from '../api.js';
import type { BrokerConnection } from '../connection.js';
import type { AbortedTransaction } from '../records/aborted.js';

const CONSUMER = -1;
const READ_COMMITTED = 1;
const NO_EPOCH = -1;

export interface WantedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

export interface FetchLimits {
  /** Milliseconds that the broker waits for something to hand over. */
  readonly waitMs: number;
  /** It hands over what there is once that has so many bytes, or the time is over. */
  readonly leastBytes: number;
  readonly bytes: number;
  readonly bytesPerPartition: number;
}

export interface FetchRequest {
  readonly session: { readonly id: number; readonly epoch: number };
  /** All that is wanted in a session's first request, what is new or changed in the others. */
  readonly wanted: readonly WantedPartition[];
  readonly forgotten: readonly PartitionName[];
}

export interface FetchedPartition extends PartitionName {
  readonly error: number;
  /** Transactions that were given up: their records are in the log, and count as never written. */
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

export interface FetchAnswer {
  readonly error: number;
  readonly sessionId: number;
  /** In a session, those with records or news alone. */
  readonly partitions: readonly FetchedPartition[];
}

export function fetch(
  connection: BrokerConnection,
  { session, wanted, forgotten }: FetchRequest,
  limits: FetchLimits,
  timeoutMs: number,
): Promise<FetchAnswer> {
  return connection.request({
    api: FETCH,
    timeoutMs: timeoutMs + limits.waitMs,
    write: (into) => {
      into.int32(CONSUMER);
      into.int32(limits.waitMs);
      into.int32(limits.leastBytes);
      into.int32(limits.bytes);
      into.int8(READ_COMMITTED);
      into.int32(session.id);
      into.int32(session.epoch);
      into.list(byTopic(wanted), ([topic, partitions]) => {
        into.text(topic);
        into.list(partitions, ({ partition, offset }) => {
          into.int32(partition);
          into.int32(NO_EPOCH);
          into.int64(offset);
          into.int64(-1);
          into.int32(limits.bytesPerPartition);
        });
      });
      into.list(byTopic(forgotten), ([topic, partitions]) => {
        into.text(topic);
        into.list(partitions, ({ partition }) => {
          into.int32(partition);
        });
      });
      // No rack.
      into.text('');
    },
    read: (from) => {
      from.int32();
      const [error, sessionId] = [from.int16(), from.int32()];
      const partitions = from.list((topics) => {
        const topic = topics.text();
        return topics.list((each) => {
          const [partition, failure] = [each.int32(), each.int16()];
          // Where the log is replicated to, is stable to, begins.
          each.slice(24);
          const aborted = each.list((one) => ({ producerId: one.int64(), firstOffset: one.int64() }));
          // Which replica would be nearer.
          each.int32();
          return { topic, partition, error: failure, aborted, records: each.blob() };
        });
      });
      return { error, sessionId, partitions: partitions.flat() };
    },
  });
}

export function byTopic<T extends { readonly topic: string }>(
  items: readonly T[],
): readonly (readonly [string, readonly T[]])[] {
  const topics = new Map<string, T[]>();
  for (const item of items) {
    const known = topics.get(item.topic);
    if (known === undefined) topics.set(item.topic, [item]);
    else known.push(item);
  }
  return [...topics];
}
