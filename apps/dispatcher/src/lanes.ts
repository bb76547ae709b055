import { Fifo } from './fifo.js';

export interface LaneLimits {
  /** What one lane may hold in its queue. */
  readonly laneRecords: number;
  readonly laneBytes: number;
  /** What all lanes may hold together. */
  readonly totalBytes: number;
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
// When the process's memory is used up, a lane with less than this in its queue may go on for a quarter more:
// whoever filled it is then parked, not the endpoint whose first delivery comes just now.
const SMALL_LANE = 8;
const RESERVE = 1.25;

/** One endpoint's queue and its requests under way. */
export class Lane<E> {
  readonly fresh = new Fifo<E>();
  readonly returning = new Fifo<E>();
  bytes = 0;
  inFlight = 0;
  inRing = false;
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
 */
export class Lanes<E extends LaneEntry> {
  private readonly lanes = new Map<string, Lane<E>>();
  private readonly ring = new Fifo<Lane<E>>();
  private bytes = 0;
  private queuedEntries = 0;
  private takenTurns = 0;

  constructor(private readonly limits: LaneLimits) {}

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
    lane.bytes += entry.bytes;
    this.bytes += entry.bytes;
    this.queuedEntries += 1;
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

  finished(lane: Lane<E>): void {
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

  private hasRoom(lane: Lane<E> | undefined, bytes: number, reserved: number): boolean {
    const { laneRecords, laneBytes, totalBytes } = this.limits;
    const queued = lane?.queued ?? 0;
    if (queued + reserved >= laneRecords) return false;
    if (queued > 0 && (lane?.bytes ?? 0) + bytes > laneBytes) return false;
    return this.bytes + bytes <= (queued < SMALL_LANE ? totalBytes * RESERVE : totalBytes);
  }

  private left(lane: Lane<E>, entry: E): void {
    lane.bytes -= entry.bytes;
    this.bytes -= entry.bytes;
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
