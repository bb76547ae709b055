import { Controller, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EndpointOut } from '@signpost/contracts';
import type { Actor } from '@signpost/domain';
import { EndpointStore, type EndpointChange, type KeptEndpoint } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, type Caller } from '@signpost/runtime';
import { Documented } from '../http/documented.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { LaneProjection } from '../lane-projection.js';
import { found, Owned } from '../owned.js';
import { endpointOut } from './endpoint-out.js';

@ApiTags('Endpoint')
@Controller('api/v1/app/:appId/endpoint/:endpointId')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class EndpointPauseController {
  constructor(
    private readonly endpoints: EndpointStore,
    private readonly owned: Owned,
    private readonly lanes: LaneProjection,
  ) {}

  @Post('pause')
  @HttpCode(200)
  @Documented({
    id: 'v1.endpoint.pause',
    summary: 'Let everything owed to an endpoint wait, without spending attempts',
    portal: 'ManageEndpoint',
    answers: { 200: EndpointOut },
  })
  pause(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
  ): Promise<EndpointOut> {
    const by = nameOf(caller.actor);
    // Paused twice it is still paused by whoever did it first.
    return this.change(caller, appId, endpointId, ({ paused }) =>
      paused === undefined ? { paused: { by, sinceMs: Date.now() } } : undefined,
    );
  }

  @Post('resume')
  @HttpCode(200)
  @Documented({
    id: 'v1.endpoint.resume',
    summary: 'Hand on what has waited for a paused endpoint, and what comes',
    portal: 'ManageEndpoint',
    answers: { 200: EndpointOut },
  })
  resume(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
  ): Promise<EndpointOut> {
    return this.change(caller, appId, endpointId, ({ paused }) =>
      paused === undefined ? undefined : { paused: undefined },
    );
  }

  private async change(
    caller: Caller,
    appId: string,
    endpointId: string,
    change: (kept: KeptEndpoint) => EndpointChange | undefined,
  ): Promise<EndpointOut> {
    const application = await this.owned.application(caller, appId);
    const kept = found(await this.endpoints.update(application.id, endpointId, change), `Endpoint ${endpointId}`);
    return endpointOut(kept, this.lanes.memoryOf(kept.id));
  }
}

/** As its owner knows whoever did it. */
function nameOf(actor: Actor): string {
  switch (actor.kind) {
    case 'api-key':
      return `API key "${actor.name}" (${actor.id})`;
    case 'portal-token':
      return `portal (${actor.id})`;
    case 'signpost':
    case 'command-line':
      return actor.kind;
  }
}
