import type { ApplicationId, EndpointId, LanePace } from '@signpost/domain';
import { Fifo } from './fifo.js';

// However busy a lane is with fresh deliveries, those that come back get every eighth turn.
const FRESH_TURNS_IN_A_ROW = 7;

export interface LaneEntry {
  readonly delivery: { readonly endpointId: EndpointId; readonly applicationId: ApplicationId };
  /** Fresh deliveries take their turn before those that come back. */
  readonly order: 'fresh' | 'returning';
  readonly bytes: number;
}

/** Where a lane with work stands. */
export type LanePlace =
  /** It has its turn when the ring comes round. */
  | 'ring'
  /** Its time has not come. */
  | 'waiting'
  /** Slow lanes have as many requests under way as they may have together. */
  | 'held'
  /** Nothing to do, or nothing to be done before a request of its own has ended. */
  | 'none';

/** One endpoint's queue, its requests under way, and how fast it may go. */
export class Lane<E> {
  readonly fresh = new Fifo<E>();
  readonly returning = new Fifo<E>();
  bytes = 0;
  inFlight = 0;
  place: LanePlace = 'none';
  timer: NodeJS.Timeout | undefined;
  /** Whether what is queued waits for this process rather than for the endpoint. */
  quick = true;
  /** Its endpoint, or its owner's limit, has let it wait since its queue was last empty. */
  heldBack = false;
  /** Mean milliseconds of the latest answers. */
  answerMs: number | undefined;
  /** How many checks it has been since a request finished. */
  silentChecks = 0;
  private freshInARow = 0;

  constructor(
    readonly endpointId: EndpointId,
    readonly applicationId: ApplicationId,
    public pace: LanePace,
  ) {}

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

  /** Takes out what is queued beyond `kept` entries, the last in turn first to go; oldest first. */
  truncate(kept: number): E[] {
    const fresh = Math.min(this.fresh.length, kept);
    return [...this.fresh.truncate(fresh), ...this.returning.truncate(kept - fresh)];
  }
}
