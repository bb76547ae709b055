import { decodeWindow, encodeWindow } from './window-metadata.js';

/** Offsets between the lowest unfinished record and the highest one read. */
export const MAX_SPAN = 1_000_000;
const FIRST_CAPACITY = 1_024;

/**
 * What of one partition is done, in any order, and the highest offset that may be committed.
 *
 *     committable                next            head
 *         │ 0 1 0 0 1 0 … done … │ restored …    │ not read yet
 *
 * A bit is set for a record that is not done. Offsets that never come (compacted away, transaction markers) have no
 * bit and so count as done. `next` runs behind `head` only after a restore, until what was known before is read again.
 */
export class OffsetWindow {
  private bits = new Uint32Array(FIRST_CAPACITY / 32);
  private capacity = FIRST_CAPACITY;
  private low: number;
  private head: number;
  private next_: number;
  private unfinished_ = 0;
  private lastDone: number;

  /** `metadata`: what an earlier owner committed beside `offset`; what it claims as done is not handed out again. */
  constructor(offset: number, metadata: string | null = null) {
    this.low = offset;
    this.head = offset;
    this.next_ = offset;
    this.lastDone = offset - 1;
    const known = decodeWindow(metadata, offset, MAX_SPAN);
    if (known === undefined) return;
    this.reserve(known.upTo);
    this.head = known.upTo;
    this.lastDone = known.upTo - 1;
    for (const incomplete of known.incomplete) this.set(incomplete);
    this.advance();
  }

  /** Every offset below is done: what may be committed. */
  get committable(): number {
    return this.low;
  }

  /** The offset after all that is known, of an earlier owner too. */
  get end(): number {
    return this.head;
  }

  /** The offset that the next record has at least; below it everything was handed out or is known to be done. */
  get next(): number {
    return this.next_;
  }

  /** Records handed out and not done. */
  get unfinished(): number {
    return this.unfinished_;
  }

  /** Whether a record at this offset fits; if not, the window has to move first. */
  accepts(offset: number): boolean {
    return offset - this.low < MAX_SPAN || this.low === this.head;
  }

  /** Takes in the next record read. False: it is known already, and nobody is to work on it again. */
  receive(offset: number): boolean {
    if (offset < this.next_) return false;
    this.forget(Math.min(offset, this.head));
    this.next_ = offset + 1;
    if (offset < this.head) {
      if (!this.has(offset)) return false;
      this.unfinished_++;
      return true;
    }
    if (this.low === this.head) {
      this.low = offset;
      this.lastDone = offset - 1;
    }
    this.reserve(offset + 1);
    this.head = offset + 1;
    this.set(offset);
    this.unfinished_++;
    return true;
  }

  /** Nothing below this offset is still to come: what was read held no record, or not up to its end. */
  readTo(offset: number): void {
    if (offset <= this.next_) return;
    this.forget(Math.min(offset, this.head));
    this.next_ = offset;
    if (this.low === this.head && offset > this.head) {
      this.low = offset;
      this.head = offset;
      this.lastDone = offset - 1;
    }
  }

  /** False: it was done before, or was never handed out. */
  done(offset: number): boolean {
    if (offset < this.low || offset >= this.next_ || !this.has(offset)) return false;
    this.clear(offset);
    this.unfinished_--;
    if (offset > this.lastDone) this.lastDone = offset;
    if (offset === this.low) this.advance();
    return true;
  }

  /** What to commit beside `committable`; at most 4,096 bytes, claiming less when not all fits. */
  metadata(): string {
    if (this.lastDone < this.low) return '';
    return encodeWindow(this.low, this.lastDone + 1, this.incomplete(this.low, this.lastDone + 1));
  }

  private *incomplete(from: number, to: number): Generator<number> {
    for (let offset = from; offset < to;) {
      if (offset % 32 === 0 && offset + 32 <= to && this.word(offset) === 0) {
        offset += 32;
        continue;
      }
      if (this.has(offset)) yield offset;
      offset++;
    }
  }

  /** Restored offsets that were skipped by what was read next do not exist any more. */
  private forget(below: number): void {
    if (below <= this.next_) return;
    let moved = false;
    for (const offset of this.incomplete(this.next_, below)) {
      this.clear(offset);
      moved ||= offset === this.low;
    }
    if (moved) this.advance();
  }

  private advance(): void {
    const [first] = this.incomplete(this.low, this.head);
    this.low = first ?? this.head;
    if (this.lastDone < this.low) this.lastDone = this.low - 1;
  }

  private reserve(end: number): void {
    const span = end - this.low;
    if (span <= this.capacity) return;
    const kept = [...this.incomplete(this.low, this.head)];
    while (this.capacity < span) this.capacity *= 2;
    this.bits = new Uint32Array(this.capacity / 32);
    for (const offset of kept) this.set(offset);
  }

  private word(offset: number): number {
    return this.bits[(offset % this.capacity) >>> 5] ?? 0;
  }

  private has(offset: number): boolean {
    return (this.word(offset) & (1 << (offset & 31))) !== 0;
  }

  private set(offset: number): void {
    const at = (offset % this.capacity) >>> 5;
    this.bits[at] = (this.bits[at] ?? 0) | (1 << (offset & 31));
  }

  private clear(offset: number): void {
    const at = (offset % this.capacity) >>> 5;
    this.bits[at] = (this.bits[at] ?? 0) & ~(1 << (offset & 31));
  }
}
