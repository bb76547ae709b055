import { setTimeout as wait } from 'node:timers/promises';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Consumer } from 'kafkajs';
import type { RecordBatch } from '@signpost/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { Fetcher, type FetcherEvents, type LogRange } from '../fetch/fetcher.js';
import { CompressionUnsupportedError } from '../wire/errors.js';
import type { DecodedRecords } from '../wire/records/decode.js';
import type { PartitionName } from '../wire/requests/fetch.js';
import type { AssignedPartition, Taken } from './assigned-partition.js';
import { Assignment } from './assignment.js';
import { Backpressure } from './backpressure.js';
import { CommitLoop } from './commit-loop.js';
import { startingPoints } from './committed-offsets.js';
import { Committer } from './committer.js';
import { ConsumerSetupError, ConsumerStoppedError, HandlerFailedError } from './errors.js';
import { handlersByTopic } from './handlers.js';
import { Membership } from './membership.js';
import type { OffsetWindow } from './offset-window.js';
import type { ConsumerGroupOptions, OffsetRange } from './options.js';
import { partitionAssigner } from './partition-assigner.js';

const GRACE_MS = 10_000;
const LEAVE_MS = 5_000;
const REPORT_MS = 1_000;
const GENERATION_MS = 50;

type Events = Record<string, () => void>;

/**
 * One consumer group as a Nest transport. A handler gets a batch of raw records and returns at once or in its own
 * time: reading never waits for it. kafkajs keeps the membership and nothing else: all its topics are paused, so it only
 * sends heartbeats; what is read comes by our own fetches, and commits go with the generation that its heartbeats tell.
 */
export class KafkaConsumerStrategy extends Server<Events> implements CustomTransportStrategy {
  override readonly transportId: symbol;
  /** A handler's error comes back to `hand`, which reports it. */
  override readonly propagatesEventHandlerErrors = true;
  private readonly groupId: string;
  private readonly windowed: boolean;
  private readonly membership: Membership;
  private readonly assignment: Assignment;
  private readonly commits: CommitLoop;
  private readonly pressure: Backpressure;
  private readonly fetcher: Fetcher;
  private readonly committer: Committer;
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
      startingPoints: (partitions) => this.startingPoints(partitions),
      onFatal: (error) => this.fatal(error),
      ...(options.observer === undefined ? {} : { observer: options.observer }),
    });
    const owned = (): Iterable<AssignedPartition> => this.assignment.owned();
    this.membership = this.keepMembership();
    this.commits = new CommitLoop(owned, options.metrics);
    this.committer = new Committer(connection.cluster, this.groupId);
    const events: FetcherEvents = {
      records: (name, position, decoded) => this.onRecords(name, position, decoded),
      outOfRange: (name, position, log) => this.onOutOfRange(name, position, log),
      unreadable: (name, error) => this.onUnreadable(name, error),
      failed: (error) => connection.warn(`${this.groupId} cannot read; trying again`, error),
    };
    this.fetcher = new Fetcher(connection.cluster, events, options.gatherMs);
    this.pressure = new Backpressure(owned, this.fetcher, options.limits, options.metrics);
  }

  /** Resolves, and calls back, once the group has been joined. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      this.handlers = handlersByTopic(this.messageHandlers, this.options, (name) => this.connection.physical(name));
      await this.membership.start([...this.handlers.keys()]);
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
    if (this.windowed) await Promise.race([this.lastCommit(), wait(LEAVE_MS, undefined, { ref: false })]);
    this.commits.stop();
    this.fetcher.close();
    this.committer.close();
    clearInterval(this.report);
    this.commits.forget();
    this.assignment.loseAll();
    await Promise.race([this.membership.leave().catch(() => undefined), wait(LEAVE_MS, undefined, { ref: false })]);
  }

  /** Moves a reader of this process to an offset: the next batch begins there. For groups that commit nothing. */
  seek(topic: string, partition: number, offset: number): void {
    if (this.windowed) throw new ConsumerSetupError('a group that commits offsets does not seek', { topic, partition });
    for (const owned of this.assignment.owned()) {
      if (owned.lease.topic !== topic || owned.partition !== partition) continue;
      owned.restartAt(offset);
      this.fetcher.seek({ topic: owned.topic, partition }, offset);
      this.pressure.shrank(owned);
    }
  }

  override on(): never {
    throw new ConsumerSetupError('a consumer group tells about itself through its options: metrics, observer, onFatal');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's own signature
  override unwrap<T>(): T {
    return this.membership.current as T;
  }

  /** All of it happens in the turn in which the client's own state changes, so no commit can slip between. */
  private keepMembership(): Membership {
    const { connection, groupId } = this;
    const open = (): Consumer =>
      connection.createConsumer({ groupId, partitionAssigners: [partitionAssigner(() => this.assignment.numbers())] });
    return new Membership(open, {
      joined: (assignment) => {
        this.commits.forget();
        this.fetcher.assign([]);
        void this.assignment.joined(assignment).then((newest) => {
          if (newest) this.settled();
        });
      },
      alive: (member) => this.commits.use((offsets) => this.committer.commit(member, offsets)),
      lost: (error) => {
        connection.warn(`${groupId} lost its place in the group; joining again`, error);
        this.commits.forget();
        this.fetcher.assign([]);
        this.assignment.loseAll();
      },
      refused: (error) => this.fatal(new ConsumerStoppedError(`${groupId} stopped: ${String(error)}`, {}, error)),
    });
  }

  private async startingPoints(partitions: readonly PartitionName[]): ReturnType<typeof startingPoints> {
    await this.commits.answered();
    try {
      return await startingPoints(this.connection.cluster, this.committer, partitions);
    } catch (error) {
      this.connection.warn(`${this.groupId} cannot read its offsets; trying again`, error);
      throw error;
    }
  }

  private settled(): void {
    const owned = [...this.assignment.owned()];
    if (!this.closing && !this.failed)
      this.fetcher.assign(owned.map(({ topic, partition, readFrom }) => ({ topic, partition, position: readFrom })));
    this.pressure.reset();
    this.commits.release();
    this.options.metrics?.rebalance?.(owned.length);
  }

  private onRecords({ topic, partition: number }: PartitionName, position: number, decoded: DecodedRecords): number {
    const partition = this.assignment.find(topic, number);
    if (partition === undefined || this.closing || this.failed) return position;
    const taken = partition.take(position, decoded);
    this.hand(partition, taken);
    this.pressure.grew(partition, taken.readTo < decoded.nextOffset || partition.full);
    return taken.readTo;
  }

  /** Retention overtook the reader, or the log lost its end. */
  private async onOutOfRange(
    { topic, partition: number }: PartitionName,
    position: number,
    { first, end }: LogRange,
  ): Promise<number | undefined> {
    const partition = this.assignment.find(topic, number);
    if (partition === undefined) return undefined;
    if (position >= first && position <= end) return position;
    if (!this.windowed) {
      partition.restartAt(first);
    } else if (position < first) {
      this.options.metrics?.truncated?.(rangeOf(partition, position, first));
      partition.skipTo(first);
    } else {
      this.options.metrics?.rewound?.(rangeOf(partition, position, first));
      await this.assignment.restart(partition, first);
    }
    return first;
  }

  private onUnreadable({ topic, partition }: PartitionName, error: unknown): void {
    if (error instanceof CompressionUnsupportedError)
      this.fatal(new ConsumerStoppedError(`${topic} cannot be read: ${error.message}`, { topic, partition }, error));
    else this.connection.warn(`records of ${topic} cannot be read; trying again`, error, { partition });
  }

  /** Just after the group was joined, the generation to commit in is not known yet. */
  private async lastCommit(): Promise<void> {
    while (!this.commits.usable && this.joined()) await wait(GENERATION_MS);
    await this.commits.flush();
  }

  private joined(): boolean {
    return [...this.assignment.owned()].length > 0;
  }

  private hand(partition: AssignedPartition, { records, bytes, window }: Taken): void {
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

  private fatal(error: Error): void {
    if (this.failed) return;
    this.failed = true;
    this.readNothing();
    this.options.onFatal(error);
  }

  private readNothing(): void {
    this.fetcher.assign([]);
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
