import { setTimeout as wait } from 'node:timers/promises';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { RecordBatch } from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import type { AssignedPartition, Taken } from './assigned-partition.js';
import { Assignment } from './assignment.js';
import { Backpressure } from './backpressure.js';
import { CommitLoop } from './commit-loop.js';
import { firstOffsets, startingPoints } from './committed-offsets.js';
import { ConsumerSetupError, ConsumerStoppedError, HandlerFailedError } from './errors.js';
import { handlersByTopic } from './handlers.js';
import type { OffsetWindow } from './offset-window.js';
import type { ConsumerGroupOptions, OffsetRange } from './options.js';
import { partitionAssigner } from './partition-assigner.js';

const GRACE_MS = 10_000;
const LEAVE_MS = 5_000;
const REPORT_MS = 1_000;

type Events = Record<string, () => void>;

/**
 * One consumer group as a Nest transport. A handler gets a batch of raw records and returns at once or in its own
 * time: reading never waits for it, since kafkajs reads nothing more, and sends no heartbeat, while a batch is being handled.
 */
export class KafkaConsumerStrategy extends Server<Events> implements CustomTransportStrategy {
  override readonly transportId: symbol;
  /** A handler's error comes back to `hand`, which reports it. */
  override readonly propagatesEventHandlerErrors = true;
  private readonly groupId: string;
  private readonly windowed: boolean;
  private readonly consumer: Consumer;
  private readonly assignment: Assignment;
  private readonly commits: CommitLoop;
  private readonly pressure: Backpressure;
  private handlers: ReadonlyMap<string, MessageHandler> = new Map();
  private report: NodeJS.Timeout | undefined;
  private closing = false;
  private failed = false;
  private whenIdle: (() => void) | undefined;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly options: ConsumerGroupOptions,
  ) {
    super();
    this.transportId = options.transport;
    this.groupId = connection.physical(options.group);
    this.windowed = options.windowed ?? true;
    this.assignment = new Assignment({
      windowed: this.windowed,
      nameOf: (topic) => connection.logical(topic),
      startingPoints: async (topics) => startingPoints(await connection.admin(), this.groupId, topics),
      onFatal: (error) => this.fatal(error),
      ...(options.observer === undefined ? {} : { observer: options.observer }),
    });
    const owned = (): Iterable<AssignedPartition> => this.assignment.owned();
    this.consumer = connection.createConsumer({
      groupId: this.groupId,
      partitionAssigners: [partitionAssigner(() => this.assignment.numbers())],
    });
    this.commits = new CommitLoop(owned, options.metrics);
    this.pressure = new Backpressure(owned, this.consumer, options.limits, options.metrics);
  }

  /** Resolves, and calls back, once the group has been joined. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      this.handlers = handlersByTopic(this.messageHandlers, this.options, (name) => this.connection.physical(name));
      this.watch();
      await this.consumer.connect();
      // Should an offset be gone from the log, what is still there is read: the client's own choice is to skip it all.
      await this.consumer.subscribe({ topics: [...this.handlers.keys()], fromBeginning: true });
      await this.consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.onBatch(payload),
      });
      if (this.windowed) this.commits.start();
      this.report = setInterval(() => this.reportWindow(), REPORT_MS);
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  }

  /** Reads nothing more, waits for what is under way up to the grace period, commits, and leaves the group. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.readNothing();
    await this.idle(this.options.graceMs ?? GRACE_MS);
    if (this.windowed) await Promise.race([this.commits.flush(), wait(LEAVE_MS, undefined, { ref: false })]);
    this.commits.stop();
    clearInterval(this.report);
    this.commits.forget();
    this.assignment.loseAll();
    await Promise.race([this.consumer.disconnect().catch(() => undefined), wait(LEAVE_MS, undefined, { ref: false })]);
  }

  /** Moves a reader of this process to an offset: the next batch begins there. For groups that commit nothing. */
  seek(topic: string, partition: number, offset: number): void {
    if (this.windowed) throw new ConsumerSetupError('a group that commits offsets does not seek', { topic, partition });
    for (const owned of this.assignment.owned()) {
      if (owned.lease.topic !== topic || owned.partition !== partition) continue;
      owned.restartAt(undefined);
      this.consumer.seek({ topic: owned.topic, partition, offset: String(offset) });
      this.pressure.shrank(owned);
    }
  }

  override on(): never {
    throw new ConsumerSetupError('a consumer group tells about itself through its options: metrics, observer, onFatal');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's own signature
  override unwrap<T>(): T {
    return this.consumer as T;
  }

  /** The client calls these in the turn in which its own state changes, so no commit can slip between. */
  private watch(): void {
    const { REBALANCING, GROUP_JOIN, CRASH } = this.consumer.events;
    this.consumer.on(REBALANCING, () => {
      this.commits.hold();
    });
    this.consumer.on(GROUP_JOIN, ({ payload }) => {
      this.commits.hold();
      void this.assignment.joined(payload).then((newest) => {
        if (newest) this.settled();
      });
    });
    this.consumer.on(CRASH, ({ payload: { error, restart } }) => {
      this.commits.forget();
      this.assignment.loseAll();
      if (!restart) this.fatal(new ConsumerStoppedError(`${this.groupId} stopped: ${error.message}`, {}, error));
    });
  }

  private settled(): void {
    this.pressure.reset();
    this.commits.release();
    this.options.metrics?.rebalance?.([...this.assignment.owned()].length);
  }

  private async onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    this.commits.use((offsets) => payload.commitOffsetsIfNecessary(offsets));
    await this.mayWork(payload);
    const partition = this.assignment.find(batch.topic, batch.partition);
    if (partition === undefined || this.closing || this.failed || payload.isStale()) return;
    const from = Number((batch as unknown as { readonly fetchedOffset: string }).fetchedOffset);
    const taken = partition.take({ from, messages: batch.messages, last: Number(batch.lastOffset()) }, this.windowed);
    await this.follow(payload, partition, taken, from);
  }

  private async follow(
    payload: EachBatchPayload,
    partition: AssignedPartition,
    taken: Taken,
    from: number,
  ): Promise<void> {
    const { topic } = partition;
    switch (taken.kind) {
      case 'stale':
        this.consumer.seek({ topic, partition: partition.partition, offset: String(taken.readFrom) });
        return;
      case 'rewound':
        this.options.metrics?.rewound?.(rangeOf(partition, taken.expected, from));
        await this.assignment.restart(partition, from);
        this.consumer.seek({ topic, partition: partition.partition, offset: String(from) });
        return;
      case 'records':
        if (taken.missing !== undefined) void this.reportMissing(partition, taken.missing);
        if (taken.readTo !== undefined) payload.resolveOffset(String(taken.readTo));
        this.hand(partition, taken);
        this.pressure.grew(partition, taken.readTo === undefined || partition.full);
        return;
    }
  }

  /** Heartbeats go on while the assignment settles: an observer may have much to read. */
  private async mayWork(payload: EachBatchPayload): Promise<void> {
    while (!this.assignment.ready && !this.closing) {
      await Promise.race([this.assignment.settled(), wait(500)]);
      await payload.heartbeat();
    }
  }

  private hand(partition: AssignedPartition, { records, bytes, window }: Taken & { readonly kind: 'records' }): void {
    if (records.length === 0) return;
    const { lease, topic } = partition;
    const done = this.doneOf(partition, window, bytes / records.length);
    const at = { topic: lease.topic, partition: lease.partition, offset: records[0]?.offset };
    this.options.metrics?.batch?.(lease.topic, records.length);
    this.call(topic, { lease, records, done }).catch((error: unknown) => {
      this.fatal(new HandlerFailedError(`a handler of ${lease.topic} failed`, at, error));
    });
  }

  /** Made apart from the batch: whoever keeps it for one slow record does not keep the others' bytes with it. */
  private doneOf(partition: AssignedPartition, window: OffsetWindow, bytesEach: number): RecordBatch['done'] {
    return (offset) => {
      if (!partition.done(window, offset, bytesEach)) return;
      this.commits.finished();
      this.pressure.shrank(partition);
      if (this.closing && this.unfinished() === 0) this.whenIdle?.();
    };
  }

  private async call(topic: string, batch: RecordBatch): Promise<void> {
    const result: unknown = await this.handlers.get(topic)?.(batch);
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  }

  private async reportMissing(partition: AssignedPartition, missing: { from: number; to: number }): Promise<void> {
    const low = await this.connection
      .admin()
      .then((admin) => firstOffsets(admin, partition.topic))
      .catch(() => undefined);
    // Compaction and transactions leave holes too; only what lies before the log's first record was deleted.
    if ((low?.get(partition.partition) ?? 0) > missing.from)
      this.options.metrics?.truncated?.(rangeOf(partition, missing.from, missing.to));
  }

  private fatal(error: Error): void {
    if (this.failed) return;
    this.failed = true;
    this.readNothing();
    this.options.onFatal(error);
  }

  private readNothing(): void {
    try {
      this.consumer.pause([...this.handlers.keys()].map((topic) => ({ topic })));
    } catch {
      // It does not run, and so reads nothing.
    }
  }

  private unfinished(): number {
    let count = 0;
    for (const partition of this.assignment.owned()) count += partition.unfinished;
    return count;
  }

  private async idle(withinMs: number): Promise<void> {
    if (this.unfinished() === 0 || this.failed) return;
    const done = new Promise<void>((resolve) => (this.whenIdle = resolve));
    await Promise.race([done, wait(withinMs, undefined, { ref: false })]);
  }

  private reportWindow(): void {
    const { metrics } = this.options;
    if (metrics?.window === undefined) return;
    const now = Date.now();
    let oldest = 0;
    for (const partition of this.assignment.owned()) oldest = Math.max(oldest, partition.oldestMs(now));
    metrics.window(this.unfinished(), oldest);
  }
}

function rangeOf({ lease }: AssignedPartition, from: number, to: number): OffsetRange {
  return { topic: lease.topic, partition: lease.partition, from, to };
}
