import type { LaneSignal } from '@signpost/domain';
import type { Lane, LaneEntry } from './lane.js';

/** A lane's turn. A request takes a place among those under way that `finished` gives back; a refusal takes none. */
export interface Turn<E extends LaneEntry> {
  readonly kind: 'send' | 'refuse';
  readonly lane: Lane<E>;
  readonly entry: E;
  /** Its endpoint, its owner's limit, or others of its conversation let it wait. */
  readonly isHeldBack: boolean;
}

/** What a request that has ended said of its endpoint; nothing of one that was never made. */
export interface Ended {
  readonly signal: LaneSignal | undefined;
  /** Since it went out: what it waited for before that says nothing of its endpoint. */
  readonly tookMs: number;
  /** Before it went out, for what this process does with it first: it makes a lane slow, and its endpoint not. */
  readonly preparedMs: number;
}
