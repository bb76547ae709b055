import { Controller, Delete, Get, HttpCode, Patch, Post, Put, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { EndpointIn, EndpointOut, EndpointPatch, EndpointUpdate, listOf, ListQuery } from '@signpost/contracts';
import { isId, type ApplicationId } from '@signpost/domain';
import { EndpointStore, UrlPolicy, type EndpointFields, type KeptEndpoint } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, JsonBody, ValidationError, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found, Owned } from '../owned.js';
import { LaneProjection } from '../lane-projection.js';
import { EndpointAccess } from './endpoint-access.js';
import { endpointChange, endpointFields, filtersChange } from './endpoint-fields.js';
import { EndpointHeaderValues } from './endpoint-headers.js';
import { endpointOut } from './endpoint-out.js';
import { EndpointSecrets } from './endpoint-secrets.js';
import { EndpointSecurity } from './endpoint-security.js';

@ApiTags('Endpoint')
@Controller('api/v1/app/:appId/endpoint')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class EndpointsController {
  constructor(
    private readonly endpoints: EndpointStore,
    private readonly owned: Owned,
    private readonly urls: UrlPolicy,
    private readonly secrets: EndpointSecrets,
    private readonly security: EndpointSecurity,
    private readonly access: EndpointAccess,
    private readonly headers: EndpointHeaderValues,
    private readonly lanes: LaneProjection,
  ) {}

  @Get()
  @Documented({
    id: 'v1.endpoint.list',
    summary: "List an application's endpoints",
    portal: 'ViewBase',
    query: ListQuery,
    answers: { 200: listOf(EndpointOut) },
  })
  async list(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @CheckedQuery(ListQuery) query: z.output<typeof ListQuery>,
  ): Promise<ListAnswer<EndpointOut>> {
    const application = await this.owned.application(caller, appId);
    const rows = await this.endpoints.list(application.id, pageOf(query));
    return listAnswer(
      query,
      rows,
      ({ id }) => id,
      (kept) => this.out(kept),
    );
  }

  @Post()
  @Documented({
    id: 'v1.endpoint.create',
    summary: 'Register an endpoint; it gets every message accepted a second later',
    portal: 'ManageEndpoint',
    body: EndpointIn,
    answers: { 201: EndpointOut },
  })
  async create(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @JsonBody(EndpointIn) body: z.output<typeof EndpointIn>,
  ): Promise<EndpointOut> {
    const { secret, signatureType, headers, ...rest } = body;
    const sealed = this.secrets.seal({ secret, signatureType }, 'secret');
    const own = headers == null ? undefined : this.headers.seal(headers);
    await this.checkUrl(body.url);
    const application = await this.owned.application(caller, appId);
    const fields = endpointFields(rest);
    const access = await this.access.changeFor(rest);
    const security = await this.security.changeFor(rest, fields);
    return this.make(
      application.id,
      { ...fields, ...filtersChange(rest), ...security, ...access, headers: own },
      sealed,
    );
  }

  @Get(':endpointId')
  @Documented({ id: 'v1.endpoint.get', summary: 'Get an endpoint', portal: 'ViewBase', answers: { 200: EndpointOut } })
  async get(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
  ): Promise<EndpointOut> {
    return this.out(await this.owned.endpoint(caller, appId, endpointId));
  }

  @Put(':endpointId')
  @Documented({
    id: 'v1.endpoint.update',
    summary: 'Replace an endpoint, or create it under its uid',
    portal: 'ManageEndpoint',
    body: EndpointUpdate,
    answers: { 200: EndpointOut, 201: EndpointOut },
  })
  async replace(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(EndpointUpdate) body: z.output<typeof EndpointUpdate>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EndpointOut> {
    await this.checkUrl(body.url);
    const application = await this.owned.application(caller, appId);
    const existing = await this.endpoints.get(application.id, endpointId);
    // An id that is unknown is a mistake; a uid that is unknown is a name for something new.
    if (existing === undefined) found(isId('ep', endpointId) ? undefined : endpointId, `Endpoint ${endpointId}`);
    const fields = endpointFields(body);
    const access = await this.access.changeFor(body);
    const security = await this.security.changeFor(body, fields, existing);
    const change = { ...fields, ...filtersChange(body), ...access, ...security };
    const updated = await this.endpoints.update(application.id, endpointId, change);
    if (updated !== undefined) return this.out(updated);
    found(isId('ep', endpointId) ? undefined : endpointId, `Endpoint ${endpointId}`);
    void reply.status(201);
    const secret = this.secrets.seal({ secret: undefined, signatureType: undefined }, 'secret');
    return this.make(application.id, { ...change, uid: fields.uid ?? endpointId }, secret);
  }

  @Patch(':endpointId')
  @Documented({
    id: 'v1.endpoint.patch',
    summary: 'Change some fields of an endpoint; enabling one hands on what was parked',
    portal: 'ManageEndpoint',
    body: EndpointPatch,
    answers: { 200: EndpointOut },
  })
  async patch(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(EndpointPatch) body: z.output<typeof EndpointPatch>,
  ): Promise<EndpointOut> {
    if (body.url !== undefined) await this.checkUrl(body.url);
    const application = await this.owned.application(caller, appId);
    const existing = found(await this.endpoints.get(application.id, endpointId), `Endpoint ${endpointId}`);
    const change = { ...endpointChange(body), ...filtersChange(body), ...(await this.access.changeFor(body)) };
    const security = await this.security.changeFor(
      body,
      { ...existing, ...change, url: change.url ?? existing.url },
      existing,
    );
    const { secret } = body;
    const fields = { ...change, ...security };
    const updated = await this.endpoints.update(
      application.id,
      existing.id,
      secret == null ? fields : (kept) => ({ ...fields, ...this.secrets.rotated(kept, { key: secret }, 'secret') }),
    );
    return this.out(found(updated, `Endpoint ${endpointId}`));
  }

  @Post(':endpointId/validate')
  @HttpCode(200)
  @Documented({
    id: 'v1.endpoint.validate',
    summary: 'Ask the receiver again whether it wants deliveries',
    portal: 'ManageEndpoint',
    answers: { 200: EndpointOut },
  })
  async validate(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
  ): Promise<EndpointOut> {
    const existing = await this.owned.endpoint(caller, appId, endpointId);
    const permission = await this.security.askAgain(existing);
    const updated = await this.endpoints.update(existing.applicationId, existing.id, { permission });
    return this.out(found(updated, `Endpoint ${endpointId}`));
  }

  @Delete(':endpointId')
  @HttpCode(204)
  @Documented({
    id: 'v1.endpoint.delete',
    summary: 'Delete an endpoint; what is owed to it is cancelled',
    portal: 'ManageEndpoint',
    answers: { 204: null },
  })
  async delete(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
  ): Promise<void> {
    const application = await this.owned.application(caller, appId);
    found((await this.endpoints.delete(application.id, endpointId)) || undefined, `Endpoint ${endpointId}`);
  }

  /** `secret`: sealed. */
  private async make(applicationId: ApplicationId, fields: EndpointFields, secret: string): Promise<EndpointOut> {
    const created = await this.endpoints.create(applicationId, fields, [secret]);
    return this.out(found(created, `Application ${applicationId}`));
  }

  private out(kept: KeptEndpoint): EndpointOut {
    return endpointOut(kept, this.lanes.memoryOf(kept.id));
  }

  private async checkUrl(url: string): Promise<void> {
    const refusal = await this.urls.refusal(url);
    if (refusal !== undefined) {
      throw new ValidationError([{ loc: ['body', 'url'], msg: refusal.reason, type: refusal.code }]);
    }
  }
}
