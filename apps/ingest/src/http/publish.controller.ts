import { isUtf8 } from 'node:buffer';
import { Controller, Header, HttpCode, Inject, Param, Post, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { MessageBatchIn, MessageIn, PUBLISH_OPERATIONS, PublishQuery } from '@signpost/contracts';
import { sliceElements, sliceMember, type Application, type MessageId } from '@signpost/domain';
import { Metrics } from '@signpost/observability';
import {
  ApiError,
  ApiKeyGuard,
  CallerOf,
  check,
  CheckedQuery,
  Documented,
  IDEMPOTENCY_HEADER,
  Idempotent,
  KeyOf,
  notFound,
  parseJsonBody,
  RawBody,
  type Caller,
  type KeyedRequest,
} from '@signpost/runtime';
import { ApplicationFinder } from '../application-finder.js';
import { ApplicationMaker, type WantedApplication } from '../application-maker.js';
import { INGEST_CONFIG, type IngestConfig } from '../ingest.config.js';
import { contentOf, type Draft } from './draft.js';
import { messageOut, messagesOut, type Answered } from './message-out.js';
import { Publisher } from './publisher.js';

/** Beyond these, who names an unknown application is answered at once. */
const MOST_AWAITED = 256;

interface Request {
  readonly caller: Caller;
  readonly appId: string;
  readonly reply: FastifyReply;
  readonly key: KeyedRequest | undefined;
  readonly withContent: boolean;
}

/** Events over HTTP, in the form of the Svix API. */
@Controller('api/v1/app/:appId/msg')
@UseGuards(ApiKeyGuard)
export class PublishController {
  constructor(
    private readonly finder: ApplicationFinder,
    private readonly maker: ApplicationMaker,
    private readonly publisher: Publisher,
    private readonly metrics: Metrics,
    @Inject(INGEST_CONFIG) private readonly config: IngestConfig,
  ) {}

  @Post()
  @HttpCode(202)
  @Header('content-type', 'application/json')
  @Idempotent({ recalls: true, withoutDatabase: true })
  @Documented(PUBLISH_OPERATIONS.create)
  async create(
    @CallerOf() caller: Caller,
    @Param('appId') appId: string,
    @CheckedQuery(PublishQuery) query: { with_content: boolean },
    @RawBody() body: Buffer,
    @KeyOf() key: KeyedRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const request = { caller, appId, reply, key, withContent: query.with_content };
    const [answered] = await this.accept(request, () => {
      const message = check(MessageIn, parseBody(body), 'body');
      return [{ message, payload: payloadOf(message, body) }];
    });
    if (answered === undefined) throw new Error('a request for one message was answered for none');
    return messageOut(answered);
  }

  @Post('batch')
  @HttpCode(202)
  @Header('content-type', 'application/json')
  @Idempotent({ recalls: true, withoutDatabase: true })
  @Documented(PUBLISH_OPERATIONS.createBatch)
  async createBatch(
    @CallerOf() caller: Caller,
    @Param('appId') appId: string,
    @CheckedQuery(PublishQuery) query: { with_content: boolean },
    @RawBody() body: Buffer,
    @KeyOf() key: KeyedRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const request = { caller, appId, reply, key, withContent: query.with_content };
    const answered = await this.accept(request, () => {
      const { data } = check(MessageBatchIn, parseBody(body), 'body');
      const elements = sliceElements(sliceMember(body, 'data') ?? body);
      return data.map((message, index) => ({ message, payload: payloadOf(message, elements[index] ?? body), index }));
    });
    return messagesOut(answered);
  }

  private async accept(request: Request, read: () => readonly Draft[]): Promise<readonly Answered[]> {
    try {
      const drafts = read();
      const recalled = request.key?.recalled;
      const ids = recalled === undefined ? await this.publish(request, drafts) : idsOf(recalled);
      return drafts.flatMap((draft, index) => {
        const id = ids[index];
        return id === undefined ? [] : [{ id, message: draft.message, content: contentOf(draft, request.withContent) }];
      });
    } catch (error) {
      this.metrics.of.messagesRejected.inc({ source: 'http' });
      throw error;
    }
  }

  private async publish(request: Request, drafts: readonly Draft[]): Promise<readonly MessageId[]> {
    const { caller, appId, reply, key } = request;
    const application = await this.application(caller, appId, drafts);
    const { ids, isChecked } = await this.publisher.publish(application, drafts, Date.now(), key);
    this.metrics.of.messagesAccepted.add(ids.length, { source: 'http' });
    key?.keep(JSON.stringify(ids));
    if (!isChecked) void reply.header(IDEMPOTENCY_HEADER, 'unchecked');
    return ids;
  }

  private async application(
    { organisationId }: Caller,
    idOrUid: string,
    drafts: readonly Draft[],
  ): Promise<Pick<Application, 'id'>> {
    const name = { organisationId, idOrUid };
    const known = this.finder.find(name);
    if (known !== undefined) return known;
    const wanted = wantedOf(drafts);
    if (wanted !== undefined) return this.maker.make(organisationId, idOrUid, wanted);
    const patienceMs = this.finder.awaited < MOST_AWAITED ? this.config.applicationWaitMs : 0;
    const found = await this.finder.findSoon(name, patienceMs);
    if (found === undefined) throw notFound(`The application "${idOrUid}"`);
    return found;
  }
}

/** What the first answer to the request kept. */
function idsOf(kept: string): readonly MessageId[] {
  return JSON.parse(kept) as readonly MessageId[];
}

/** The first that one of the messages brings along. */
function wantedOf(drafts: readonly Draft[]): WantedApplication | undefined {
  for (const { message, index } of drafts) {
    if (message.application == null) continue;
    const of = index === undefined ? ['body'] : ['body', 'data', String(index)];
    return { fields: message.application, loc: [...of, 'application'] };
  }
  return undefined;
}

function parseBody(body: Buffer): unknown {
  // The text would parse with marks in place of what is no UTF-8, and the payload's bytes would go out unreadable.
  if (!isUtf8(body)) throw new ApiError(400, 'invalid_json', 'The body is not UTF-8. Send JSON in UTF-8.');
  return parseJsonBody(body);
}

function payloadOf({ transformationsParams }: MessageIn, json: Buffer): Buffer {
  const raw = transformationsParams?.rawPayload;
  if (raw != null) return Buffer.from(raw);
  const payload = sliceMember(json, 'payload');
  if (payload === undefined) throw new Error('a body that was checked has no payload');
  return payload;
}
