import type { PartitionName } from '../wire/requests/fetch.js';
import type { AssignedPartition } from './assigned-partition.js';
import type { ConsumerLimits, ConsumerObserver, TopicLimits } from './options.js';

const RECORDS = 5_000;
const BYTES = 64 * 1_048_576;

/** What pausing needs of the reader. */
export interface Pausable {
  pause(name: PartitionName, paused: boolean): void;
}

/** Stops reading what is far ahead of its work and goes on below half of that: memory is bounded (promise 8). */
export class Backpressure {
  private readonly records: number;
  private readonly bytes: number;
  private readonly share: number;
  private readonly byTopic: Readonly<Record<string, TopicLimits>>;
  private held = false;
  private readonly heldTopics = new Set<string>();

  constructor(
    private readonly partitions: () => Iterable<AssignedPartition>,
    private readonly client: Pausable,
    limits: ConsumerLimits = {},
    private readonly observer: ConsumerObserver = {},
  ) {
    this.records = limits.recordsPerPartition ?? RECORDS;
    this.bytes = limits.bytesInMemory ?? BYTES;
    this.share = limits.bytesPerPartition ?? this.bytes;
    this.byTopic = limits.byTopic ?? {};
  }

  /** After records were handed out, or could not be. */
  grew(partition: AssignedPartition, full: boolean): void {
    if (!this.held && this.total() >= this.bytes) {
      this.held = true;
      for (const each of this.partitions()) this.set(each, true);
    }
    const { topic } = partition.lease;
    if (!this.heldTopics.has(topic) && this.uses(topic, 1)) {
      this.heldTopics.add(topic);
      for (const each of this.of(topic)) this.set(each, true);
    }
    if (this.held || this.heldTopics.has(topic) || full || this.isAhead(partition)) this.set(partition, true);
  }

  /** After records were done. */
  shrank(partition: AssignedPartition): void {
    if (this.held && this.total() < this.bytes / 2) {
      this.held = false;
      for (const each of this.partitions()) this.release(each);
    }
    const { topic } = partition.lease;
    if (this.heldTopics.has(topic) && !this.uses(topic, 0.5)) {
      this.heldTopics.delete(topic);
      for (const each of this.of(topic)) this.release(each);
    }
    this.release(partition);
  }

  /** After an assignment nothing is paused yet. */
  reset(): void {
    this.held = this.total() >= this.bytes;
    this.heldTopics.clear();
    for (const topic of Object.keys(this.byTopic)) if (this.uses(topic, 1)) this.heldTopics.add(topic);
    for (const partition of this.partitions()) {
      const isHeld = this.held || this.heldTopics.has(partition.lease.topic);
      partition.paused = !(isHeld || this.isAhead(partition) || partition.wide);
      this.set(partition, !partition.paused);
    }
  }

  private release(partition: AssignedPartition): void {
    const { unfinished, bytes, wide, lease } = partition;
    if (this.heldTopics.has(lease.topic)) return;
    if (!this.held && unfinished < this.records / 2 && bytes < this.share / 2 && !wide) this.set(partition, false);
  }

  private isAhead({ unfinished, bytes }: AssignedPartition): boolean {
    return unfinished >= this.records || bytes >= this.share;
  }

  private set(partition: AssignedPartition, paused: boolean): void {
    if (partition.paused === paused) return;
    this.client.pause(partition, paused);
    partition.paused = paused;
    this.observer.pause?.(partition.lease.topic, partition.partition, paused);
  }

  private *of(topic: string): Iterable<AssignedPartition> {
    for (const partition of this.partitions()) if (partition.lease.topic === topic) yield partition;
  }

  /** Whether what is unfinished of the topic comes to that part of what it may. */
  private uses(topic: string, part: number): boolean {
    const limits = this.byTopic[topic];
    if (limits === undefined) return false;
    let [records, bytes] = [0, 0];
    for (const each of this.of(topic)) {
      records += each.unfinished;
      bytes += each.bytes;
    }
    return records >= limits.records * part || bytes >= limits.bytes * part;
  }

  private total(): number {
    let bytes = 0;
    for (const partition of this.partitions()) bytes += partition.bytes;
    return bytes;
  }
}
