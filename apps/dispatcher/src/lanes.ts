import { Fifo } from './fifo.js';

export interface LaneLimits {
  /** What one lane may hold in its queue, unless its endpoint is quick. */
  readonly laneRecords: number;
  readonly laneBytes: number;
  /** What all lanes together may hold whose endpoints are not quick. */
  readonly sharedBytes: number;
  /** Requests that one lane may have under way. */
  readonly laneConcurrency: number;
}

export interface LaneEntry {
  /** Fresh deliveries take their turn before those that come back. */
  readonly order: 'fresh' | 'returning';
  readonly bytes: number;
}

/** A lane's turn: one entry, and a place among the requests under way that `finished` gives back. */
export interface Turn<E> {
  readonly lane: Lane<E>;
  readonly entry: E;
}

// However busy a lane is with fresh deliveries, those that come back get every eighth turn.
const FRESH_TURNS_IN_A_ROW = 7;
// A lane may hold a quarter of what is free of the shared memory: however many lanes are slow, some stays free.
const SHARE_OF_FREE = 0.25;
// A lane with nothing queued may even go above the shared memory, by a quarter of it.
const RESERVE = 1.25;
// An endpoint is quick by its mean answer time, and until it is known. While this process has its hands full, its own
// slowness shows in every answer time.
const QUICK_MS = 100;
const QUICK_WHEN_BUSY_MS = 1_000;
const WEIGHT_OF_LATEST = 0.1;
const SILENT_CHECKS = 3;

/** One endpoint's queue and its requests under way. */
export class Lane<E> {
  readonly fresh = new Fifo<E>();
  readonly returning = new Fifo<E>();
  bytes = 0;
  inFlight = 0;
  inRing = false;
  quick = true;
  /** Mean milliseconds of the latest answers. */
  answerMs: number | undefined;
  /** How many checks it has been since a request finished. */
  silentChecks = 0;
  private freshInARow = 0;

  constructor(readonly key: string) {}

  get queued(): number {
    return this.fresh.length + this.returning.length;
  }

  shift(): E | undefined {
    if (this.returning.length > 0 && (this.fresh.length === 0 || this.freshInARow >= FRESH_TURNS_IN_A_ROW)) {
      this.freshInARow = 0;
      return this.returning.shift();
    }
    this.freshInARow += 1;
    return this.fresh.shift();
  }
}

/**
 * All lanes of the process. Those with work and with room among their own requests stand in a ring and take turns,
 * one entry each: no endpoint takes another's turn. A lane with nothing to do is forgotten.
 *
 * The queue of a slow endpoint is bounded. That of a quick one is not, since it is this process that cannot keep up
 * then: to set deliveries aside in Kafka would cost it more than to make them. What is read and not yet done is
 * bounded by the consumer, which reads no further for that moment.
 */
export class Lanes<E extends LaneEntry> {
  private readonly lanes = new Map<string, Lane<E>>();
  private readonly ring = new Fifo<Lane<E>>();
  /** Bytes in the queues of lanes that are not quick. */
  private shared = 0;
  private queuedEntries = 0;
  private takenTurns = 0;

  /** `isBusy`: whether this process has no time to spare. */
  constructor(
    private readonly limits: LaneLimits,
    private readonly isBusy: () => boolean,
  ) {}

  get queued(): number {
    return this.queuedEntries;
  }

  get inFlight(): number {
    return this.takenTurns;
  }

  get size(): number {
    return this.lanes.size;
  }

  queuedIn(key: string): number {
    return this.lanes.get(key)?.queued ?? 0;
  }

  /** False when the lane, or the process, has no room. `reserved`: places of the queue that are kept for others. */
  offer(key: string, entry: E, reserved: number): boolean {
    const known = this.lanes.get(key);
    if (!this.hasRoom(known, entry.bytes, reserved)) return false;
    const lane = known ?? new Lane<E>(key);
    if (known === undefined) this.lanes.set(key, lane);
    lane[entry.order].push(entry);
    this.entered(lane, entry);
    this.enterRing(lane);
    return true;
  }

  next(): Turn<E> | undefined {
    const lane = this.ring.shift();
    if (lane === undefined) return undefined;
    lane.inRing = false;
    const entry = lane.shift();
    // discard() empties lanes that stand in the ring.
    if (entry === undefined) return this.next();
    this.left(lane, entry);
    lane.inFlight += 1;
    this.takenTurns += 1;
    this.enterRing(lane);
    return { lane, entry };
  }

  /** `answerMs`: milliseconds until the answer; undefined for a turn without a request. */
  finished(lane: Lane<E>, answerMs?: number): void {
    if (answerMs !== undefined) this.learn(lane, answerMs);
    lane.inFlight -= 1;
    this.takenTurns -= 1;
    this.enterRing(lane);
    this.forgetIdle(lane);
  }

  /** Takes out of the queues what matches; requests under way go on. */
  discard(matches: (entry: E) => boolean): void {
    for (const lane of this.lanes.values()) {
      for (const queue of [lane.fresh, lane.returning]) {
        for (const entry of queue.extract(matches)) this.left(lane, entry);
      }
      this.forgetIdle(lane);
    }
  }

  /** The same for one lane. */
  discardIn(key: string, matches: (entry: E) => boolean): void {
    const lane = this.lanes.get(key);
    if (lane === undefined) return;
    for (const queue of [lane.fresh, lane.returning]) {
      for (const entry of queue.extract(matches)) this.left(lane, entry);
    }
    this.forgetIdle(lane);
  }

  /** About ten times a second: takes out and returns what lanes hold beyond their bound that are quick no longer. */
  overdue(): readonly E[] {
    const out: E[] = [];
    for (const lane of this.lanes.values()) {
      lane.silentChecks = lane.inFlight === 0 ? 0 : lane.silentChecks + 1;
      if (lane.silentChecks > SILENT_CHECKS) this.setQuick(lane, false);
      if (lane.quick || lane.queued <= this.limits.laneRecords) continue;
      const kept = Math.min(lane.fresh.length, this.limits.laneRecords);
      const beyond = [...lane.fresh.truncate(kept), ...lane.returning.truncate(this.limits.laneRecords - kept)];
      for (const entry of beyond) this.left(lane, entry);
      out.push(...beyond);
    }
    return out;
  }

  private learn(lane: Lane<E>, answerMs: number): void {
    const before = lane.answerMs ?? answerMs;
    lane.answerMs = before + (answerMs - before) * WEIGHT_OF_LATEST;
    lane.silentChecks = 0;
    this.setQuick(lane, lane.answerMs <= (this.isBusy() ? QUICK_WHEN_BUSY_MS : QUICK_MS));
  }

  private setQuick(lane: Lane<E>, quick: boolean): void {
    if (lane.quick === quick) return;
    this.shared += quick ? -lane.bytes : lane.bytes;
    lane.quick = quick;
  }

  private hasRoom(lane: Lane<E> | undefined, bytes: number, reserved: number): boolean {
    if (lane === undefined || lane.quick) return true;
    const { laneRecords, laneBytes, sharedBytes } = this.limits;
    const { queued, bytes: held } = lane;
    if (queued + reserved >= laneRecords) return false;
    if (queued > 0 && held + bytes > laneBytes) return false;
    if (queued === 0 && this.shared + bytes <= sharedBytes * RESERVE) return true;
    return held + bytes <= (sharedBytes - this.shared) * SHARE_OF_FREE;
  }

  private entered(lane: Lane<E>, entry: E): void {
    lane.bytes += entry.bytes;
    if (!lane.quick) this.shared += entry.bytes;
    this.queuedEntries += 1;
  }

  private left(lane: Lane<E>, entry: E): void {
    lane.bytes -= entry.bytes;
    if (!lane.quick) this.shared -= entry.bytes;
    this.queuedEntries -= 1;
  }

  private enterRing(lane: Lane<E>): void {
    if (lane.inRing || lane.queued === 0 || lane.inFlight >= this.limits.laneConcurrency) return;
    lane.inRing = true;
    this.ring.push(lane);
  }

  private forgetIdle(lane: Lane<E>): void {
    if (lane.queued === 0 && lane.inFlight === 0) this.lanes.delete(lane.key);
  }
}
