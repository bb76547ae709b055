import type { IncomingRecord, LeaseStart, PartitionLease } from '@signpost/ports';
import type { DecodedRecords } from '../wire/records/decode.js';
import { MAX_SPAN, OffsetWindow } from './offset-window.js';

export class Lease implements PartitionLease {
  lost = false;
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly start: LeaseStart | undefined,
  ) {}
}

export interface Commit {
  readonly offset: number;
  readonly metadata: string;
}

export interface Taken {
  readonly records: readonly IncomingRecord[];
  readonly bytes: number;
  /** Where to read on. */
  readonly readTo: number;
  readonly window: OffsetWindow;
}

/** A partition that this process owns: what of it is read, what of that is done, what is committed. */
export class AssignedPartition {
  readonly lease: Lease;
  paused = false;
  /** Bytes of records handed out and not done, about. */
  bytes = 0;
  /** What the broker has, as far as is known. */
  committed: Commit | undefined;
  private changed = false;
  private start: number | undefined;
  private arrivals: { readonly last: number; readonly atMs: number }[] = [];

  /** `window`: absent for a reader that seeks, whose window begins wherever it reads. */
  constructor(
    readonly topic: string,
    name: string,
    readonly partition: number,
    private window: OffsetWindow | undefined,
  ) {
    this.lease = new Lease(name, partition, window && { from: window.committable, to: window.end });
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

  /** Where to read from; undefined: from the log's beginning. */
  get readFrom(): number | undefined {
    return this.window?.next ?? this.start;
  }

  /** Takes in what was read from `position` on: what is new of it, as far as the window reaches. */
  take(position: number, decoded: DecodedRecords): Taken {
    this.window ??= new OffsetWindow(position);
    const { window } = this;
    const records: IncomingRecord[] = [];
    let readTo = decoded.nextOffset;
    for (const record of decoded.records) {
      if (!window.accepts(record.offset)) {
        readTo = record.offset;
        break;
      }
      if (window.receive(record.offset)) records.push(record);
    }
    window.readTo(readTo);
    const bytes = decoded.bytes * (records.length / Math.max(1, decoded.records.length));
    this.changed = true;
    this.bytes += bytes;
    if (records.length > 0) this.arrivals.push({ last: readTo - 1, atMs: Date.now() });
    return { records, bytes, readTo, window };
  }

  /** The log begins here now: what lay before was deleted. */
  skipTo(offset: number): void {
    this.window?.readTo(offset);
    this.changed = true;
  }

  /** Says that a record handed out from `window` is done; false when that changes nothing any more. */
  done(window: OffsetWindow, offset: number, bytes: number): boolean {
    if (this.lease.lost || window !== this.window || !window.done(offset)) return false;
    this.changed = true;
    this.bytes = window.unfinished === 0 ? 0 : Math.max(0, this.bytes - bytes);
    return true;
  }

  /** A reader that seeks begins a new window; what it was handed before no longer counts. */
  restartAt(offset: number): void {
    this.window = undefined;
    this.start = offset;
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
}

export function sameCommit(a: Commit, b: Commit | undefined): boolean {
  return a.offset === b?.offset && a.metadata === b.metadata;
}
