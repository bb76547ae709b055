import type { Delivery, LetterOrigin } from '@signpost/contracts';
import type { EndpointBefore, ParkReason } from '@signpost/domain';
import type { PartitionLease } from '@signpost/ports';
import type { LaneEntry } from './lane.js';

export interface ParkedPlace {
  readonly offset: number;
  /** The conversation behind whose head it lies, or the head's own mark; undefined: in the lane's own part. */
  readonly behind: string | undefined;
}

/** A copy of a delivery that is handed back from `parked`. */
export interface ParkedCopy {
  readonly parkedOffset: number;
  /** The sequence of the demand that it came by. */
  readonly demand: number | undefined;
  /** How it was marked in `parked`. */
  readonly behind: string | undefined;
  /** It comes from the sweep, for its end. */
  readonly swept: boolean;
}

/** A delivery on its way through this process: one object from its coming to its end. */
export interface QueuedDelivery extends LaneEntry {
  readonly delivery: Delivery;
  readonly payload: Buffer;
  /** The topic by its name without the prefix. */
  readonly origin: LetterOrigin;
  readonly lease: PartitionLease;
  /** Milliseconds since 1970 at which this process took it in. */
  readonly arrivedAtMs: number;
  /** Came by a demand of its lane, which keeps a place for it. */
  readonly released: boolean;
  /** Came from the sweep of `parked`, for its end. */
  readonly parkedTooLong: boolean;
  /** Why it lay in `parked`, where it comes from there for its end. */
  readonly parkedFor?: ParkReason | undefined;
  /** Of an ordered lane: where in `parked` it still lies, until all that it caused is durable. */
  readonly lies?: ParkedPlace | undefined;
  /** Resolves once what its coming changed in the lane's memory is durable; its offset waits for that. */
  remembered: Promise<void> | undefined;
  /** How its endpoint was at its turn; of what counts as a first try. */
  endpointBefore?: EndpointBefore | undefined;
  /** All that it caused is durable. */
  done: () => void;
}
