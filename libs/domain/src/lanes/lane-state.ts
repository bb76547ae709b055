import type { LanePace } from './lane-pace.js';

/** What a lane lets through now. Half-open: one request, which decides. Paused: nothing, since its endpoint asked for silence. */
export type LaneState = 'closed' | 'half-open' | 'open' | 'paused';
export const LANE_STATES = ['closed', 'half-open', 'open', 'paused'] as const satisfies readonly LaneState[];

/** An open breaker whose time is over lets the next request through, and it alone. */
export function laneStateOf({ breaker, pausedUntilMs }: LanePace, nowMs: number): LaneState {
  if (breaker.kind === 'open' && nowMs < breaker.untilMs) return 'open';
  if (nowMs < pausedUntilMs) return 'paused';
  return breaker.kind === 'closed' ? 'closed' : 'half-open';
}
