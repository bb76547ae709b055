import type { Delivery, SourceCoordinates } from '@signpost/contracts';
import type { PartitionLease } from '@signpost/ports';
import type { LaneEntry } from './lane.js';

export interface ParkedPlace {
  readonly offset: number;
  /** The conversation behind whose head it lies, or the head's own mark; undefined: in the lane's own part. */
  readonly behind: string | undefined;
}

/** A delivery on its way through this process. */
export interface QueuedDelivery extends LaneEntry {
  readonly delivery: Delivery;
  readonly payload: Buffer;
  readonly origin: SourceCoordinates;
  readonly lease: PartitionLease;
  /** Came by a demand of its lane, which keeps a place for it. */
  readonly released: boolean;
  /** Of an ordered lane: where in `parked` it still lies, until all that it caused is durable. */
  readonly lies?: ParkedPlace;
  /** Resolves once what its return changed in the lane's memory is durable; its offset waits for that. */
  readonly remembered: Promise<void> | undefined;
  /** All that it caused is durable. */
  done(): void;
}
