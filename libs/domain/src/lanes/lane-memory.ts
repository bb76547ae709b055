import type { ApplicationId, EndpointId } from '../ids.js';

/** Why a delivery waits in `parked` rather than in its lane. */
export type ParkReason = 'endpoint-disabled' | 'lane-full';
export const PARK_REASONS = ['endpoint-disabled', 'lane-full'] as const satisfies readonly ParkReason[];

/** Why Signpost itself switched an endpoint off. */
export type DisableReason = 'gone';

/** What the lane asks the scheduler for: up to `limit` of its parked records, from `fromOffset` on. */
export interface ReleaseDemand {
  /** Rises by one with each demand of a lane, so that none is served twice by one scheduler. */
  readonly sequence: number;
  readonly fromOffset: number;
  readonly limit: number;
}

/** What a lane must remember across processes: the value of `lanes`, keyed by endpoint id. */
export interface LaneMemory {
  readonly endpointId: EndpointId;
  readonly applicationId: ApplicationId;
  /** Set while we, not the owner, have switched the endpoint off; a newer endpoint version that is enabled clears it. */
  readonly disabled?: { readonly atMs: number; readonly reason: DisableReason; readonly endpointVersion: number };
  /** What of `parked` is not yet handed back, in the lane's own partition. */
  readonly parked?: { readonly oldestOffset: number; readonly count: number };
  readonly demand?: ReleaseDemand;
}
