import { Controller, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { TransformationTrialIn, TransformationTrialOut, type TransformationTrialResultOut } from '@signpost/contracts';
import {
  contentMismatchOf,
  isTypePattern,
  withMadePath,
  type ApplicationId,
  type AskingContent,
  type MadeRequest,
} from '@signpost/domain';
import {
  DeliveryLogReader,
  Transformer,
  type KeptEndpoint,
  type LoggedMessage,
  type ObservedRun,
} from '@signpost/ports';
import { ApiError, ApiKeyGuard, CallerOf, JsonBody, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { MessageLookup } from '../messages/message-lookup.js';
import { Owned } from '../owned.js';
import { Transformations } from './transformations.js';

type Asked = z.output<typeof TransformationTrialIn>;

interface Tried {
  readonly msgId?: string;
  readonly eventType: string;
  readonly payload: Buffer;
  readonly atMs: number;
}

/** In this process; each holds its messages in memory. */
const MOST_TRIALS = 8;
/** Messages, in search of those that the endpoint asks for. */
const LOOKED_AT = 100;
/** Of one application: code that runs for as long as it may holds up nobody else's trials. */
const MOST_OF_ONE = 2;

@ApiTags('Transformation')
@Controller('api/v1/app/:appId/endpoint/:endpointId/transformation/try')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class TransformationTrialsController {
  /** The applications of those that are running. */
  private readonly running: ApplicationId[] = [];

  constructor(
    private readonly owned: Owned,
    private readonly log: DeliveryLogReader,
    private readonly lookup: MessageLookup,
    private readonly transformer: Transformer,
    private readonly transformations: Transformations,
  ) {}

  @Post()
  @HttpCode(200)
  @Documented({
    id: 'v1.endpoint.transformation-try',
    summary:
      'Try code, or a version, on recent messages: what would be sent, what it logged, what it used. Nothing is sent or kept',
    portal: 'ManageTransformations',
    body: TransformationTrialIn,
    answers: { 200: TransformationTrialOut },
  })
  async try(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(TransformationTrialIn) body: Asked,
  ): Promise<TransformationTrialOut> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    const { applicationId } = endpoint;
    const own = this.running.filter((id) => id === applicationId).length;
    if (own >= MOST_OF_ONE || this.running.length >= MOST_TRIALS) throw busy();
    this.running.push(applicationId);
    try {
      const code = await this.codeOf(endpoint, body);
      const data: TransformationTrialResultOut[] = [];
      for (const tried of await this.messagesOf(endpoint, body)) data.push(await this.run(endpoint, code, tried));
      return { data };
    } finally {
      this.running.splice(this.running.indexOf(applicationId), 1);
    }
  }

  private async codeOf(endpoint: KeptEndpoint, { code, version }: Asked): Promise<string> {
    if (code !== undefined) return code;
    if (version !== undefined) return this.transformations.codeOfVersion(endpoint, version);
    const inForce = this.transformations.codeOf(endpoint);
    if (inForce !== undefined) return inForce;
    throw new ApiError(409, 'no_transformation', 'This endpoint has no transformation. Give the code to try.');
  }

  private async messagesOf(endpoint: KeptEndpoint, { example, messageIds, limit }: Asked): Promise<readonly Tried[]> {
    if (example !== undefined) {
      const payload = Buffer.from(JSON.stringify(example.payload));
      return [{ eventType: example.eventType, payload, atMs: Date.now() }];
    }
    const { applicationId } = endpoint;
    if (messageIds !== undefined) {
      const messages: LoggedMessage[] = [];
      for (const id of messageIds) messages.push(await this.lookup.find(applicationId, id));
      return messages.map((message) => triedOf(message) ?? gone(message.id));
    }
    const asking = askingOf(endpoint);
    // The log finds whole names of types. What else the endpoint asks by is looked for among the newest.
    const filter = asking.eventTypes?.some(isTypePattern) === false ? { eventTypes: asking.eventTypes } : {};
    const { rows } = await this.log.messages(applicationId, { limit: LOOKED_AT, order: 'descending' }, filter);
    const asked = rows.filter(
      (message) => contentMismatchOf(asking, { ...message, acceptedAtMs: message.acceptedAt.getTime() }) === undefined,
    );
    return asked.flatMap((message) => triedOf(message) ?? []).slice(0, limit);
  }

  private async run(
    { applicationId, url }: KeptEndpoint,
    code: string,
    tried: Tried,
  ): Promise<TransformationTrialResultOut> {
    const { msgId, eventType, payload, atMs } = tried;
    const observed = await this.transformer.observe({ applicationId, code, input: { url, eventType, payload, atMs } });
    const { console, cpuMs, memoryBytes } = observed;
    return {
      ...(msgId === undefined ? {} : { msgId }),
      eventType,
      ...outcomeOut(observed),
      before: { method: 'POST', url, body: payload.toString('utf8') },
      ...(observed.outcome.kind === 'made' ? { after: afterOut(observed.outcome, url, payload) } : {}),
      console: [...console],
      cpuMs,
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    };
  }
}

function askingOf({ id, eventTypes, channels, filters }: KeptEndpoint): AskingContent {
  return {
    id,
    ...(eventTypes === undefined ? {} : { eventTypes }),
    ...(channels === undefined ? {} : { channels }),
    ...(filters === undefined ? {} : { filters }),
  };
}

function outcomeOut({ outcome }: ObservedRun): Pick<TransformationTrialResultOut, 'outcome' | 'message' | 'line'> {
  if (outcome.kind !== 'fault') return { outcome: outcome.kind };
  const { code, message, line } = outcome;
  return { outcome: code, message, ...(line === undefined ? {} : { line }) };
}

function afterOut({ method = 'POST', path, headers, body }: MadeRequest, url: string, payload: Buffer) {
  return {
    method,
    url: withMadePath(url, path),
    headers: { 'content-type': 'application/json', ...headers },
    body: body ?? payload.toString('utf8'),
    bodyChanged: body !== undefined,
  };
}

function triedOf({ id, eventType, payload, acceptedAt }: LoggedMessage): Tried | undefined {
  return payload === undefined ? undefined : { msgId: id, eventType, payload, atMs: acceptedAt.getTime() };
}

function gone(messageId: string): never {
  throw new ApiError(
    400,
    'missing_payload',
    `The payload of ${messageId} has expired or was expunged, so that nothing can be tried on it. Choose another message.`,
  );
}

const busy = (): ApiError =>
  new ApiError(503, 'trials_busy', 'Too many transformations are being tried at the moment. Try again in a second.', 1);
