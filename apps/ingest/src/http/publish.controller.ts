import { isUtf8 } from 'node:buffer';
import { Controller, Header, HttpCode, Inject, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MessageBatchIn, MessageIn, PUBLISH_OPERATIONS, PublishQuery } from '@signpost/contracts';
import { AppError, type MessageId, placeBeyondUtf8, sliceElements, sliceMember } from '@signpost/domain';
import { Metrics } from '@signpost/observability';
import {
  ApiError,
  ApiKeyGuard,
  CallerOf,
  check,
  CheckedQuery,
  Documented,
  IDEMPOTENCY_HEADER,
  IdempotentByItself,
  IdempotentRequests,
  notFound,
  parseJsonBody,
  requestTrace,
  RawBody,
  type Caller,
  type KeyedRequest,
} from '@signpost/runtime';
import { ApplicationFinder } from '../application-finder.js';
import { ApplicationMaker, type WantedApplication } from '../application-maker.js';
import { INGEST_CONFIG, type IngestConfig } from '../ingest.config.js';
import { contentOf, type Draft } from './draft.js';
import { checkedDrafts } from '../validation/checked-drafts.js';
import { PayloadValidation, type AcceptingApplication } from '../validation/payload-validation.js';
import { messageOut, messagesOut, type Answered } from './message-out.js';
import { Publisher } from './publisher.js';

/** Beyond these, who names an unknown application is answered at once. */
const MOST_AWAITED = 256;

/** A repeated request is answered from its own messages and the ids that the first one kept. */
const BY_RECALLING = { recalls: true, withoutDatabase: true } as const;

const INTAKE = { stage: 'intake' } as const;

interface Publishing {
  readonly caller: Caller;
  readonly appId: string;
  readonly reply: FastifyReply;
  readonly withContent: boolean;
  readonly read: () => readonly Draft[];
  /** On the clock of performance.now(): when it had come, whole. */
  readonly cameAt: number;
}

/** Events over HTTP, in the form of the Svix API. */
@Controller('api/v1/app/:appId/msg')
@UseGuards(ApiKeyGuard)
export class PublishController {
  constructor(
    private readonly finder: ApplicationFinder,
    private readonly maker: ApplicationMaker,
    private readonly publisher: Publisher,
    private readonly keyed: IdempotentRequests,
    private readonly metrics: Metrics,
    private readonly validation: PayloadValidation,
    @Inject(INGEST_CONFIG) private readonly config: IngestConfig,
  ) {}

  @Post()
  @HttpCode(202)
  @Header('content-type', 'application/json')
  @IdempotentByItself()
  @Documented(PUBLISH_OPERATIONS.create)
  create(
    @CallerOf() caller: Caller,
    @Param('appId') appId: string,
    @CheckedQuery(PublishQuery) { with_content: withContent }: { with_content: boolean },
    @RawBody() body: Buffer,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const read = (): readonly Draft[] => {
      const message = check(MessageIn, parseBody(body), 'body');
      return [{ message, payload: payloadOf(message, body) }];
    };
    const publishing = { caller, appId, reply, withContent, read, cameAt: performance.now() };
    return this.keyed.during({
      request,
      reply,
      options: BY_RECALLING,
      handle: async (key) => {
        const [answered] = await this.accept(publishing, key);
        if (answered === undefined) throw new Error('a request for one message was answered for none');
        return messageOut(answered);
      },
    });
  }

  @Post('batch')
  @HttpCode(202)
  @Header('content-type', 'application/json')
  @IdempotentByItself()
  @Documented(PUBLISH_OPERATIONS.createBatch)
  createBatch(
    @CallerOf() caller: Caller,
    @Param('appId') appId: string,
    @CheckedQuery(PublishQuery) { with_content: withContent }: { with_content: boolean },
    @RawBody() body: Buffer,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const read = (): readonly Draft[] => {
      const { data } = check(MessageBatchIn, parseBody(body), 'body');
      const elements = sliceElements(sliceMember(body, 'data') ?? body);
      return data.map((message, index) => ({ message, payload: payloadOf(message, elements[index] ?? body), index }));
    };
    const publishing = { caller, appId, reply, withContent, read, cameAt: performance.now() };
    return this.keyed.during({
      request,
      reply,
      options: BY_RECALLING,
      handle: async (key) => messagesOut(await this.accept(publishing, key)),
    });
  }

  private async accept(publishing: Publishing, key: KeyedRequest | undefined): Promise<readonly Answered[]> {
    try {
      const drafts = publishing.read();
      const ids = key?.recalled === undefined ? await this.publish(publishing, drafts, key) : idsOf(key.recalled);
      return drafts.flatMap((draft, index) => {
        const id = ids[index];
        const content = contentOf(draft, publishing.withContent);
        return id === undefined ? [] : [{ id, message: draft.message, content }];
      });
    } catch (error) {
      this.metrics.of.messagesRejected.inc({ source: 'http' });
      requestTrace()?.refused(codeOf(error));
      throw error;
    }
  }

  private async publish(
    { caller, appId, reply, cameAt }: Publishing,
    drafts: readonly Draft[],
    key: KeyedRequest | undefined,
  ): Promise<readonly MessageId[]> {
    const application = await this.application(caller, appId, drafts);
    const of = { organisationId: caller.organisationId, application };
    const checked = checkedDrafts(this.validation, of, drafts);
    const { ids, isChecked } = await this.publisher.publish(application, checked, Date.now(), key);
    this.metrics.of.messagesAccepted.add(ids.length, { source: 'http' });
    const tookSeconds = (performance.now() - cameAt) / 1_000;
    const traceId = requestTrace()?.recordedId;
    for (const _ of ids) this.metrics.of.stageDuration.observeTraced(tookSeconds, traceId, INTAKE);
    key?.keep(JSON.stringify(ids));
    if (!isChecked) void reply.header(IDEMPOTENCY_HEADER, 'unchecked');
    return ids;
  }

  private async application(
    { organisationId }: Caller,
    idOrUid: string,
    drafts: readonly Draft[],
  ): Promise<AcceptingApplication> {
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

const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : 'internal_error');

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
  if (!isUtf8(body)) {
    const place = String(placeBeyondUtf8(body));
    throw new ApiError(400, 'invalid_json', `The body is not UTF-8 from byte ${place} on. Send JSON in UTF-8.`);
  }
  return parseJsonBody(body);
}

function payloadOf({ transformationsParams }: MessageIn, json: Buffer): Buffer {
  const raw = transformationsParams?.rawPayload;
  if (raw != null) return Buffer.from(raw);
  const payload = sliceMember(json, 'payload');
  if (payload === undefined) throw new Error('a body that was checked has no payload');
  return payload;
}
