import type { Cluster } from '../wire/cluster.js';
import type { PartitionName } from '../wire/requests/fetch.js';
import type { Commit } from './assigned-partition.js';
import type { Committer } from './committer.js';

export interface StartingPoint {
  /** What the group has committed; absent when it never did. */
  readonly committed?: Commit;
  /** The first offset that the log still has. */
  readonly low: number;
}

export const partitionKey = (topic: string, partition: number): string => `${topic}:${String(partition)}`;

/** Where a group stands, by partitionKey; the logs' first offsets are asked for only where nothing is committed. */
export async function startingPoints(
  cluster: Cluster,
  committer: Committer,
  partitions: readonly PartitionName[],
): Promise<ReadonlyMap<string, StartingPoint>> {
  const known = await committer.committed(partitions);
  const never = known.filter(({ offset }) => offset < 0);
  const first = never.length === 0 ? [] : await cluster.listOffsets('first', never);
  const lows = new Map(first.map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]));
  return new Map(
    known.map(({ topic, partition, offset, metadata }) => {
      const key = partitionKey(topic, partition);
      return [key, offset < 0 ? { low: lows.get(key) ?? 0 } : { committed: { offset, metadata }, low: offset }];
    }),
  );
}
