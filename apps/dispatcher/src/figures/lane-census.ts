import { laneStateOf, type LanePace, type LaneState } from '@signpost/domain';

export type LaneCensus = Readonly<Record<LaneState, number>>;

interface Paced {
  readonly pace: LanePace;
}

/** How many lanes there are in each state: a pass over all, for whoever looks every few seconds. */
export function laneCensus(lanes: readonly Iterable<Paced>[], nowMs: number): LaneCensus {
  const census = { closed: 0, 'half-open': 0, open: 0, paused: 0 };
  for (const some of lanes) for (const { pace } of some) census[laneStateOf(pace, nowMs)] += 1;
  return census;
}
