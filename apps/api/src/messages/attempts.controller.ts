import { Controller, Delete, Get, Header, HttpCode, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  EndpointAttemptListQuery,
  listOf,
  MessageAttemptListQuery,
  MessageAttemptOut,
  type AttemptListQuery,
} from '@signpost/contracts';
import type { ApplicationId } from '@signpost/domain';
import {
  AuditLog,
  DeliveryLogReader,
  LogExpunger,
  type AttemptFilter,
  type LoggedAttempt,
  type LogRows,
} from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { soughtAnswer, type ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found, Owned } from '../owned.js';
import { attemptOut } from './attempt-out.js';
import { LogQuery } from './log-query.js';
import { listJson, messageJson } from './message-json.js';
import { MessageLookup } from './message-lookup.js';

type Query = z.output<typeof AttemptListQuery>;

@ApiTags('Message Attempt')
@Controller('api/v1/app/:appId')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class AttemptsController {
  constructor(
    private readonly log: DeliveryLogReader,
    private readonly expunger: LogExpunger,
    private readonly asked: LogQuery,
    private readonly lookup: MessageLookup,
    private readonly owned: Owned,
    private readonly audit: AuditLog,
  ) {}

  @Get('attempt/endpoint/:endpointId')
  @Header('content-type', 'application/json')
  @Documented({
    id: 'v1.message-attempt.list-by-endpoint',
    summary: "List an endpoint's attempts, newest first",
    portal: 'ViewBase',
    query: EndpointAttemptListQuery,
    answers: { 200: listOf(MessageAttemptOut) },
  })
  async ofEndpoint(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @CheckedQuery(EndpointAttemptListQuery) query: z.output<typeof EndpointAttemptListQuery>,
  ): Promise<string> {
    const { id, applicationId } = await this.owned.endpoint(caller, appId, endpointId);
    const attempts = await this.sought(applicationId, query, (filter) =>
      this.log.attemptsOfEndpoint(applicationId, id, this.asked.page(query), filter),
    );
    const ids = query.with_msg ? [...new Set(attempts.rows.map(({ messageId }) => messageId))] : [];
    const messages = await this.log.messagesOf(applicationId, ids, query.with_content);
    return listJson(
      soughtAnswer(query, attempts, idOf, (attempt) => {
        const json = JSON.stringify(attemptOut(attempt, query.with_content));
        const message = messages.get(attempt.messageId);
        return message === undefined ? json : `${json.slice(0, -1)},"msg":${messageJson(message, query.with_content)}}`;
      }),
    );
  }

  @Get('attempt/msg/:messageId')
  @Documented({
    id: 'v1.message-attempt.list-by-msg',
    summary: "List a message's attempts, newest first",
    portal: 'ViewBase',
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
    const attempts = await this.sought(application.id, query, (filter) =>
      this.log.attemptsOfMessage(application.id, message.id, this.asked.page(query), {
        ...filter,
        ...(endpoint === undefined ? {} : { endpointId: endpoint.id }),
      }),
    );
    return soughtAnswer(query, attempts, idOf, (attempt) => attemptOut(attempt, query.with_content));
  }

  @Get('msg/:messageId/attempt/:attemptId')
  @Documented({
    id: 'v1.message-attempt.get',
    summary: 'Get an attempt',
    portal: 'ViewBase',
    answers: { 200: MessageAttemptOut },
  })
  async get(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('messageId') messageId: string,
    @FromPath('attemptId') attemptId: string,
  ): Promise<MessageAttemptOut> {
    const application = await this.owned.application(caller, appId);
    const message = await this.lookup.find(application.id, messageId);
    return attemptOut(await this.lookup.attempt(application.id, message.id, attemptId), true);
  }

  @Delete('msg/:messageId/attempt/:attemptId/content')
  @HttpCode(204)
  @Documented({
    id: 'v1.message-attempt.expunge-content',
    summary: "Delete what the receiver answered to an attempt, for good: the answer's body and headers",
    answers: { 204: null },
  })
  async expunge(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('messageId') messageId: string,
    @FromPath('attemptId') attemptId: string,
  ): Promise<void> {
    const application = await this.owned.application(caller, appId);
    const message = await this.lookup.find(application.id, messageId);
    const { id } = await this.lookup.attempt(application.id, message.id, attemptId);
    const object = { kind: 'attempt', id, applicationId: application.id } as const;
    await this.audit.record(caller.organisationId, 'attempt.expunge', object, {});
    found((await this.expunger.attempt(application.id, message.id, id)) || undefined, `Attempt ${attemptId}`);
  }

  private async sought(
    applicationId: ApplicationId,
    query: Query,
    read: (filter: AttemptFilter) => Promise<LogRows<LoggedAttempt>>,
  ): Promise<LogRows<LoggedAttempt>> {
    // Of the peer's statuses 'pending' and 'sending' belong to messages: no attempt is in one.
    if (query.status === 1 || query.status === 3) return { rows: [] };
    return read({
      ...(await this.asked.filter(applicationId, query)),
      ...(query.status === undefined ? {} : { outcome: query.status === 0 ? 'delivered' : 'failed' }),
      ...(query.status_code_class === undefined ? {} : { statusClass: query.status_code_class / 100 }),
    });
  }
}

const idOf = ({ id }: LoggedAttempt): string => id;
