import type { Admin } from 'kafkajs';
import type { Commit } from './assigned-partition.js';

export interface StartingPoint {
  /** What the group has committed; absent when it never did. */
  readonly committed?: Commit;
  /** The first offset that the log still has. */
  readonly low: number;
}

export const partitionKey = (topic: string, partition: number): string => `${topic}:${String(partition)}`;

/** Where a group stands, by partitionKey; the logs' first offsets are asked for only where nothing is committed. */
export async function startingPoints(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, StartingPoint>> {
  const points = new Map<string, StartingPoint>();
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId, topics: [...topics] })) {
    const never = partitions.some(({ offset }) => Number(offset) < 0);
    const low = never ? await firstOffsets(admin, topic) : undefined;
    for (const { partition, offset, metadata } of partitions) {
      const committed = { offset: Number(offset), metadata: metadata ?? '' };
      const point = committed.offset < 0 ? { low: low?.get(partition) ?? 0 } : { committed, low: committed.offset };
      points.set(partitionKey(topic, partition), point);
    }
  }
  return points;
}

/** The first offset that each partition's log still has. */
async function firstOffsets(admin: Admin, topic: string): Promise<ReadonlyMap<number, number>> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map(({ partition, low }) => [partition, Number(low)]));
}
