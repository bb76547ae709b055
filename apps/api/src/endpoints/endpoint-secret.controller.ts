import { Controller, Get, Headers, HttpCode, Post, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { EndpointSecretOut, EndpointSecretRotateIn } from '@signpost/contracts';
import { EndpointStore, type KeptEndpoint } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, JsonBody, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found, Owned } from '../owned.js';
import { EndpointSecrets } from './endpoint-secrets.js';

/** SDKs of 1.x expect no body here, and that of Java fails at one; those of 2.x read the new secret from it. */
const EXPECTS_NOTHING = 'svix-libs/1.';

@ApiTags('Endpoint')
@Controller('api/v1/app/:appId/endpoint/:endpointId/secret')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class EndpointSecretController {
  constructor(
    private readonly endpoints: EndpointStore,
    private readonly owned: Owned,
    private readonly secrets: EndpointSecrets,
  ) {}

  @Get()
  @Documented({
    id: 'v1.endpoint.get-secret',
    summary: "Get what an endpoint's receiver verifies messages with",
    needs: 'write',
    portal: 'ViewEndpointSecret',
    answers: { 200: EndpointSecretOut },
  })
  async get(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
  ): Promise<EndpointSecretOut> {
    return this.out(await this.owned.endpoint(caller, appId, endpointId));
  }

  @Post('rotate')
  @HttpCode(200)
  @Documented({
    id: 'v1.endpoint.rotate-secret',
    summary: 'Sign with a new secret; the old one signs as well for a grace period',
    portal: 'ManageEndpointSecret',
    body: EndpointSecretRotateIn,
    answers: { 200: EndpointSecretOut, 204: null },
  })
  async rotate(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(EndpointSecretRotateIn) body: z.output<typeof EndpointSecretRotateIn>,
    @Headers('user-agent') client: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EndpointSecretOut | undefined> {
    const application = await this.owned.application(caller, appId);
    const updated = await this.endpoints.update(application.id, endpointId, (kept) => this.secrets.rotated(kept, body));
    const answer = this.out(found(updated, `Endpoint ${endpointId}`));
    if (client?.startsWith(EXPECTS_NOTHING) !== true) return answer;
    void reply.status(204);
    return undefined;
  }

  private out(kept: KeptEndpoint): EndpointSecretOut {
    return { key: this.secrets.shown(kept) };
  }
}
