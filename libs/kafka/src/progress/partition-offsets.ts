import type { TopicName } from '@signpost/contracts';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { patiently } from '../connection/patiently.js';
import type { WhichOffset } from '../wire/requests/list-offsets.js';
import type { PartitionName } from '../wire/requests/fetch.js';

export interface PartitionOffset extends PartitionName {
  readonly offset: number;
}

/** Of all partitions of these topics. A topic that was made a moment ago is not yet known to every broker. */
export function offsetsOf(
  connection: KafkaConnection,
  topics: readonly TopicName[],
  which: WhichOffset,
): Promise<readonly PartitionOffset[]> {
  const { cluster } = connection;
  const names = topics.map((topic) => connection.physical(topic));
  return patiently(async () => {
    if (names.some((topic) => cluster.partitionsOf(topic).length === 0)) await cluster.refresh();
    const partitions = names.flatMap((topic) => {
      const known = cluster.partitionsOf(topic);
      if (known.length === 0) throw new Error(`Kafka has no topic ${topic}`);
      return known.map((partition) => ({ topic, partition }));
    });
    return cluster.listOffsets(which, partitions);
  });
}

/** Where each log ends; without those that hold nothing. */
export async function endsOf(
  connection: KafkaConnection,
  topics: readonly TopicName[],
): Promise<readonly PartitionOffset[]> {
  const [firsts, ends] = [await offsetsOf(connection, topics, 'first'), await offsetsOf(connection, topics, 'end')];
  const lows = new Map(firsts.map((first) => [keyOf(first), first.offset]));
  return ends.filter((end) => end.offset > (lows.get(keyOf(end)) ?? 0));
}

export const keyOf = ({ topic, partition }: PartitionName): string => `${topic}:${String(partition)}`;
