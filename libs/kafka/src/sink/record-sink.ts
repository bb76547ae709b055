import { SinkUnavailableError, type OutgoingRecord, type Position, RecordSink } from '@signpost/ports';
import type { TopicName } from '@signpost/contracts';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { MAX_RECORD_BYTES } from '../topics/topic-layout.js';
import { RecordTooLargeError, SinkClosedError } from './errors.js';
import { LeaderConnections } from './leader-connections.js';
import { partitionForKey } from './murmur2.js';
import { PartitionQueue } from './partition-queue.js';
import { PendingRecord } from './pending-record.js';
import { Reachability } from './reachability.js';
import { Sender } from './sender.js';

const BUFFER_BYTES = 32 * 1_048_576;
const CLOSE_GRACE_MS = 10_000;

export interface SinkObserver {
  /** Records that are produced again because the broker has not confirmed them. */
  resent(records: number): void;
}

/** Batches records by partition and sends each until the broker has confirmed it; see Sender for what guards it. */
export class KafkaRecordSink extends RecordSink {
  private readonly queues = new Map<string, PartitionQueue>();
  private readonly overflow: PendingRecord[] = [];
  private readonly reachability: Reachability;
  private readonly sender: Sender;
  private observer: SinkObserver | undefined;
  private buffered = 0;
  private closing = false;
  private whenEmpty: (() => void) | undefined;

  constructor(private readonly connection: KafkaConnection) {
    super();
    this.sender = new Sender(
      new LeaderConnections(connection.cluster, connection.config.compression),
      connection.config,
      {
        answered: () => this.reachability.answered(),
        failed: (error) => {
          if (!this.closing) connection.warn('records cannot be written; trying again', error);
          this.reachability.failed();
        },
        resent: (records) => this.observer?.resent(records),
      },
    );
    this.reachability = new Reachability(
      (withinMs) => connection.probe(withinMs),
      () => this.sender.retryNow(),
    );
  }

  observe(observer: SinkObserver): void {
    this.observer = observer;
  }

  override append(record: OutgoingRecord): Promise<Position> {
    try {
      return this.accept(record).promise;
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override async appendWithin(record: OutgoingRecord, withinMs: number): Promise<Position> {
    if (this.reachability.down) throw new SinkUnavailableError('no Kafka broker answers');
    const pending = this.accept(record);
    const timer = setTimeout(() => {
      const late = new SinkUnavailableError(`Kafka has not confirmed the record within ${String(withinMs)} ms`, {
        topic: record.topic,
        partition: pending.partition,
      });
      pending.fail(late);
    }, withinMs);
    try {
      return await pending.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  override partitionOf(_topic: TopicName, key: string): number {
    return partitionForKey(key, this.connection.config.partitions);
  }

  override nameInKafka(name: string): string {
    return this.connection.physical(name);
  }

  /** Sends what is queued, waits for its acknowledgement up to a bound, and refuses the rest. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    if (this.buffered > 0 || this.overflow.length > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.whenEmpty = resolve;
        timer = setTimeout(resolve, CLOSE_GRACE_MS);
      });
      clearTimeout(timer);
    }
    this.reachability.stop();
    const left = [...this.overflow.splice(0), ...[...this.queues.values()].flatMap((queue) => queue.drain())];
    for (const pending of left) pending.fail(new SinkClosedError('the sink was closed before Kafka confirmed'));
    this.sender.close();
  }

  private accept(record: OutgoingRecord): PendingRecord {
    if (this.closing) throw new SinkClosedError('the sink is closed');
    const topic = this.connection.physical(record.topic);
    const pending = new PendingRecord(record, topic, this.partitionOf(record.topic, record.key));
    if (pending.bytes > MAX_RECORD_BYTES) {
      throw new RecordTooLargeError(
        `a record of ${String(pending.bytes)} bytes; ${record.topic} takes ${String(MAX_RECORD_BYTES)}`,
        { topic: record.topic, bytes: pending.bytes, limit: MAX_RECORD_BYTES },
      );
    }
    // Nobody overtakes a record that waits for room: records of one partition keep the order of the calls.
    if (this.overflow.length > 0 || !this.hasRoomFor(pending)) this.overflow.push(pending);
    else this.enqueue(pending);
    return pending;
  }

  private hasRoomFor(pending: PendingRecord): boolean {
    return this.buffered === 0 || this.buffered + pending.bytes <= BUFFER_BYTES;
  }

  private enqueue(pending: PendingRecord): void {
    this.buffered += pending.bytes;
    const queue = this.queueOf(pending.topic, pending.partition);
    const now = Date.now();
    queue.add(pending, now);
    this.sender.wake(queue, now);
  }

  private queueOf(topic: string, partition: number): PartitionQueue {
    const key = `${topic}:${String(partition)}`;
    let queue = this.queues.get(key);
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition, (pending) => this.release(pending));
      this.queues.set(key, queue);
    }
    return queue;
  }

  private release(pending: PendingRecord): void {
    this.buffered -= pending.bytes;
    let next = this.overflow[0];
    while (next !== undefined && (next.settled || this.hasRoomFor(next))) {
      this.overflow.shift();
      if (!next.settled) this.enqueue(next);
      next = this.overflow[0];
    }
    if (this.buffered === 0 && this.overflow.length === 0) this.whenEmpty?.();
  }
}
