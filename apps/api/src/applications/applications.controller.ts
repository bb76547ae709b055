import { Controller, Delete, Get, HttpCode, Patch, Post, Put, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  ApplicationCreateQuery,
  ApplicationIn,
  ApplicationOut,
  ApplicationPatch,
  listOf,
  ListQuery,
} from '@signpost/contracts';
import { isId } from '@signpost/domain';
import { ApplicationStore, NameTakenError } from '@signpost/ports';
import { applicationFields, ApiKeyGuard, CallerOf, CheckedQuery, JsonBody, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { asChange } from '../http/change.js';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found, Owned } from '../owned.js';
import { applicationOut } from './application-out.js';

type In = z.output<typeof ApplicationIn>;

@ApiTags('Application')
@Controller('api/v1/app')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class ApplicationsController {
  constructor(
    private readonly applications: ApplicationStore,
    private readonly owned: Owned,
  ) {}

  @Get()
  @Documented({
    id: 'v1.application.list',
    summary: 'List applications',
    query: ListQuery,
    answers: { 200: listOf(ApplicationOut) },
  })
  async list(
    @CallerOf() caller: Caller,
    @CheckedQuery(ListQuery) query: z.output<typeof ListQuery>,
  ): Promise<ListAnswer<ApplicationOut>> {
    const rows = await this.applications.list(caller.organisationId, pageOf(query));
    return listAnswer(query, rows, ({ id }) => id, applicationOut);
  }

  @Post()
  @Documented({
    id: 'v1.application.create',
    summary: 'Create an application',
    body: ApplicationIn,
    query: ApplicationCreateQuery,
    answers: { 201: ApplicationOut, 200: ApplicationOut },
  })
  async create(
    @CallerOf() caller: Caller,
    @JsonBody(ApplicationIn) body: In,
    @CheckedQuery(ApplicationCreateQuery) query: z.output<typeof ApplicationCreateQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ApplicationOut> {
    try {
      return applicationOut(await this.applications.create(caller.organisationId, applicationFields(body)));
    } catch (error) {
      const existing =
        query.get_if_exists && error instanceof NameTakenError ? await this.get(caller, error.value) : undefined;
      if (existing === undefined) throw error;
      void reply.status(200);
      return existing;
    }
  }

  @Get(':appId')
  @Documented({
    id: 'v1.application.get',
    summary: 'Get an application',
    portal: 'ViewBase',
    answers: { 200: ApplicationOut },
  })
  async get(@CallerOf() caller: Caller, @FromPath('appId') appId: string): Promise<ApplicationOut> {
    return applicationOut(await this.owned.application(caller, appId));
  }

  @Put(':appId')
  @Documented({
    id: 'v1.application.update',
    summary: 'Replace an application, or create it under its uid',
    body: ApplicationIn,
    answers: { 200: ApplicationOut, 201: ApplicationOut },
  })
  async replace(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @JsonBody(ApplicationIn) body: In,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ApplicationOut> {
    const { organisationId } = caller;
    const fields = applicationFields(body);
    const updated = await this.applications.update(organisationId, appId, fields);
    if (updated !== undefined) return applicationOut(updated);
    // An id that is unknown is a mistake; a uid that is unknown is a name for something new.
    found(isId('app', appId) ? undefined : appId, `Application ${appId}`);
    void reply.status(201);
    return applicationOut(await this.applications.create(organisationId, { ...fields, uid: fields.uid ?? appId }));
  }

  @Patch(':appId')
  @Documented({
    id: 'v1.application.patch',
    summary: 'Change some fields of an application',
    body: ApplicationPatch,
    answers: { 200: ApplicationOut },
  })
  async patch(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @JsonBody(ApplicationPatch) body: z.output<typeof ApplicationPatch>,
  ): Promise<ApplicationOut> {
    const { rateLimit, ...fields } = body;
    const change =
      fields.throttleRate === undefined && rateLimit !== undefined ? { ...fields, throttleRate: rateLimit } : fields;
    const updated = await this.applications.update(caller.organisationId, appId, asChange(change));
    return applicationOut(found(updated, `Application ${appId}`));
  }

  @Delete(':appId')
  @HttpCode(204)
  @Documented({
    id: 'v1.application.delete',
    summary: 'Delete an application with its endpoints; what is owed to them is cancelled',
    answers: { 204: null },
  })
  async delete(@CallerOf() caller: Caller, @FromPath('appId') appId: string): Promise<void> {
    found((await this.applications.delete(caller.organisationId, appId)) || undefined, `Application ${appId}`);
  }
}
