import type { TopicName } from '@signpost/contracts';
import { TopicScanner, type IncomingRecord, type PartitionBounds, type TopicPart } from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { patiently } from '../connection/patiently.js';
import { Fetcher } from '../fetch/fetcher.js';
import type { PartitionName } from '../wire/requests/fetch.js';

interface Fetched {
  readonly records: readonly IncomingRecord[];
  readonly to: number;
}

/** Reads one partition at a time, and of that one fetch: the next is asked for once the last is done with. */
export class KafkaTopicScanner extends TopicScanner {
  constructor(private readonly connection: KafkaConnection) {
    super();
  }

  override async bounds(topic: TopicName): Promise<readonly PartitionBounds[]> {
    const { cluster } = this.connection;
    const name = this.connection.physical(topic);
    return patiently(async () => {
      if (cluster.partitionsOf(name).length === 0) await cluster.refresh();
      const partitions = cluster.partitionsOf(name).map((partition) => ({ topic: name, partition }));
      if (partitions.length === 0) throw new Error(`Kafka has no topic ${name}`);
      const [firsts, ends] = await Promise.all([
        cluster.listOffsets('first', partitions),
        cluster.listOffsets('end', partitions),
      ]);
      const endOf = new Map(ends.map(({ partition, offset }) => [partition, offset]));
      return firsts
        .map(({ partition, offset: first }) => ({ partition, first, end: endOf.get(partition) ?? first }))
        .sort((a, b) => a.partition - b.partition);
    });
  }

  override async offsetAt(topic: TopicName, partition: number, atMs: number): Promise<number> {
    const { cluster } = this.connection;
    const name = [{ topic: this.connection.physical(topic), partition }];
    return patiently(async () => {
      const [first] = await cluster.listOffsets(atMs, name);
      if (first !== undefined && first.offset >= 0) return first.offset;
      const [end] = await cluster.listOffsets('end', name);
      return end?.offset ?? 0;
    });
  }

  override async scan(
    topic: TopicName,
    bounds: readonly PartitionBounds[],
    onPart: (part: TopicPart) => Promise<void>,
  ): Promise<void> {
    const name = this.connection.physical(topic);
    for (const one of bounds) await this.scanPartition(name, one, onPart);
  }

  private async scanPartition(
    topic: string,
    { partition, first, end }: PartitionBounds,
    onPart: (part: TopicPart) => Promise<void>,
  ): Promise<void> {
    if (first >= end) return;
    const arrived: Fetched[] = [];
    let wake: () => void = () => undefined;
    const fetcher = this.fetcher(topic, (fetched) => {
      arrived.push(fetched);
      wake();
    });
    try {
      fetcher.assign([{ topic, partition, position: first }]);
      for (let from = first; from < end;) {
        if (arrived.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const fetched = arrived.shift();
        if (fetched === undefined) continue;
        const to = Math.min(fetched.to, end);
        await onPart({ partition, from, to, records: fetched.records.filter(({ offset }) => offset < end) });
        from = to;
        fetcher.pause({ topic, partition }, arrived.length > 0);
      }
    } finally {
      fetcher.close();
    }
  }

  /** Pauses with each fetch that it hands over. */
  private fetcher(topic: string, arrived: (fetched: Fetched) => void): Fetcher {
    const { connection } = this;
    const hand = (name: PartitionName, fetched: Fetched): number => {
      fetcher.pause(name, true);
      arrived(fetched);
      return fetched.to;
    };
    const fetcher = new Fetcher(connection.cluster, {
      records: (name, _position, { records, nextOffset }) => hand(name, { records, to: nextOffset }),
      // Deleted meanwhile: it goes on where the log begins now. A log that ends before this has no more to give.
      outOfRange: (name, position, { first }) =>
        hand(name, { records: [], to: position < first ? first : Number.MAX_SAFE_INTEGER }),
      unreadable: ({ partition }, error) => {
        connection.warn(`records of ${topic} cannot be read; trying again`, error, { partition });
      },
      failed: (error) => {
        connection.warn(`${topic} cannot be read; trying again`, error);
      },
    });
    return fetcher;
  }
}
