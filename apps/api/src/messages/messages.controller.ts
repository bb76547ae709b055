import { Controller, Delete, Get, Header, HttpCode, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ContentQuery, listOf, MessageListQuery, MessageOut } from '@signpost/contracts';
import { AuditLog, DeliveryLogReader, LogExpunger } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { soughtAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found, Owned } from '../owned.js';
import { LogQuery } from './log-query.js';
import { listJson, messageJson } from './message-json.js';
import { MessageLookup } from './message-lookup.js';

@ApiTags('Message')
@Controller('api/v1/app/:appId/msg')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class MessagesController {
  constructor(
    private readonly log: DeliveryLogReader,
    private readonly expunger: LogExpunger,
    private readonly asked: LogQuery,
    private readonly lookup: MessageLookup,
    private readonly owned: Owned,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @Header('content-type', 'application/json')
  @Documented({
    id: 'v1.message.list',
    summary: "List an application's messages, newest first",
    portal: 'ViewBase',
    query: MessageListQuery,
    answers: { 200: listOf(MessageOut) },
  })
  async list(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @CheckedQuery(MessageListQuery) query: z.output<typeof MessageListQuery>,
  ): Promise<string> {
    const { id } = await this.owned.application(caller, appId);
    const messages = await this.log.messages(id, this.asked.page(query), await this.asked.filter(id, query));
    return listJson(
      soughtAnswer(
        query,
        messages,
        (message) => message.id,
        (message) => messageJson(message, query.with_content),
      ),
    );
  }

  @Get(':messageId')
  @Header('content-type', 'application/json')
  @Documented({
    id: 'v1.message.get',
    summary: 'Get a message by its id or by the id of its event',
    portal: 'ViewBase',
    query: ContentQuery,
    answers: { 200: MessageOut },
  })
  async get(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('messageId') messageId: string,
    @CheckedQuery(ContentQuery) query: z.output<typeof ContentQuery>,
  ): Promise<string> {
    const application = await this.owned.application(caller, appId);
    return messageJson(await this.lookup.find(application.id, messageId), query.with_content);
  }

  @Delete(':messageId/content')
  @HttpCode(204)
  @Documented({
    id: 'v1.message.expunge-content',
    summary: "Delete a message's payload from the log, for good; what is already on its way is still sent",
    answers: { 204: null },
  })
  async expunge(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('messageId') messageId: string,
  ): Promise<void> {
    const application = await this.owned.application(caller, appId);
    const { id } = await this.lookup.find(application.id, messageId);
    const object = { kind: 'message', id, applicationId: application.id } as const;
    await this.audit.record(caller.organisationId, 'message.expunge', object, {});
    found((await this.expunger.message(application.id, id)) || undefined, `Message ${messageId}`);
  }
}
