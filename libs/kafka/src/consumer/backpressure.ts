import type { PartitionName } from '../wire/requests/fetch.js';
import type { AssignedPartition } from './assigned-partition.js';
import type { ConsumerLimits, ConsumerObserver } from './options.js';

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
  private held = false;

  constructor(
    private readonly partitions: () => Iterable<AssignedPartition>,
    private readonly client: Pausable,
    limits: ConsumerLimits = {},
    private readonly observer: ConsumerObserver = {},
  ) {
    this.records = limits.recordsPerPartition ?? RECORDS;
    this.bytes = limits.bytesInMemory ?? BYTES;
    this.share = limits.bytesPerPartition ?? this.bytes;
  }

  /** After records were handed out, or could not be. */
  grew(partition: AssignedPartition, full: boolean): void {
    if (!this.held && this.total() >= this.bytes) {
      this.held = true;
      for (const each of this.partitions()) this.set(each, true);
    }
    if (this.held || full || this.isAhead(partition)) this.set(partition, true);
  }

  /** After records were done. */
  shrank(partition: AssignedPartition): void {
    if (this.held && this.total() < this.bytes / 2) {
      this.held = false;
      for (const each of this.partitions()) this.release(each);
    }
    this.release(partition);
  }

  /** After an assignment nothing is paused yet. */
  reset(): void {
    this.held = this.total() >= this.bytes;
    for (const partition of this.partitions()) {
      partition.paused = !(this.held || this.isAhead(partition) || partition.wide);
      this.set(partition, !partition.paused);
    }
  }

  private release(partition: AssignedPartition): void {
    const { unfinished, bytes, wide } = partition;
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

  private total(): number {
    let bytes = 0;
    for (const partition of this.partitions()) bytes += partition.bytes;
    return bytes;
  }
}
