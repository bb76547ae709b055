import { ERROR, OFFSET_FETCH } from '../api.js';
import type { BrokerConnection } from '../connection.js';
import { BrokerRefusedError } from '../errors.js';
import { byTopic, type PartitionName } from './fetch.js';

export interface CommittedOffset extends PartitionName {
  /** Below zero: the group has committed nothing. */
  readonly offset: number;
  readonly metadata: string;
}

/**
 * What a group has committed, from its coordinator.
 * @throws BrokerRefusedError when that is not known of any partition: the coordinator moved, or is loading
 */
export async function fetchOffsets(
  connection: BrokerConnection,
  groupId: string,
  partitions: readonly PartitionName[],
  timeoutMs: number,
): Promise<readonly CommittedOffset[]> {
  const said = await connection.request({
    api: OFFSET_FETCH,
    timeoutMs,
    write: (into) => {
      into.text(groupId);
      into.list(byTopic(partitions), ([topic, numbers]) => {
        into.text(topic);
        into.list(numbers, ({ partition }) => {
          into.int32(partition);
        });
      });
    },
    read: (from) => {
      from.int32();
      const offsets = from.list((topics) => {
        const topic = topics.text();
        return topics.list((each) => {
          const [partition, offset] = [each.int32(), each.int64()];
          // The leader's epoch.
          each.int32();
          return { topic, partition, offset, metadata: each.nullableText() ?? '', error: each.int16() };
        });
      });
      return { offsets: offsets.flat(), error: from.int16() };
    },
  });
  const error = said.error === ERROR.none ? said.offsets.find((each) => each.error !== ERROR.none)?.error : said.error;
  if (error !== undefined) throw new BrokerRefusedError(`${groupId} does not say what it has committed`, { error });
  return said.offsets;
}
