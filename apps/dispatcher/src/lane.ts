import type { ApplicationId, EndpointId, LanePace } from '@signpost/domain';
import { ConversationQueue } from './conversation-queue.js';
import { Fifo } from './fifo.js';

// However busy a lane is with fresh deliveries, those that come back get every eighth turn.
const FRESH_TURNS_IN_A_ROW = 7;

export interface LaneEntry {
  readonly delivery: { readonly endpointId: EndpointId; readonly applicationId: ApplicationId };
  /** Fresh deliveries take their turn before those that come back. */
  readonly order: 'fresh' | 'returning';
  readonly bytes: number;
  /** Its conversation, where the endpoint gets those in order: one delivery at a time. */
  conversation?: string | undefined;
  /** It had to wait for others of its conversation. */
  isBehindAnother?: boolean | undefined;
}

/** Where a lane with work stands. */
export type LanePlace =
  /** It has its turn when the ring comes round. */
  | 'ring'
  /** Its time has not come. */
  | 'waiting'
  /** Its application's turn has not come. */
  | 'throttled'
  /** It is slow, and has as many requests under way as it may have of the places for slow lanes. */
  | 'held'
  /** Nothing to do, or nothing to be done before a request of its own has ended. */
  | 'none';

/** One endpoint's queue, its requests under way, and how fast it may go. */
export class Lane<E extends LaneEntry> {
  readonly fresh = new Fifo<E>();
  readonly returning = new Fifo<E>();
  readonly conversations = new ConversationQueue<E>();
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
  private orderedLast = false;

  constructor(
    readonly endpointId: EndpointId,
    readonly applicationId: ApplicationId,
    public pace: LanePace,
  ) {}

  get queued(): number {
    return this.fresh.length + this.returning.length + this.conversations.length;
  }

  /** Whether something could go out now: what is queued may all wait for others of its conversations. */
  get isReady(): boolean {
    return this.fresh.length + this.returning.length > 0 || this.conversations.isReady;
  }

  push(entry: E): void {
    if (entry.conversation === undefined) this[entry.order].push(entry);
    else entry.isBehindAnother = this.conversations.push(entry, entry.conversation);
  }

  shift(): E | undefined {
    // Turn about with deliveries of no conversation.
    this.orderedLast = this.conversations.isReady && !this.orderedLast;
    if (this.orderedLast) return this.conversations.shift();
    if (this.returning.length > 0 && (this.fresh.length === 0 || this.freshInARow >= FRESH_TURNS_IN_A_ROW)) {
      this.freshInARow = 0;
      return this.returning.shift();
    }
    this.freshInARow += 1;
    return this.fresh.shift() ?? this.conversations.shift();
  }

  /**
   * Takes out what is queued beyond `kept` entries, the last in turn first to go; oldest first. Of conversations all
   * goes: to keep some would leave those at a place in their order that nobody remembers.
   */
  truncate(kept: number): E[] {
    const ordered = this.queued > kept ? this.conversations.extract(() => true) : [];
    const fresh = Math.min(this.fresh.length, kept);
    return [...ordered, ...this.fresh.truncate(fresh), ...this.returning.truncate(kept - fresh)];
  }

  extract(matches: (entry: E) => boolean): E[] {
    const { fresh, returning, conversations } = this;
    return [fresh, returning, conversations].flatMap((queue) => queue.extract(matches));
  }
}
