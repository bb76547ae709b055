import { Controller, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EmptyOut } from '@signpost/contracts';
import { Metrics } from '@signpost/observability';
import { AuditLog, RecordSink, RedeliveryStore } from '@signpost/ports';
import { ApiError, ApiKeyGuard, CallerOf, requestTrace, type Caller } from '@signpost/runtime';
import { Documented } from '../http/documented.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { MessageLookup } from '../messages/message-lookup.js';
import { Owned } from '../owned.js';
import { redeliveryRecords } from './redelivery-records.js';

const KAFKA_WITHIN_MS = 5_000;

@ApiTags('Message Attempt')
@Controller('api/v1/app/:appId/msg/:messageId/endpoint/:endpointId/resend')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class ResendController {
  constructor(
    private readonly owned: Owned,
    private readonly lookup: MessageLookup,
    private readonly redeliveries: RedeliveryStore,
    private readonly sink: RecordSink,
    private readonly metrics: Metrics,
    private readonly audit: AuditLog,
  ) {}

  @Post()
  @HttpCode(202)
  @Documented({
    id: 'v1.message-attempt.resend',
    summary: 'Send a message to an endpoint once more, whatever became of it, and also one that it had not asked for',
    needs: 'ops',
    portal: 'CreateAttempts',
    answers: { 202: EmptyOut },
  })
  async resend(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('messageId') messageId: string,
    @FromPath('endpointId') endpointId: string,
  ): Promise<Record<string, never>> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    const message = await this.lookup.find(endpoint.applicationId, messageId);
    const object = { kind: 'message', id: message.id, applicationId: endpoint.applicationId } as const;
    await this.audit.record(caller.organisationId, 'message.resend', object, { after: { endpointId: endpoint.id } });
    const asked = await this.redeliveries.ask(message.id, endpoint.id);
    if (asked === undefined) throw payloadGone(message.id);
    const { redelivery, isOpen } = asked;
    const how = { by: 'resend', isOpen } as const;
    const trace = requestTrace()?.carrier();
    const { delivery, fact } = redeliveryRecords(redelivery, endpoint.version, how, Date.now(), trace);
    await this.sink.appendWithin(delivery, KAFKA_WITHIN_MS);
    await this.sink.appendWithin(fact, KAFKA_WITHIN_MS);
    // It is sent whether this is noted or not: its facts say so too.
    await this.redeliveries.handedOver(redelivery).catch(() => undefined);
    this.metrics.of.redeliveriesAsked.inc({ by: 'resend' });
    return {};
  }
}

const payloadGone = (messageId: string): ApiError =>
  new ApiError(
    400,
    'missing_payload',
    `The payload of ${messageId} has expired or was expunged, so the message cannot be sent again. Publish it anew.`,
  );
