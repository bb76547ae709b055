import type { Delivery, SourceCoordinates } from '@signpost/contracts';
import type { PartitionLease } from '@signpost/ports';
import type { LaneEntry } from './lane.js';

/** A delivery on its way through this process. */
export interface QueuedDelivery extends LaneEntry {
  readonly delivery: Delivery;
  readonly payload: Buffer;
  readonly origin: SourceCoordinates;
  readonly lease: PartitionLease;
  /** Came by a demand of its lane, which keeps a place for it. */
  readonly released: boolean;
  /** Came from the sweep of `parked`, for its end. */
  readonly parkedTooLong: boolean;
  /** Resolves once what its coming changed in the lane's memory is durable; its offset waits for that. */
  remembered: Promise<void> | undefined;
  /** All that it caused is durable. */
  done(): void;
}
