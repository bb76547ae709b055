import { setTimeout as wait } from 'node:timers/promises';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { IncomingRecord } from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { patiently } from '../connection/patiently.js';
import { incomingRecord } from '../consumer/incoming-records.js';
import { ReadProgress, type LogBounds } from './read-progress.js';

const LONG_POLL_MS = 100;
const RESTART_MS = 1_000;
const RECHECK_MS = 1_000;

/** One consumer over all partitions of a topic; every record is handed over once, however often the group is assigned anew. */
export class TopicReader {
  private readonly progress = new ReadProgress();
  private consumer: Consumer | undefined;
  private stopped = false;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly topic: string,
    private readonly groupId: string,
    private readonly onRecord: (record: IncomingRecord, partition: number) => void,
  ) {}

  async start(): Promise<void> {
    const consumer = this.connection.createConsumer({ groupId: this.groupId, maxWaitTimeInMs: LONG_POLL_MS });
    this.consumer = consumer;
    this.watch(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [this.topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.onBatch(payload),
    });
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

  async stop(): Promise<void> {
    this.stopped = true;
    await this.consumer?.disconnect().catch(() => undefined);
  }

  private watch(consumer: Consumer): void {
    const { GROUP_JOIN, END_BATCH_PROCESS, CRASH } = consumer.events;
    // Nothing is committed, so each new assignment would begin at the beginning.
    consumer.on(GROUP_JOIN, () => {
      for (const [partition, position] of this.progress.entries())
        consumer.seek({ topic: this.topic, partition, offset: String(position) });
    });
    // A batch of transaction markers alone is never handed over.
    consumer.on(END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
      this.progress.readTo(partition, Number(lastOffset) + 1);
    });
    consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart && !this.stopped) void this.startAgain();
    });
  }

  private async onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { partition } = batch;
    const known = this.progress.position(partition) ?? 0;
    for (const message of batch.messages) {
      const offset = Number(message.offset);
      if (offset >= known) this.onRecord(incomingRecord(message, offset), partition);
    }
    payload.resolveOffset(batch.lastOffset());
    this.progress.readTo(partition, Number(batch.lastOffset()) + 1);
  }

  /** What the client calls beyond repair is a new client's beginning: a follower never gives up while it is wanted. */
  private async startAgain(): Promise<void> {
    while (!this.stopped) {
      try {
        await wait(RESTART_MS, undefined, { ref: false });
        await this.start();
        return;
      } catch {
        await this.consumer?.disconnect().catch(() => undefined);
      }
    }
  }

  private async bounds(): Promise<readonly LogBounds[]> {
    const admin = await this.connection.admin();
    const offsets = await patiently(() => admin.fetchTopicOffsets(this.topic));
    return offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }));
  }
}
