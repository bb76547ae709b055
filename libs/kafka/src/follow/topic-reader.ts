import { setTimeout as wait } from 'node:timers/promises';
import type { IncomingRecord } from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { patiently } from '../connection/patiently.js';
import { Fetcher } from '../fetch/fetcher.js';
import type { DecodedRecords } from '../wire/records/decode.js';
import type { PartitionName } from '../wire/requests/fetch.js';
import { ReadProgress, type LogBounds } from './read-progress.js';

const RECHECK_MS = 1_000;

/** Reads all partitions of a topic from its beginning, outside any group; every record is handed over once. */
export class TopicReader {
  private readonly progress = new ReadProgress();
  private readonly fetcher: Fetcher;
  private stopped = false;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly topic: string,
    private readonly onRecord: (record: IncomingRecord, partition: number) => void,
  ) {
    this.fetcher = new Fetcher(connection.cluster, {
      records: (name, _position, decoded) => this.onRecords(name, decoded),
      outOfRange: (name, position, { first, end }) => this.onOutOfRange(name, position, first, end),
      unreadable: ({ partition }, error) => {
        connection.warn(`records of ${topic} cannot be read; trying again`, error, { partition });
      },
      failed: (error) => {
        connection.warn(`${topic} cannot be read; trying again`, error);
      },
    });
  }

  async start(): Promise<void> {
    const partitions = await this.partitions();
    this.fetcher.assign(partitions.map((partition) => ({ topic: this.topic, partition, position: undefined })));
  }

  async caughtUp(): Promise<void> {
    const reading = this.progress.reached(await this.bounds()).then(() => 'reached' as const);
    for (;;) {
      const outcome = await Promise.race([reading, wait(RECHECK_MS, 'not yet' as const, { ref: false })]);
      if (outcome === 'reached' || this.stopped) return;
      // What is deleted meanwhile never comes.
      for (const { partition, low } of await this.bounds()) this.progress.readTo(partition, low);
    }
  }

  stop(): void {
    this.stopped = true;
    this.fetcher.close();
  }

  private onRecords({ partition }: PartitionName, { records, nextOffset }: DecodedRecords): number {
    for (const record of records) this.onRecord(record, partition);
    this.progress.readTo(partition, nextOffset);
    return nextOffset;
  }

  private onOutOfRange({ partition }: PartitionName, position: number, first: number, end: number): number {
    if (position >= first && position <= end) return position;
    this.progress.readTo(partition, first);
    return first;
  }

  /** A topic that was made a moment ago is not yet known to every broker. */
  private partitions(): Promise<readonly number[]> {
    const { cluster } = this.connection;
    return patiently(async () => {
      if (cluster.partitionsOf(this.topic).length === 0) await cluster.refresh();
      const known = cluster.partitionsOf(this.topic);
      if (known.length === 0) throw new Error(`Kafka has no topic ${this.topic}`);
      return known;
    });
  }

  private async bounds(): Promise<readonly LogBounds[]> {
    const { cluster } = this.connection;
    const names = (await this.partitions()).map((partition) => ({ topic: this.topic, partition }));
    return patiently(async () => {
      const [lows, highs] = await Promise.all([cluster.listOffsets('first', names), cluster.listOffsets('end', names)]);
      const ends = new Map(highs.map(({ partition, offset }) => [partition, offset]));
      return lows.map(({ partition, offset: low }) => ({ partition, low, high: ends.get(partition) ?? low }));
    });
  }
}
