import { Controller, Get, Header, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ContentQuery, listOf, MessageListQuery, MessageOut } from '@signpost/contracts';
import { DeliveryLogReader } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { Owned } from '../owned.js';
import { messageJson } from './message-json.js';
import { MessageLookup } from './message-lookup.js';

@ApiTags('Message')
@Controller('api/v1/app/:appId/msg')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class MessagesController {
  constructor(
    private readonly log: DeliveryLogReader,
    private readonly lookup: MessageLookup,
    private readonly owned: Owned,
  ) {}

  @Get()
  @Header('content-type', 'application/json')
  @Documented({
    id: 'v1.message.list',
    summary: "List an application's messages, newest first",
    query: MessageListQuery,
    answers: { 200: listOf(MessageOut) },
  })
  async list(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @CheckedQuery(MessageListQuery) query: z.output<typeof MessageListQuery>,
  ): Promise<string> {
    const application = await this.owned.application(caller, appId);
    const rows = await this.log.messages(
      application.id,
      { ...pageOf(query), before: query.before, after: query.after },
      {
        ...(query.event_types === undefined ? {} : { eventTypes: query.event_types }),
        ...(query.channel === undefined ? {} : { channel: query.channel }),
      },
    );
    const { data, ...rest } = listAnswer(
      query,
      rows,
      ({ id }) => id,
      (message) => messageJson(message, query.with_content),
    );
    return `{"data":[${data.join(',')}],${JSON.stringify(rest).slice(1)}`;
  }

  @Get(':messageId')
  @Header('content-type', 'application/json')
  @Documented({
    id: 'v1.message.get',
    summary: 'Get a message by its id or by the id of its event',
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
}
