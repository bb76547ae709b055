import type { ApplicationId, EndpointId, LanePace, LaneRules } from '@signpost/domain';

export interface LaneLimits {
  /** What one lane may hold in its queue, unless its endpoint is quick. */
  readonly laneRecords: number;
  readonly laneBytes: number;
  /** What all lanes together may hold whose endpoints are not quick. */
  readonly sharedBytes: number;
  /** Requests that all lanes together may have under way whose endpoints are not quick; each at most a part of what is free. */
  readonly slowInFlight: number;
}

/** What the lanes have to know of their endpoints, and of the process. */
export interface LaneSurroundings {
  /** What its endpoint's owner allows. */
  rulesOf(endpointId: EndpointId): LaneRules;
  /** The pace that a lane begins with. */
  paceOf(endpointId: EndpointId): LanePace;
  /** Turns in a row, from 1. */
  weightOf(applicationId: ApplicationId): number;
  /** Requests a second that this process may make for the application; undefined: any number. */
  rateOf(applicationId: ApplicationId): number | undefined;
  /** Whether this process has no time to spare. */
  isBusy(): boolean;
  /** A lane that had to wait has turns again. */
  woken(): void;
}
