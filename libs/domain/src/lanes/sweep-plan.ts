import type { EndpointId } from '../ids.js';
import type { LaneMemory } from './lane-memory.js';

export interface SweepableRecord {
  readonly offset: number;
  /** Milliseconds since 1970: when the broker took it in. */
  readonly timestampMs: number;
  readonly endpointId: EndpointId | undefined;
}

/** What becomes of the next record of a partition of `parked`, read in order. */
export type SweepStep =
  /** Too young; so is all that comes after it. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Released before, or handed over by this process before: none of the sweep's business. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'hand-over' };

/**
 * Decides which of one partition's parked records have waited too long. `parkedOf` is what a lane remembers of its
 * parked records: what lies outside was released. It may lag behind the lane; the lane, which alone ends a delivery,
 * looks again.
 */
export class SweepPlan {
  private handedTo = -1;

  constructor(private readonly maxAgeMs: number) {}

  next(record: SweepableRecord, parked: LaneMemory['parked'], nowMs: number): SweepStep {
    const untilMs = record.timestampMs + this.maxAgeMs;
    if (nowMs < untilMs) return { kind: 'wait', untilMs };
    // A new assignment reads again what was not committed.
    if (record.offset <= this.handedTo) return { kind: 'leave' };
    if (parked === undefined || record.offset < parked.oldestOffset || record.offset > parked.newestOffset) {
      return { kind: 'leave' };
    }
    return { kind: 'hand-over' };
  }

  handedOver(offset: number): void {
    this.handedTo = Math.max(this.handedTo, offset);
  }
}
