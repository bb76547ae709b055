import type { Producer } from 'kafkajs';
import { RecordTooLargeError } from './errors.js';
import type { PartitionBatch, PartitionQueue } from './partition-queue.js';
import { confirmed, produce } from './produce.js';

const PARTITION_LIMITS = { records: 500, bytes: 512 * 1_024 } as const;
const REQUEST_BYTES = 512 * 1_024;
const REQUESTS_IN_FLIGHT = 4;
const NEW_PRODUCER_EVERY_MS = 5_000;

export interface SenderTiming {
  /** Milliseconds that a record waits for company. */
  readonly lingerMs: number;
  readonly requestTimeoutMs: number;
}

export interface SenderEvents {
  answered(): void;
  failed(): void;
  resent(records: number): void;
}

/**
 * Moves batches from the partitions' queues to the broker: several partitions a request, a few requests in flight,
 * never two for one partition. What the broker has not confirmed is sent again, for ever.
 */
export class Sender {
  private readonly active = new Set<PartitionQueue>();
  private producer: Promise<Producer> | undefined;
  private producerSince = 0;
  private requests = 0;
  private scheduled = false;
  private retryTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly createProducer: () => Producer,
    private readonly timing: SenderTiming,
    private readonly events: SenderEvents,
  ) {}

  /** The queue has something to send. */
  wake(queue: PartitionQueue): void {
    this.active.add(queue);
    if (this.scheduled || this.requests === REQUESTS_IN_FLIGHT) return;
    this.scheduled = true;
    // What arrives in the same turn of the event loop goes together.
    if (this.timing.lingerMs > 0) setTimeout(() => this.pump(), this.timing.lingerMs);
    else setImmediate(() => this.pump());
  }

  retryNow(): void {
    for (const queue of this.active) queue.retryNow();
    this.pump();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retryTimer);
    await this.dropProducer();
  }

  private pump(): void {
    this.scheduled = false;
    while (this.requests < REQUESTS_IN_FLIGHT && !this.closed) {
      const taken = this.collect(Date.now());
      if (taken.length === 0) break;
      this.requests++;
      void this.transmit(taken).finally(() => {
        this.requests--;
        this.pump();
      });
    }
    this.armRetry();
  }

  /** The next request's batches, the longest waiting partition first. */
  private collect(now: number): readonly Taken[] {
    const taken: Taken[] = [];
    let bytes = 0;
    for (const queue of this.active) {
      if (bytes >= REQUEST_BYTES) break;
      if (queue.empty) this.active.delete(queue);
      if (queue.readyIn(now) > 0 || (queue.suspect && taken.length > 0)) continue;
      const batch = queue.take(PARTITION_LIMITS);
      this.active.delete(queue);
      if (batch === undefined) continue;
      taken.push({ queue, batch });
      bytes += batch.bytes;
      if (queue.suspect) break;
    }
    // Deleted and added again: whoever was served waits at the end.
    for (const { queue } of taken) this.active.add(queue);
    return taken;
  }

  private async transmit(taken: readonly Taken[]): Promise<void> {
    const batches = taken.map(({ batch }) => batch);
    try {
      const answer = await produce(await this.connected(), batches, this.timing.requestTimeoutMs);
      const offsets = confirmed(batches, answer);
      this.events.answered();
      for (const { queue, batch } of taken) {
        const baseOffset = offsets.get(batch);
        if (baseOffset === undefined) this.again(queue, batch);
        else queue.acknowledged(baseOffset);
      }
    } catch (error) {
      this.failed(taken, error);
    }
  }

  private failed(taken: readonly Taken[], error: unknown): void {
    const type = typeOf(error);
    const [first, ...others] = taken;
    const tooLarge = type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE';
    if (tooLarge && first !== undefined && others.length === 0) {
      first.queue.tooLarge((pending) => {
        const { topic, partition, bytes } = pending;
        pending.fail(new RecordTooLargeError('the broker refuses a record of this size', { topic, partition, bytes }));
      });
      return;
    }
    for (const { queue, batch } of taken) this.again(queue, batch);
    if (tooLarge) return;
    this.events.failed();
    // A topic that was deleted stays in the client's list and fails every later refresh of its metadata.
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION' && Date.now() - this.producerSince > NEW_PRODUCER_EVERY_MS)
      void this.dropProducer();
  }

  private again(queue: PartitionQueue, batch: PartitionBatch): void {
    queue.failed(Date.now());
    this.events.resent(batch.records.length);
  }

  private armRetry(): void {
    clearTimeout(this.retryTimer);
    if (this.closed || this.requests === REQUESTS_IN_FLIGHT) return;
    const now = Date.now();
    let soonest = Infinity;
    for (const queue of this.active) soonest = Math.min(soonest, queue.readyIn(now));
    if (soonest < Infinity) this.retryTimer = setTimeout(() => this.pump(), soonest);
  }

  private connected(): Promise<Producer> {
    this.producer ??= this.connect();
    return this.producer;
  }

  private async connect(): Promise<Producer> {
    this.producerSince = Date.now();
    const producer = this.createProducer();
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      this.producer = undefined;
      throw error;
    }
  }

  private async dropProducer(): Promise<void> {
    const producer = await this.producer?.catch(() => undefined);
    this.producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }
}

interface Taken {
  readonly queue: PartitionQueue;
  readonly batch: PartitionBatch;
}

function typeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string') return at.type;
  }
  return undefined;
}
