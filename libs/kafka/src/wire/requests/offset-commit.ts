import { FIND_COORDINATOR, OFFSET_COMMIT, ERROR } from '../api.js';
import type { BrokerConnection } from '../connection.js';
import { BrokerRefusedError } from '../errors.js';
import type { Address } from '../open-connection.js';
import { byTopic, type PartitionName } from './fetch.js';

const GROUP = 0;

/** A member of a group in one of its generations: the broker takes no commit of an earlier one. */
export interface Membership {
  readonly groupId: string;
  readonly memberId: string;
  readonly generation: number;
}

export interface OffsetToCommit extends PartitionName {
  readonly offset: number;
  readonly metadata: string;
}

/** @throws BrokerRefusedError while the group has no coordinator */
export async function findCoordinator(
  connection: BrokerConnection,
  groupId: string,
  timeoutMs: number,
): Promise<Address> {
  const said = await connection.request({
    api: FIND_COORDINATOR,
    timeoutMs,
    write: (into) => {
      into.text(groupId);
      into.int8(GROUP);
    },
    read: (from) => {
      from.int32();
      const error = from.int16();
      from.nullableText();
      from.int32();
      return { error, host: from.text(), port: from.int32() };
    },
  });
  if (said.error !== ERROR.none)
    throw new BrokerRefusedError(`${groupId} has no coordinator now`, { error: said.error });
  return { host: said.host, port: said.port };
}

/**
 * Commits once, and never again by itself.
 * @throws BrokerRefusedError when any partition was refused: the others may have been committed
 */
export async function commitOffsets(
  connection: BrokerConnection,
  { groupId, memberId, generation }: Membership,
  offsets: readonly OffsetToCommit[],
  timeoutMs: number,
): Promise<void> {
  const said = await connection.request({
    api: OFFSET_COMMIT,
    timeoutMs,
    write: (into) => {
      into.text(groupId);
      into.int32(generation);
      into.text(memberId);
      into.list(byTopic(offsets), ([topic, partitions]) => {
        into.text(topic);
        into.list(partitions, ({ partition, offset, metadata }) => {
          into.int32(partition);
          into.int64(offset);
          into.text(metadata);
        });
      });
    },
    read: (from) => {
      from.int32();
      return from.list((topics) => {
        const topic = topics.text();
        return topics.list((each) => ({ topic, partition: each.int32(), error: each.int16() }));
      });
    },
  });
  const refused = said.flat().find(({ error }) => error !== ERROR.none);
  if (refused !== undefined) throw new BrokerRefusedError(`${groupId} may not commit`, { ...refused });
}
