import { setTimeout as wait } from 'node:timers/promises';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { IncomingRecord } from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { patiently } from '../connection/patiently.js';
import { incomingRecord } from '../consumer/incoming-records.js';
import { IdlePolls } from './idle-polls.js';
import { ReadProgress, type LogBounds } from './read-progress.js';

const LONG_POLL_MS = 100;
const RESTART_MS = 1_000;
/** The first of them may have begun before the question. */
const IDLE_POLLS = 2;

/** One consumer over all partitions of a topic; every record is handed over once, however often the group is assigned anew. */
export class TopicReader {
  private readonly progress = new ReadProgress();
  private readonly idle = new IdlePolls(LONG_POLL_MS);
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
    const bounds = await this.bounds();
    const reached = this.progress.reached(bounds);
    const before = new Map<string, number>();
    const nodes = await this.leaders();
    for (const node of new Set(nodes.values())) before.set(node, this.idle.count(node));
    let stopWatching = (): void => undefined;
    const nothingLeft = new Promise<void>((resolve) => {
      stopWatching = this.idle.onIdle(() => {
        const idle = reached.missing().every((partition) => {
          const node = nodes.get(partition) ?? '';
          return this.idle.count(node) >= (before.get(node) ?? 0) + IDLE_POLLS;
        });
        if (idle) resolve();
      });
    });
    await Promise.race([reached.promise, nothingLeft]);
    stopWatching();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.consumer?.disconnect().catch(() => undefined);
  }

  private watch(consumer: Consumer): void {
    const { GROUP_JOIN, FETCH_START, FETCH, CRASH } = consumer.events;
    // Nothing is committed, so each new assignment would begin at the beginning.
    consumer.on(GROUP_JOIN, () => {
      for (const [partition, position] of this.progress.entries())
        consumer.seek({ topic: this.topic, partition, offset: String(position) });
    });
    consumer.on(FETCH_START, ({ payload }) => this.idle.started(String(payload.nodeId), performance.now()));
    consumer.on(FETCH, ({ payload }) => this.idle.ended(String(payload.nodeId), performance.now()));
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

  private async leaders(): Promise<ReadonlyMap<number, string>> {
    const admin = await this.connection.admin();
    const { topics } = await patiently(() => admin.fetchTopicMetadata({ topics: [this.topic] }));
    return new Map(
      topics.flatMap(({ partitions }) => partitions.map((p) => [p.partitionId, String(p.leader)] as const)),
    );
  }
}
