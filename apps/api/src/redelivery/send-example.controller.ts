import { Controller, Header, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  EventExampleIn,
  messageHeaders,
  messageKey,
  MessageOut,
  TOPICS,
  type MessageRecord,
} from '@signpost/contracts';
import { newId } from '@signpost/domain';
import { AuditLog, RecordSink } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, JsonBody, type Caller, requestTrace } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { messageJson } from '../messages/message-json.js';
import { Owned } from '../owned.js';
import { ExamplePayload } from './example-payload.js';

const KAFKA_WITHIN_MS = 5_000;

@ApiTags('Endpoint')
@Controller('api/v1/app/:appId/endpoint/:endpointId/send-example')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class SendExampleController {
  constructor(
    private readonly owned: Owned,
    private readonly examples: ExamplePayload,
    private readonly sink: RecordSink,
    private readonly audit: AuditLog,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('content-type', 'application/json')
  @Documented({
    id: 'v1.endpoint.send-example',
    summary: "Send an event type's example to an endpoint, and to no other, whatever it asked for",
    needs: 'ops',
    portal: 'CreateAttempts',
    body: EventExampleIn,
    answers: { 200: MessageOut },
  })
  async send(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(EventExampleIn) { eventType, exampleIndex }: z.output<typeof EventExampleIn>,
  ): Promise<string> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    const payload = await this.examples.of(caller, eventType, exampleIndex ?? 0);
    const acceptedAtMs = Date.now();
    const trace = requestTrace()?.carrier();
    const message: MessageRecord = {
      id: newId('msg', acceptedAtMs),
      applicationId: endpoint.applicationId,
      eventType,
      acceptedAtMs,
      payload,
      onlyEndpointId: endpoint.id,
      ...(trace === undefined ? {} : { trace }),
    };
    const record = {
      topic: TOPICS.messages,
      key: messageKey(message),
      value: payload,
      headers: messageHeaders(message),
    };
    const { id, applicationId } = endpoint;
    const object = { kind: 'endpoint', id, applicationId } as const;
    const after = { messageId: message.id, eventType };
    await this.audit.record(caller.organisationId, 'endpoint.send-example', object, { after });
    await this.sink.appendWithin(record, KAFKA_WITHIN_MS);
    return messageJson({ ...message, acceptedAt: new Date(acceptedAtMs) }, true);
  }
}
