import type { KafkaMessage } from 'kafkajs';
import type { IncomingRecord, PartitionLease } from '@signpost/ports';
import { incomingBytes, incomingRecord } from './incoming-records.js';
import { MAX_SPAN, OffsetWindow } from './offset-window.js';

export class Lease implements PartitionLease {
  lost = false;
  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}
}

export interface Commit {
  readonly offset: number;
  readonly metadata: string;
}

/** One partition's part of a fetch. */
export interface Fetched {
  /** Where the client began to read: everything from here to the first message is known not to exist. */
  readonly from: number;
  readonly messages: readonly KafkaMessage[];
  /** The last offset that was read, of a record or not. */
  readonly last: number;
}

export type Taken =
  | {
      readonly kind: 'records';
      readonly records: readonly IncomingRecord[];
      readonly bytes: number;
      /** The client may go on behind this offset; absent when nothing fitted. */
      readonly readTo?: number;
      /** Offsets that no longer exist, if this batch began behind what was expected. */
      readonly missing?: { readonly from: number; readonly to: number };
      readonly window: OffsetWindow;
    }
  /** The batch does not follow on what was read: it was fetched under an earlier assignment. */
  | { readonly kind: 'stale'; readonly readFrom: number }
  /** The log ends before what was committed. */
  | { readonly kind: 'rewound'; readonly expected: number };

/** A partition that this process owns: what of it is read, what of that is done, what is committed. */
export class AssignedPartition {
  readonly lease: Lease;
  paused = false;
  /** Bytes of records handed out and not done, about. */
  bytes = 0;
  /** What the broker has, as far as is known. */
  committed: Commit | undefined;
  private changed = false;
  private soughtAt: number | undefined;
  private arrivals: { readonly last: number; readonly atMs: number }[] = [];

  /** `window`: absent for a reader that seeks, whose window begins wherever it reads. */
  constructor(
    readonly topic: string,
    name: string,
    readonly partition: number,
    private window: OffsetWindow | undefined,
    private readonly floor: number,
  ) {
    this.lease = new Lease(name, partition);
  }

  get unfinished(): number {
    return this.window?.unfinished ?? 0;
  }

  /** Whether the next record may not fit into the window. */
  get full(): boolean {
    return this.window?.accepts(this.window.next) === false;
  }

  /** Whether half of the window's span is in use. */
  get wide(): boolean {
    return this.window !== undefined && this.window.next - this.window.committable > MAX_SPAN / 2;
  }

  take(batch: Fetched, windowed: boolean): Taken {
    if (this.window === undefined || (!windowed && batch.from !== this.window.next)) this.restartAt(batch.from);
    const window = this.window ?? new OffsetWindow(batch.from);
    const expected = window.next;
    if (batch.from < this.floor) return { kind: 'rewound', expected };
    if (batch.from > expected && this.soughtAt !== expected) {
      this.soughtAt = expected;
      return { kind: 'stale', readFrom: expected };
    }
    const missing = batch.from > expected ? { missing: { from: expected, to: batch.from } } : {};
    return { kind: 'records', window, ...missing, ...this.receive(batch, window) };
  }

  /** Says that a record handed out from `window` is done; false when that changes nothing any more. */
  done(window: OffsetWindow, offset: number, bytes: number): boolean {
    if (this.lease.lost || window !== this.window || !window.done(offset)) return false;
    this.changed = true;
    this.bytes = window.unfinished === 0 ? 0 : Math.max(0, this.bytes - bytes);
    return true;
  }

  /** A reader that seeks begins a new window; what it was handed before no longer counts. */
  restartAt(offset: number | undefined): void {
    this.window = offset === undefined ? undefined : new OffsetWindow(offset);
    this.bytes = 0;
    this.arrivals = [];
  }

  /** What to commit now, or undefined when the broker has it. */
  nextCommit(): Commit | undefined {
    if (!this.changed || this.window === undefined) return undefined;
    this.changed = false;
    const commit = { offset: this.window.committable, metadata: this.window.metadata() };
    return sameCommit(commit, this.committed) ? undefined : commit;
  }

  commitFailed(): void {
    this.changed = true;
  }

  /** Milliseconds since the oldest unfinished record was read; 0 without one. */
  oldestMs(now: number): number {
    const { window } = this;
    if (window === undefined || window.unfinished === 0) return 0;
    const gone = this.arrivals.findIndex(({ last }) => last >= window.committable);
    if (gone > 0) this.arrivals.splice(0, gone);
    return now - (this.arrivals[0]?.atMs ?? now);
  }

  private receive(batch: Fetched, window: OffsetWindow): { records: IncomingRecord[]; bytes: number; readTo?: number } {
    window.readTo(batch.from);
    const records: IncomingRecord[] = [];
    let bytes = 0;
    let last: number | undefined;
    for (const message of batch.messages) {
      const offset = Number(message.offset);
      if (!window.accepts(offset)) return { records, bytes, ...(last === undefined ? {} : { readTo: last }) };
      last = offset;
      if (!window.receive(offset)) continue;
      records.push(incomingRecord(message, offset));
      bytes += incomingBytes(message);
    }
    window.readTo(batch.last + 1);
    this.changed = true;
    this.bytes += bytes;
    if (records.length > 0) this.arrivals.push({ last: batch.last, atMs: Date.now() });
    return { records, bytes, readTo: batch.last };
  }
}

export function sameCommit(a: Commit, b: Commit | undefined): boolean {
  return a.offset === b?.offset && a.metadata === b.metadata;
}
