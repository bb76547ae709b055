import { Controller, Get, Header, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  EndpointMessageListQuery,
  EndpointMessageOut,
  EndpointStats,
  EndpointStatsQuery,
  listOf,
} from '@signpost/contracts';
import { timeOfId, type ApplicationId, type DeliveryStatus } from '@signpost/domain';
import { DeliveryLogReader, type EndpointMessage, type LogRange } from '@signpost/ports';
import { ApiError, ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { soughtAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { Owned } from '../owned.js';
import { deliveryStatusOut } from './delivery-status-out.js';
import { LogQuery } from './log-query.js';
import { listJson, messageJson } from './message-json.js';

const DAY_MS = 86_400_000;
const MOST_DAYS = 28;
/** The caller's clock may differ from ours. */
const CLOCKS_DIFFER_MS = 300_000;

/** The peer's statuses, by their numbers. What was given up without a failure is shown among the failures. */
const STATUSES: readonly (readonly DeliveryStatus[])[] = [['success'], ['pending'], ['fail', 'canceled'], ['sending']];

@Controller('api/v1/app/:appId/endpoint/:endpointId')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class EndpointMessagesController {
  constructor(
    private readonly log: DeliveryLogReader,
    private readonly asked: LogQuery,
    private readonly owned: Owned,
  ) {}

  @Get('msg')
  @ApiTags('Message Attempt')
  @Header('content-type', 'application/json')
  @Documented({
    id: 'v1.message-attempt.list-attempted-messages',
    summary: 'List the messages that an endpoint was sent, newest first, and how the delivery of each stands',
    portal: 'ViewBase',
    query: EndpointMessageListQuery,
    answers: { 200: listOf(EndpointMessageOut) },
  })
  async messages(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @CheckedQuery(EndpointMessageListQuery) query: z.output<typeof EndpointMessageListQuery>,
  ): Promise<string> {
    const { id, applicationId } = await this.owned.endpoint(caller, appId, endpointId);
    const statuses = query.status === undefined ? undefined : STATUSES[query.status];
    const messages = await this.log.messagesOfEndpoint(applicationId, id, this.asked.page(query), {
      ...(await this.asked.filter(applicationId, query)),
      ...(statuses === undefined ? {} : { statuses }),
    });
    return listJson(
      soughtAnswer(
        query,
        messages,
        ({ delivery }) => delivery.messageId,
        (row) => endpointMessageJson(row, applicationId, query.with_content),
      ),
    );
  }

  @Get('stats')
  @ApiTags('Endpoint')
  @Documented({
    id: 'v1.endpoint.get-stats',
    summary: 'Count the deliveries of the messages of a time, at most 28 days, by how they stand',
    portal: 'ViewBase',
    query: EndpointStatsQuery,
    answers: { 200: EndpointStats },
  })
  async stats(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @CheckedQuery(EndpointStatsQuery) query: z.output<typeof EndpointStatsQuery>,
  ): Promise<z.output<typeof EndpointStats>> {
    const range = rangeOf(query, Date.now());
    const { id } = await this.owned.endpoint(caller, appId, endpointId);
    return this.log.deliveryCounts(id, range);
  }
}

function endpointMessageJson(row: EndpointMessage, applicationId: ApplicationId, withContent: boolean): string {
  const { delivery, eventType, message } = row;
  const known = message ?? {
    id: delivery.messageId,
    applicationId,
    eventType,
    acceptedAt: new Date(timeOfId(delivery.messageId) ?? 0),
  };
  // Of a message that the log has not yet written the payload is not gone, but not there yet either.
  return messageJson(known, withContent && message !== undefined, deliveryStatusOut(delivery));
}

/** @throws ApiError 400, as the peer's server does */
function rangeOf({ since, until }: z.output<typeof EndpointStatsQuery>, nowMs: number): LogRange {
  const end = until ?? new Date(nowMs);
  if (end.getTime() > nowMs + CLOCKS_DIFFER_MS) throw invalid('until cannot be in the future');
  const start = since ?? new Date(end.getTime() - MOST_DAYS * DAY_MS);
  if (start > end) throw invalid('since cannot be later than until');
  if (end.getTime() - start.getTime() > MOST_DAYS * DAY_MS + CLOCKS_DIFFER_MS) {
    throw invalid(`since cannot be more than ${String(MOST_DAYS)} days before until: ask for less at once`);
  }
  return { since: start, until: end };
}

const invalid = (detail: string): ApiError => new ApiError(400, 'invalid_range', detail);
