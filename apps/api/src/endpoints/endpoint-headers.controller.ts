import { Controller, Get, HttpCode, Patch, Put, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EndpointHeadersIn, EndpointHeadersOut, EndpointHeadersPatchIn } from '@signpost/contracts';
import { EndpointStore } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, JsonBody, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found, Owned } from '../owned.js';
import { EndpointHeaderValues } from './endpoint-headers.js';

@ApiTags('Endpoint')
@Controller('api/v1/app/:appId/endpoint/:endpointId/headers')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class EndpointHeadersController {
  constructor(
    private readonly endpoints: EndpointStore,
    private readonly owned: Owned,
    private readonly values: EndpointHeaderValues,
  ) {}

  @Get()
  @Documented({
    id: 'v1.endpoint.get-headers',
    summary: "Get the headers that go with an endpoint's deliveries; of sensitive ones only their names",
    portal: 'ViewBase',
    answers: { 200: EndpointHeadersOut },
  })
  async get(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
  ): Promise<EndpointHeadersOut> {
    return this.values.shown((await this.owned.endpoint(caller, appId, endpointId)).headers);
  }

  @Put()
  @HttpCode(204)
  @Documented({
    id: 'v1.endpoint.update-headers',
    summary: "Replace the headers that go with an endpoint's deliveries",
    portal: 'ManageEndpoint',
    body: EndpointHeadersIn,
    answers: { 204: null },
  })
  async replace(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(EndpointHeadersIn) body: z.output<typeof EndpointHeadersIn>,
  ): Promise<void> {
    const headers = this.values.seal(body.headers);
    const application = await this.owned.application(caller, appId);
    found(await this.endpoints.update(application.id, endpointId, { headers }), `Endpoint ${endpointId}`);
  }

  @Patch()
  @HttpCode(204)
  @Documented({
    id: 'v1.endpoint.patch-headers',
    summary: "Set some of the headers that go with an endpoint's deliveries; null removes one",
    portal: 'ManageEndpoint',
    body: EndpointHeadersPatchIn,
    answers: { 204: null },
  })
  async patch(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(EndpointHeadersPatchIn) body: z.output<typeof EndpointHeadersPatchIn>,
  ): Promise<void> {
    const application = await this.owned.application(caller, appId);
    const updated = await this.endpoints.update(application.id, endpointId, (kept) => ({
      headers: this.values.patched(kept.headers, body.headers, body.deleteHeaders ?? []),
    }));
    found(updated, `Endpoint ${endpointId}`);
  }
}
