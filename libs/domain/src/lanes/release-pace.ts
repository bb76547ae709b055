/**
 * How fast one lane asks for what it has parked: little at first, twice as much each time that a demand was met.
 * Times are milliseconds since 1970.
 */
export interface ReleasePace {
  /** The most that the next demand asks for. */
  readonly limit: number;
  /** The demand that is not yet met: how many records are still to come, and when one last came. */
  readonly open?: { readonly outstanding: number; readonly heardAtMs: number };
  /** Demands in a row to which nothing came at all. */
  readonly silences: number;
}

export const FIRST_RELEASE = 16;
// Far above what any lane holds: it only keeps the doubling from running away.
const LARGEST_RELEASE = 1_048_576;
const LONGEST_PATIENCE_MS = 300_000;

export const STARTING_PACE: ReleasePace = { limit: FIRST_RELEASE, silences: 0 };

export interface LaneRoom {
  readonly queued: number;
  readonly capacity: number;
  /** How many records may be parked. */
  readonly parked: number;
}

/** How many records to ask for now; 0 while a demand is open or the queue is above a quarter of what it holds. */
export function releaseLimit(pace: ReleasePace, room: LaneRoom): number {
  if (pace.open !== undefined || room.queued * 4 >= room.capacity) return 0;
  return Math.min(pace.limit, room.parked, room.capacity - room.queued);
}

export function asked(pace: ReleasePace, limit: number, nowMs: number): ReleasePace {
  return { ...pace, open: { outstanding: limit, heardAtMs: nowMs } };
}

/** One record of the open demand is back. */
export function heard(pace: ReleasePace, nowMs: number): ReleasePace {
  if (pace.open === undefined) return pace;
  const outstanding = pace.open.outstanding - 1;
  if (outstanding > 0) return { limit: pace.limit, silences: 0, open: { outstanding, heardAtMs: nowMs } };
  return { limit: Math.min(pace.limit * 2, LARGEST_RELEASE), silences: 0 };
}

/** A record came back to a lane without room: begin again with little. */
export function overran(pace: ReleasePace): ReleasePace {
  return { ...pace, limit: FIRST_RELEASE };
}

/**
 * Gives up on a demand that nothing came of for `patienceMs`, doubled with each silence: the scheduler may have
 * died, or `parked` has expired. The same pace while there is still hope.
 */
export function afterSilence(pace: ReleasePace, nowMs: number, patienceMs: number): ReleasePace {
  if (pace.open === undefined) return pace;
  const patience = Math.min(patienceMs * 2 ** Math.min(pace.silences, 16), Math.max(patienceMs, LONGEST_PATIENCE_MS));
  if (nowMs - pace.open.heardAtMs < patience) return pace;
  return { limit: FIRST_RELEASE, silences: pace.silences + 1 };
}
