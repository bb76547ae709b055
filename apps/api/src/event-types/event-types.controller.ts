import { Controller, Delete, Get, HttpCode, Patch, Post, Put, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  EventTypeDeleteQuery,
  EventTypeIn,
  EventTypeListQuery,
  EventTypeOut,
  EventTypePatch,
  EventTypeUpdate,
  listOf,
} from '@signpost/contracts';
import { EventTypeStore, type EventTypeFields, type KeptEventType } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, JsonBody, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { asChange } from '../http/change.js';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found } from '../owned.js';
import { changedSchemas } from './changed-schemas.js';
import { isShown } from './is-shown.js';

const SCHEMAS_STAY =
  'Versions of its schema that the request does not name stay. One that is there is changed only so that whoever ' +
  'reads by it reads on: fields may be added, required or narrowed. Anything else is refused with 422 and the place in ' +
  'the schema, and belongs into a version of its own.';

@ApiTags('Event Type')
@Controller('api/v1/event-type')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class EventTypesController {
  constructor(private readonly eventTypes: EventTypeStore) {}

  @Get()
  @Documented({
    id: 'v1.event-type.list',
    summary: 'List event types',
    portal: 'ViewBase',
    query: EventTypeListQuery,
    answers: { 200: listOf(EventTypeOut) },
  })
  async list(
    @CallerOf() caller: Caller,
    @CheckedQuery(EventTypeListQuery) query: z.output<typeof EventTypeListQuery>,
  ): Promise<ListAnswer<EventTypeOut>> {
    const shown = { archived: query.include_archived, featureFlags: caller.portal?.featureFlags };
    const rows = await this.eventTypes.list(caller.organisationId, pageOf(query), shown);
    return listAnswer(
      query,
      rows,
      ({ name }) => name,
      (kept) => eventTypeOut(kept, query.with_content),
    );
  }

  @Post()
  @Documented({
    id: 'v1.event-type.create',
    summary: 'Create an event type, or bring an archived one back',
    body: EventTypeIn,
    answers: { 201: EventTypeOut },
  })
  async create(
    @CallerOf() caller: Caller,
    @JsonBody(EventTypeIn) body: z.output<typeof EventTypeIn>,
  ): Promise<EventTypeOut> {
    return eventTypeOut(
      await this.eventTypes.create(caller.organisationId, body.name, (archived) => fieldsOf(body, archived)),
    );
  }

  @Get(':eventType')
  @Documented({
    id: 'v1.event-type.get',
    summary: 'Get an event type',
    portal: 'ViewBase',
    answers: { 200: EventTypeOut },
  })
  async get(@CallerOf() caller: Caller, @FromPath('eventType') name: string): Promise<EventTypeOut> {
    const known = found(await this.eventTypes.get(caller.organisationId, name), `Event type ${name}`);
    return eventTypeOut(found(isShown(known, caller) ? known : undefined, `Event type ${name}`));
  }

  @Put(':eventType')
  @Documented({
    id: 'v1.event-type.update',
    summary: 'Replace an event type, or create it',
    description: SCHEMAS_STAY,
    body: EventTypeUpdate,
    answers: { 200: EventTypeOut, 201: EventTypeOut },
  })
  async replace(
    @CallerOf() caller: Caller,
    @FromPath('eventType') name: string,
    @JsonBody(EventTypeUpdate) body: z.output<typeof EventTypeUpdate>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventTypeOut> {
    const fields = (kept?: KeptEventType): EventTypeFields => fieldsOf(body, kept);
    const updated = await this.eventTypes.update(caller.organisationId, name, fields);
    if (updated !== undefined) return eventTypeOut(updated);
    void reply.status(201);
    return eventTypeOut(await this.eventTypes.create(caller.organisationId, name, fields));
  }

  @Patch(':eventType')
  @Documented({
    id: 'v1.event-type.patch',
    summary: 'Change some fields of an event type',
    description: SCHEMAS_STAY,
    body: EventTypePatch,
    answers: { 200: EventTypeOut },
  })
  async patch(
    @CallerOf() caller: Caller,
    @FromPath('eventType') name: string,
    @JsonBody(EventTypePatch) body: z.output<typeof EventTypePatch>,
  ): Promise<EventTypeOut> {
    const change = asChange(body);
    const updated = await this.eventTypes.update(caller.organisationId, name, ({ schemas }) =>
      'schemas' in change ? { ...change, schemas: changedSchemas(schemas, change.schemas) } : change,
    );
    return eventTypeOut(found(updated, `Event type ${name}`));
  }

  @Delete(':eventType')
  @HttpCode(204)
  @Documented({
    id: 'v1.event-type.delete',
    summary: 'Archive an event type; with expunge, forget it',
    query: EventTypeDeleteQuery,
    answers: { 204: null },
  })
  async delete(
    @CallerOf() { organisationId }: Caller,
    @FromPath('eventType') name: string,
    @CheckedQuery(EventTypeDeleteQuery) { expunge }: z.output<typeof EventTypeDeleteQuery>,
  ): Promise<void> {
    const done = expunge
      ? await this.eventTypes.delete(organisationId, name)
      : (await this.eventTypes.update(organisationId, name, { archived: true })) !== undefined;
    found(done || undefined, `Event type ${name}`);
  }
}

/** Every field: what the body lacks is cleared, but for versions of the schema that receivers may read by. */
function fieldsOf(body: z.output<typeof EventTypeUpdate>, kept: KeptEventType | undefined): EventTypeFields {
  return {
    description: body.description,
    archived: body.archived,
    deprecated: body.deprecated,
    featureFlag: body.featureFlag ?? undefined,
    schemas: changedSchemas(kept?.schemas, body.schemas ?? {}),
    timeToLiveMs: body.timeToLiveMs ?? undefined,
    coalesce: body.coalesce ?? undefined,
    validation: body.validation ?? undefined,
  };
}

function eventTypeOut(kept: KeptEventType, withContent = true): EventTypeOut {
  return {
    name: kept.name,
    description: kept.description,
    archived: kept.archived,
    deprecated: kept.deprecated,
    ...(kept.featureFlag === undefined ? {} : { featureFlag: kept.featureFlag }),
    // Checked when it came in.
    schemas: withContent ? ((kept.schemas as EventTypeOut['schemas'] | undefined) ?? null) : null,
    ...(kept.timeToLiveMs === undefined ? {} : { timeToLiveMs: kept.timeToLiveMs }),
    ...(kept.coalesce === undefined ? {} : { coalesce: kept.coalesce }),
    ...(kept.validation === undefined ? {} : { validation: kept.validation }),
    createdAt: kept.createdAt.toISOString(),
    updatedAt: kept.updatedAt.toISOString(),
  };
}
