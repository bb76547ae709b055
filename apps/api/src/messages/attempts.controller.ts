import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AttemptListQuery, listOf, MessageAttemptListQuery, MessageAttemptOut } from '@signpost/contracts';
import { DeliveryLogReader, type AttemptFilter, type LoggedAttempt } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { listAnswer, pageOf, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found, Owned } from '../owned.js';
import { attemptOut } from './attempt-out.js';
import { MessageLookup } from './message-lookup.js';

type Query = z.output<typeof AttemptListQuery>;

@ApiTags('Message Attempt')
@Controller('api/v1/app/:appId')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class AttemptsController {
  constructor(
    private readonly log: DeliveryLogReader,
    private readonly lookup: MessageLookup,
    private readonly owned: Owned,
  ) {}

  @Get('attempt/endpoint/:endpointId')
  @Documented({
    id: 'v1.message-attempt.list-by-endpoint',
    summary: "List an endpoint's attempts, newest first",
    query: AttemptListQuery,
    answers: { 200: listOf(MessageAttemptOut) },
  })
  async ofEndpoint(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @CheckedQuery(AttemptListQuery) query: Query,
  ): Promise<ListAnswer<MessageAttemptOut>> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    return answer(query, (filter) =>
      this.log.attemptsOfEndpoint(
        endpoint.applicationId,
        endpoint.id,
        { ...pageOf(query), before: query.before, after: query.after },
        filter,
      ),
    );
  }

  @Get('attempt/msg/:messageId')
  @Documented({
    id: 'v1.message-attempt.list-by-msg',
    summary: "List a message's attempts, newest first",
    query: MessageAttemptListQuery,
    answers: { 200: listOf(MessageAttemptOut) },
  })
  async ofMessage(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('messageId') messageId: string,
    @CheckedQuery(MessageAttemptListQuery) query: z.output<typeof MessageAttemptListQuery>,
  ): Promise<ListAnswer<MessageAttemptOut>> {
    const application = await this.owned.application(caller, appId);
    const message = await this.lookup.find(application.id, messageId);
    const endpoint =
      query.endpoint_id === undefined ? undefined : await this.owned.endpoint(caller, appId, query.endpoint_id);
    return answer(query, (filter) =>
      this.log.attemptsOfMessage(
        application.id,
        message.id,
        { ...pageOf(query), before: query.before, after: query.after },
        { ...filter, ...(endpoint === undefined ? {} : { endpointId: endpoint.id }) },
      ),
    );
  }

  @Get('msg/:messageId/attempt/:attemptId')
  @Documented({ id: 'v1.message-attempt.get', summary: 'Get an attempt', answers: { 200: MessageAttemptOut } })
  async get(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('messageId') messageId: string,
    @FromPath('attemptId') attemptId: string,
  ): Promise<MessageAttemptOut> {
    const application = await this.owned.application(caller, appId);
    const message = await this.lookup.find(application.id, messageId);
    return attemptOut(
      found(await this.log.attempt(application.id, message.id, attemptId), `Attempt ${attemptId}`),
      true,
    );
  }
}

async function answer(
  query: Query,
  read: (filter: AttemptFilter) => Promise<readonly LoggedAttempt[]>,
): Promise<ListAnswer<MessageAttemptOut>> {
  // Of the peer's statuses 'pending' and 'sending' belong to messages: no attempt is in one.
  const isEmpty = query.status === 1 || query.status === 3;
  const rows = isEmpty ? [] : await read(filterOf(query));
  return listAnswer(
    query,
    rows,
    ({ id }) => id,
    (attempt) => attemptOut(attempt, query.with_content),
  );
}

function filterOf(query: Query): AttemptFilter {
  return {
    ...(query.status === undefined ? {} : { outcome: query.status === 0 ? 'delivered' : 'failed' }),
    ...(query.status_code_class === undefined ? {} : { statusClass: query.status_code_class / 100 }),
    ...(query.event_types === undefined ? {} : { eventTypes: query.event_types }),
    ...(query.channel === undefined ? {} : { channel: query.channel }),
  };
}
