import { IDENTITY_WORDS, type EventIdentity } from './event-identity.js';

export interface RepeatLimits {
  /** How long an event is remembered, in milliseconds. */
  readonly windowMs: number;
  /** How many records of the partition back, at most 2^24. */
  readonly ids: number;
}

const FIRST_CAPACITY = 4_096;
const NONE = 0xffff_ffff;
/** It was seen again since, and stands for nothing. */
const UNLINKED = 0xffff_fffe;
const NAME_WORDS = 4;
/** Events of one id from so many sources, or names that fall together, are looked at; beyond them an event counts as new. */
const MOST_STEPS = 1_024;

/**
 * Which events of one partition came within the window before: a ring of the last records, in the order of the log, and chains
 * over it by name. All of it is in typed arrays, so that millions cost the garbage collector nothing, and grows with what
 * there is up to its limit: 44 bytes a record.
 *
 * Whether a record is a repeat follows from the log alone: from the records before it whose offset is less than `ids`
 * lower and which are not older than the window, by the highest time of any record so far. So whoever reads the same log again from far
 * enough back comes to the same answers; from less far back, to fewer repeats and never to more.
 */
export class RepeatWindow {
  private readonly windowSeconds: number;
  private capacity = FIRST_CAPACITY;
  private words = new Uint32Array(FIRST_CAPACITY * IDENTITY_WORDS);
  private seconds = new Uint32Array(FIRST_CAPACITY);
  private offsets = new Uint32Array(FIRST_CAPACITY);
  /** The next and the previous of a chain, by place in the ring. */
  private older = new Uint32Array(FIRST_CAPACITY);
  private newer = new Uint32Array(FIRST_CAPACITY);
  private newest = new Uint32Array(FIRST_CAPACITY).fill(NONE);
  private first = 0;
  private count = 0;
  private unlinked = 0;
  private clock = 0;
  private lastOffset = 0;

  constructor(private readonly limits: RepeatLimits) {
    this.windowSeconds = Math.ceil(limits.windowMs / 1_000);
  }

  /** Records that are remembered. */
  get size(): number {
    return this.count;
  }

  get bytes(): number {
    return this.capacity * (IDENTITY_WORDS + 5) * Uint32Array.BYTES_PER_ELEMENT;
  }

  /** Takes in the next record of the log. True: its event came within the window before. Offsets have to rise. */
  take(identity: EventIdentity, offset: number, timestampMs: number): boolean {
    this.clock = Math.max(this.clock, Math.floor(timestampMs / 1_000));
    this.forget(offset);
    const isRepeat = this.meet(identity);
    if (this.count === this.capacity) this.makeRoom();
    this.add(identity, offset >>> 0, this.clock);
    this.lastOffset = offset;
    return isRepeat;
  }

  /** For a record of another log: the offset of the newest record of its event, if that lies within the window before or after. */
  find(identity: EventIdentity, timestampMs: number): number | undefined {
    const second = Math.floor(timestampMs / 1_000);
    let slot = at(this.newest, this.bucketOf(at(identity, 0)));
    for (let step = 0; slot !== NONE && step < MOST_STEPS; step += 1) {
      const isNear = Math.abs(second - at(this.seconds, slot)) <= this.windowSeconds;
      if (isNear && this.hasName(slot, identity) && this.mayBeOf(slot, identity)) {
        return this.lastOffset - (((this.lastOffset >>> 0) - at(this.offsets, slot)) >>> 0);
      }
      slot = at(this.older, slot);
    }
    return undefined;
  }

  /** Forgets what is no longer in the window of a record at this offset. */
  private forget(offset: number): void {
    while (this.count > 0) {
      const { first } = this;
      const distance = ((offset >>> 0) - at(this.offsets, first)) >>> 0;
      if (distance < this.limits.ids && this.clock - at(this.seconds, first) <= this.windowSeconds) return;
      if (at(this.older, first) === UNLINKED) this.unlinked -= 1;
      else this.unlink(first);
      this.first = (first + 1) & (this.capacity - 1);
      this.count -= 1;
    }
  }

  /** Whether the event is known. Its own place is unlinked: the record that is taken in stands for it from now on. */
  private meet(identity: EventIdentity): boolean {
    let isKnown = false;
    let slot = at(this.newest, this.bucketOf(at(identity, 0)));
    for (let step = 0; slot !== NONE && step < MOST_STEPS; step += 1) {
      const next = at(this.older, slot);
      if (this.hasName(slot, identity)) {
        const [high, low] = [at(this.words, slot * IDENTITY_WORDS + 4), at(this.words, slot * IDENTITY_WORDS + 5)];
        if (high === identity[4] && low === identity[5]) {
          this.unlink(slot);
          this.older[slot] = UNLINKED;
          this.unlinked += 1;
          return true;
        }
        // An id without a source is anybody's.
        isKnown ||= (high === 0 && low === 0) || (identity[4] === 0 && identity[5] === 0);
      }
      slot = next;
    }
    return isKnown;
  }

  private hasName(slot: number, identity: EventIdentity): boolean {
    const from = slot * IDENTITY_WORDS;
    for (let word = 0; word < NAME_WORDS; word += 1) if (this.words[from + word] !== identity[word]) return false;
    return true;
  }

  /** An id without a source is anybody's. */
  private mayBeOf(slot: number, identity: EventIdentity): boolean {
    const [high, low] = [at(this.words, slot * IDENTITY_WORDS + 4), at(this.words, slot * IDENTITY_WORDS + 5)];
    if (high === 0 && low === 0) return true;
    return (identity[4] === 0 && identity[5] === 0) || (high === identity[4] && low === identity[5]);
  }

  private add(identity: EventIdentity, offset: number, second: number): void {
    const slot = (this.first + this.count) & (this.capacity - 1);
    this.words.set(identity, slot * IDENTITY_WORDS);
    this.offsets[slot] = offset;
    this.seconds[slot] = second;
    const bucket = this.bucketOf(at(identity, 0));
    const next = at(this.newest, bucket);
    this.older[slot] = next;
    this.newer[slot] = NONE;
    if (next !== NONE) this.newer[next] = slot;
    this.newest[bucket] = slot;
    this.count += 1;
  }

  private unlink(slot: number): void {
    const [older, newer] = [at(this.older, slot), at(this.newer, slot)];
    if (newer === NONE) this.newest[this.bucketOf(at(this.words, slot * IDENTITY_WORDS))] = older;
    else this.older[newer] = older;
    if (older !== NONE) this.newer[older] = newer;
  }

  private bucketOf(word: number): number {
    return word & (this.capacity - 1);
  }

  /** Leaves behind what was seen again, and takes twice the room where that is not enough. */
  private makeRoom(): void {
    const { capacity, words, seconds, offsets, older, first, count } = this;
    this.capacity = this.unlinked > capacity / 2 ? capacity : capacity * 2;
    this.words = new Uint32Array(this.capacity * IDENTITY_WORDS);
    this.seconds = new Uint32Array(this.capacity);
    this.offsets = new Uint32Array(this.capacity);
    this.older = new Uint32Array(this.capacity);
    this.newer = new Uint32Array(this.capacity);
    this.newest = new Uint32Array(this.capacity).fill(NONE);
    this.first = 0;
    this.count = 0;
    this.unlinked = 0;
    for (let place = 0; place < count; place += 1) {
      const slot = (first + place) & (capacity - 1);
      if (older[slot] === UNLINKED) continue;
      const identity = words.subarray(slot * IDENTITY_WORDS, (slot + 1) * IDENTITY_WORDS);
      this.add(identity, at(offsets, slot), at(seconds, slot));
    }
  }
}

/** Places are always within the array. */
const at = (array: Uint32Array, index: number): number => array[index] ?? NONE;
