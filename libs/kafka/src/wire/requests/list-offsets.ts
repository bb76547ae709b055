import { LIST_OFFSETS } from '../api.js';
import type { BrokerConnection } from '../connection.js';
import { byTopic, type PartitionName } from './fetch.js';

const ANY_REPLICA = -1;
/** The end of a log is where the first open transaction begins: what is behind it is not read yet. */
const READ_COMMITTED = 1;
const TIME = { first: -2, end: -1 } as const;

/** A number: the first record of that time or later, in milliseconds since 1970; -1 where there is none. */
export type WhichOffset = keyof typeof TIME | number;

export interface ListedOffset extends PartitionName {
  readonly error: number;
  readonly offset: number;
}

/** The first offset of each log, the one that its next record will have, or that of a time, from the broker that leads them. */
export function listOffsets(
  connection: BrokerConnection,
  which: WhichOffset,
  partitions: readonly PartitionName[],
  timeoutMs: number,
): Promise<readonly ListedOffset[]> {
  return connection.request({
    api: LIST_OFFSETS,
    timeoutMs,
    write: (into) => {
      into.int32(ANY_REPLICA);
      into.int8(READ_COMMITTED);
      into.list(byTopic(partitions), ([topic, numbers]) => {
        into.text(topic);
        into.list(numbers, ({ partition }) => {
          into.int32(partition);
          into.int64(typeof which === 'number' ? which : TIME[which]);
        });
      });
    },
    read: (from) => {
      from.int32();
      return from
        .list((topics) => {
          const topic = topics.text();
          return topics.list((each) => {
            const [partition, error] = [each.int32(), each.int16()];
            each.int64();
            return { topic, partition, error, offset: each.int64() };
          });
        })
        .flat();
    },
  });
}
