import { Injectable } from '@nestjs/common';
import { healthOf, type ApplicationId, type EndpointHealth, type EndpointId } from '@signpost/domain';
import { EndpointStore } from '@signpost/ports';
import { LaneProjection } from '../lane-projection.js';

/** How an endpoint does: by what its owner has said, and what its lane remembers. */
@Injectable()
export class EndpointWellness {
  constructor(
    private readonly endpoints: EndpointStore,
    private readonly lanes: LaneProjection,
  ) {}

  /** Undefined once it is deleted. */
  async of(applicationId: ApplicationId, endpointId: EndpointId, nowMs: number): Promise<EndpointHealth | undefined> {
    const [kept] = await this.endpoints.some(applicationId, [endpointId]);
    return kept === undefined ? undefined : healthOf(kept, this.lanes.memoryOf(endpointId), nowMs);
  }
}
