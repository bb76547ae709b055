import { isUtf8 } from 'node:buffer';
import { Controller, Inject, Param, Post, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { MessageBatchIn, MessageIn, PUBLISH_OPERATIONS, PublishQuery } from '@signpost/contracts';
import { sliceElements, sliceMember, type Application } from '@signpost/domain';
import { Metrics } from '@signpost/observability';
import {
  ApiError,
  ApiKeyGuard,
  CallerOf,
  check,
  CheckedQuery,
  Documented,
  notFound,
  parseJsonBody,
  RawBody,
  type Caller,
} from '@signpost/runtime';
import { ApplicationFinder } from '../application-finder.js';
import { INGEST_CONFIG, type IngestConfig } from '../ingest.config.js';
import { messageOut, messagesOut } from './message-out.js';
import { Publisher, type Draft } from './publisher.js';

/** Beyond these, who names an unknown application is answered at once. */
const MOST_AWAITED = 256;

/** Events over HTTP, in the form of the Svix API. */
@Controller('api/v1/app/:appId/msg')
@UseGuards(ApiKeyGuard)
export class PublishController {
  constructor(
    private readonly finder: ApplicationFinder,
    private readonly publisher: Publisher,
    private readonly metrics: Metrics,
    @Inject(INGEST_CONFIG) private readonly config: IngestConfig,
  ) {}

  @Post()
  @Documented(PUBLISH_OPERATIONS.create)
  async create(
    @CallerOf() caller: Caller,
    @Param('appId') appId: string,
    @CheckedQuery(PublishQuery) query: { with_content: boolean },
    @RawBody() body: Buffer,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const messages = await this.counted(async () => {
      const message = check(MessageIn, parseBody(body), 'body');
      const application = await this.application(caller, appId);
      return this.publisher.publish(application, [{ message, payload: payloadOf(body) }], Date.now());
    });
    const [message] = messages;
    if (message !== undefined) await accepted(reply, messageOut(message, query.with_content));
  }

  @Post('batch')
  @Documented(PUBLISH_OPERATIONS.createBatch)
  async createBatch(
    @CallerOf() caller: Caller,
    @Param('appId') appId: string,
    @CheckedQuery(PublishQuery) query: { with_content: boolean },
    @RawBody() body: Buffer,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const messages = await this.counted(async () => {
      const { data } = check(MessageBatchIn, parseBody(body), 'body');
      const elements = sliceElements(sliceMember(body, 'data') ?? body);
      const drafts = data.map((message, index): Draft => ({ message, payload: payloadOf(elements[index] ?? body) }));
      return this.publisher.publish(await this.application(caller, appId), drafts, Date.now());
    });
    await accepted(reply, messagesOut(messages, query.with_content));
  }

  private async application({ organisationId }: Caller, idOrUid: string): Promise<Application> {
    const patienceMs = this.finder.awaited < MOST_AWAITED ? this.config.applicationWaitMs : 0;
    const name = { organisationId, idOrUid };
    const found = this.finder.find(name) ?? (await this.finder.findSoon(name, patienceMs));
    if (found === undefined) throw notFound(`The application "${idOrUid}"`);
    return found;
  }

  private async counted<T extends readonly unknown[]>(publish: () => Promise<T>): Promise<T> {
    try {
      const messages = await publish();
      this.metrics.of.messagesAccepted.add(messages.length, { source: 'http' });
      return messages;
    } catch (error) {
      this.metrics.of.messagesRejected.inc({ source: 'http' });
      throw error;
    }
  }
}

function parseBody(body: Buffer): unknown {
  // The text would parse with marks in place of what is no UTF-8, and the payload's bytes would go out unreadable.
  if (!isUtf8(body)) throw new ApiError(400, 'invalid_json', 'The body is not UTF-8. Send JSON in UTF-8.');
  return parseJsonBody(body);
}

function payloadOf(json: Buffer): Buffer {
  const payload = sliceMember(json, 'payload');
  if (payload === undefined) throw new Error('a body that was checked has no payload');
  return payload;
}

async function accepted(reply: FastifyReply, body: Buffer): Promise<void> {
  await reply.status(202).header('content-type', 'application/json').send(body);
}
