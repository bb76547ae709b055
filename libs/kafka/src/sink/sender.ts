import { ERROR } from '../wire/api.js';
import type { Produced } from '../wire/requests/produce.js';
import { RecordTooLargeError } from './errors.js';
import type { Leaders } from './leader-connections.js';
import type { PartitionBatch, PartitionQueue } from './partition-queue.js';

const PARTITION_LIMITS = { records: 1_000, bytes: 512 * 1_024 } as const;
const REQUEST_BYTES = 1_048_576;
/** While one is out, records gather for the next: few at a low rate, many at a high one. */
const REQUESTS_PER_LEADER = 1;
/**
 * Where so many records went with one request, its next leaves no sooner than this after it: at such a rate more gather
 * meanwhile, and a request costs client and broker much the same for ten records as for fifty. A full one rests nobody.
 */
const CROWD = { records: 8, fullRecords: 500, spacingMs: 4 } as const;
const UNREACHABLE_PAUSE_MS = 100;

export interface SenderTiming {
  /** Milliseconds that a record waits for company. */
  readonly lingerMs: number;
}

export interface SenderEvents {
  answered(): void;
  /** Nobody answered, or nobody knows who leads. */
  failed(error: unknown): void;
  resent(records: number): void;
}

/**
 * Moves batches from the partitions' queues to their leaders: many partitions a request, never two requests for one
 * partition. What the leader has not confirmed is sent again, for ever.
 */
export class Sender {
  /** Queues that may have something to send; one whose batch is out is not among them. */
  private readonly active = new Set<PartitionQueue>();
  private readonly inFlight = new Map<number, number>();
  /** By leader, in milliseconds since 1970. */
  private readonly restsUntil = new Map<number, number>();
  private scheduled = false;
  private learning = false;
  private timer: NodeJS.Timeout | undefined;
  private wakesAt = Infinity;
  private closed = false;

  constructor(
    private readonly leaders: Leaders,
    private readonly timing: SenderTiming,
    private readonly events: SenderEvents,
  ) {}

  /** The queue has something to send. */
  wake(queue: PartitionQueue, now: number): void {
    if (queue.busy) return;
    this.active.add(queue);
    if (this.scheduled) return;
    const inMs = queue.readyIn(now);
    if (inMs > 0) {
      this.wakeIn(inMs, now);
      return;
    }
    const leader = this.leaders.leaderOf(queue.topic, queue.partition);
    if (leader !== undefined && this.isFull(leader)) return;
    const restMs = leader === undefined ? 0 : this.restOf(leader, now);
    if (restMs > 0) {
      this.wakeIn(restMs, now);
      return;
    }
    this.scheduled = true;
    // What arrives in the same turn of the event loop goes together.
    if (this.timing.lingerMs > 0) setTimeout(() => this.pump(), this.timing.lingerMs);
    else setImmediate(() => this.pump());
  }

  retryNow(): void {
    for (const queue of this.active) queue.retryNow();
    this.pump();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.leaders.close();
  }

  private pump(): void {
    this.scheduled = false;
    if (this.closed) return;
    const now = Date.now();
    for (const [leader, taken] of this.collect(now)) {
      this.inFlight.set(leader, (this.inFlight.get(leader) ?? 0) + 1);
      const records = taken.reduce((sum, { batch }) => sum + batch.records.length, 0);
      const isCrowd = records >= CROWD.records && records < CROWD.fullRecords;
      this.restsUntil.set(leader, isCrowd ? now + CROWD.spacingMs : 0);
      void this.transmit(leader, taken).finally(() => {
        this.inFlight.set(leader, (this.inFlight.get(leader) ?? 1) - 1);
        for (const { queue } of taken) if (!queue.empty) this.active.add(queue);
        this.pump();
      });
    }
    this.arm(now);
  }

  private isFull(leader: number): boolean {
    return (this.inFlight.get(leader) ?? 0) >= REQUESTS_PER_LEADER;
  }

  private restOf(leader: number, now: number): number {
    return Math.max(0, (this.restsUntil.get(leader) ?? 0) - now);
  }

  /** The next request of each leader that takes one, the longest waiting partition first. */
  private collect(now: number): ReadonlyMap<number, readonly Taken[]> {
    const requests = new Map<number, Gathering>();
    for (const queue of this.active) {
      if (queue.empty) this.active.delete(queue);
      if (queue.readyIn(now) > 0) continue;
      const leader = this.leaders.leaderOf(queue.topic, queue.partition);
      if (leader === undefined) this.learn();
      if (leader === undefined || this.isFull(leader) || this.restOf(leader, now) > 0) continue;
      const request = requests.get(leader) ?? { taken: [], bytes: 0, alone: false };
      this.take(queue, request);
      if (request.taken.length > 0) requests.set(leader, request);
    }
    if (requests.size > 0) this.takeAlong(requests, now);
    return new Map([...requests].map(([leader, { taken }]) => [leader, taken]));
  }

  private take(queue: PartitionQueue, request: Gathering): void {
    if (request.alone || request.bytes >= REQUEST_BYTES || (queue.suspect && request.taken.length > 0)) return;
    const batch = queue.take(PARTITION_LIMITS);
    this.active.delete(queue);
    if (batch === undefined) return;
    request.taken.push({ queue, batch });
    request.bytes += batch.bytes;
    request.alone = queue.suspect;
  }

  /** What could wait goes with what could not. */
  private takeAlong(requests: ReadonlyMap<number, Gathering>, now: number): void {
    for (const queue of this.active) {
      const leader = queue.mayGo(now) ? this.leaders.leaderOf(queue.topic, queue.partition) : undefined;
      const request = leader === undefined ? undefined : requests.get(leader);
      if (request !== undefined) this.take(queue, request);
    }
  }

  private async transmit(leader: number, taken: readonly Taken[]): Promise<void> {
    try {
      const batches = taken.map(({ batch }) => ({
        topic: batch.topic,
        partition: batch.partition,
        records: batch.records.map(({ record }) => record),
      }));
      const said = await this.leaders.produce(leader, batches);
      this.events.answered();
      for (const each of taken) this.settle(each, said);
    } catch (error) {
      for (const each of taken) this.again(each);
      this.events.failed(error);
      this.learn();
    }
  }

  /** A partition that the answer does not name was not written as far as anybody knows. */
  private settle({ queue, batch }: Taken, said: readonly Produced[]): void {
    const answer = said.find(({ topic, partition }) => topic === batch.topic && partition === batch.partition);
    if (answer?.error === ERROR.none && answer.baseOffset >= 0) {
      queue.acknowledged(answer.baseOffset);
    } else if (answer?.error === ERROR.messageTooLarge || answer?.error === ERROR.recordListTooLarge) {
      queue.tooLarge((pending) => {
        const { topic, partition, bytes } = pending;
        pending.fail(new RecordTooLargeError('the broker refuses a record of this size', { topic, partition, bytes }));
      });
    } else {
      this.again({ queue, batch });
      this.learn();
    }
  }

  private again({ queue, batch }: Taken): void {
    queue.failed(Date.now());
    this.events.resent(batch.records.length);
  }

  /** Asks who leads now, until somebody answers. */
  private learn(): void {
    if (this.learning || this.closed) return;
    this.learning = true;
    const learnt = (): void => {
      this.learning = false;
      this.pump();
    };
    this.leaders.refresh().then(learnt, (error: unknown) => {
      this.events.failed(error);
      setTimeout(learnt, UNREACHABLE_PAUSE_MS);
    });
  }

  /** By the time that was collected by: what has become ready since would be neither sent nor waited for. */
  private arm(now: number): void {
    let soonest = Infinity;
    for (const queue of this.active) {
      const inMs = queue.readyIn(now);
      const leader = inMs > 0 ? undefined : this.leaders.leaderOf(queue.topic, queue.partition);
      // One that could go now waits for its leader: to answer, to be found, or to have rested.
      const restMs = leader === undefined || this.isFull(leader) ? 0 : this.restOf(leader, now);
      if (inMs + restMs > 0) soonest = Math.min(soonest, inMs + restMs);
    }
    if (soonest < Infinity) this.wakeIn(soonest, now);
  }

  /** The earlier of this and what was arranged before. */
  private wakeIn(inMs: number, now: number): void {
    if (now + inMs >= this.wakesAt) return;
    clearTimeout(this.timer);
    this.wakesAt = now + inMs;
    this.timer = setTimeout(() => {
      this.wakesAt = Infinity;
      this.pump();
    }, inMs);
  }
}

interface Taken {
  readonly queue: PartitionQueue;
  readonly batch: PartitionBatch;
}

interface Gathering {
  readonly taken: Taken[];
  bytes: number;
  /** Its only partition failed before: it must not hold up the others. */
  alone: boolean;
}
