import type { Breaker } from '../lanes/breaker.js';
import type { LaneMemory } from '../lanes/lane-memory.js';

/** A first attempt is in time when the message arrives within this of its acceptance: the objective for deliveries. */
export const IN_TIME_MS = 5_000;

/** How an endpoint was just before an attempt. */
export type EndpointBefore = 'healthy' | 'unwell';
export type FirstResult = 'in-time' | 'late' | 'failed';

/** What its lane knew of an endpoint at the attempt's turn. */
export interface LaneBefore {
  readonly breaker: Breaker;
  /** The delivery, or others of its lane, waited for what the endpoint or its owner wants. */
  readonly isHeldBack: boolean;
  /** By its latest answers, and by none of late. */
  readonly isQuick: boolean;
  /** Mean milliseconds of the latest answers; undefined before the first. */
  readonly answerMs: number | undefined;
  /** This process has no time to spare, so that its own slowness shows in every answer time. */
  readonly isProcessBusy: boolean;
}

/**
 * Whether what comes of the attempt is ours to answer for. `memory`: the lane's; undefined where it has none. `wasParked`:
 * the delivery was set aside first.
 */
export function endpointBefore(lane: LaneBefore, memory: LaneMemory | undefined, wasParked: boolean): EndpointBefore {
  const { breaker, isHeldBack } = lane;
  if (breaker.kind !== 'closed' || breaker.failures > 0 || isFailing(memory)) return 'unwell';
  return isHeldBack || wasParked || isSlow(lane) ? 'unwell' : 'healthy';
}

export function firstResult(isDelivered: boolean, acceptedAtMs: number, endedAtMs: number): FirstResult {
  if (!isDelivered) return 'failed';
  return endedAtMs - acceptedAtMs <= IN_TIME_MS ? 'in-time' : 'late';
}

/** What a lane remembers beside having switched off an endpoint that is on again concerns the endpoint that was. */
function isFailing(memory: LaneMemory | undefined): boolean {
  return memory?.failing !== undefined && memory.disabled === undefined;
}

/** A busy process makes slow answers of quick ones: were those excused, it would excuse itself just when it is too slow. */
function isSlow({ isQuick, answerMs = 0, isProcessBusy }: LaneBefore): boolean {
  return !isQuick && (!isProcessBusy || answerMs > IN_TIME_MS);
}
