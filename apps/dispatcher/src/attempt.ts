import {
  bearerHeader,
  boundedTimeouts,
  judge,
  laneSignal,
  loggedRequestHeaders,
  MASKED,
  webhookHeaders,
  type AttemptResult,
  type AttemptTiming,
  type ClientCredentials,
  type Endpoint,
  type LaneSignal,
  type Verdict,
} from '@signpost/domain';
import type { Log } from '@signpost/observability';
import type { AttemptTimeouts, WebhookSender } from '@signpost/ports';
import type { AccessTokens, Token } from './access-tokens.js';
import { asItCame, type Carried, type Making, type Makings, type OutgoingRequest } from './making.js';
import type { DeliveryTraces } from './delivery-traces.js';
import type { OpenedEndpoint, OpenedEndpoints } from './opened-endpoints.js';
import type { QueuedDelivery } from './queued-delivery.js';

/** One attempt, judged. */
export interface Attempted {
  readonly kind: 'attempted';
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** What passed before there was anything to send: it says nothing of the receiver. */
  readonly preparedMs?: number;
  readonly verdict: Verdict;
  readonly timing: AttemptTiming;
  readonly status?: number;
  readonly responseBody?: string;
  /** Where it went, where that is not the endpoint's own URL. */
  readonly url?: string;
  /** Absent: POST. */
  readonly method?: 'POST' | 'PUT';
  /** Of the transformation that made the request, or failed to. */
  readonly transformation?: number;
  /** What its transformation made just now, for the attempts to come. */
  readonly carried?: Carried;
  /** As AttemptFact has them. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** What it said of the endpoint as a whole; undefined when nothing was asked of it. */
  readonly signal: LaneSignal | undefined;
  /** As the metrics name it. */
  readonly outcome: AttemptOutcome;
}

export type AttemptOutcome =
  | 'delivered'
  | 'http-error'
  | 'timeout'
  | 'network-error'
  | 'gone'
  | 'blocked-address'
  | 'unsigned'
  | 'no-token'
  | 'breaker-open'
  | 'transformation';

/** Its endpoint's transformation wants nothing sent for it: no attempt was made, and none will be. */
export interface Declined {
  readonly kind: 'declined';
  /** Of the transformation. */
  readonly version: number;
  readonly preparedMs: number;
}

/** Signs, sends and judges. Never rejects: whatever happens to an attempt is a verdict on it. */
export class Attempts {
  constructor(
    private readonly sender: WebhookSender,
    private readonly opened: OpenedEndpoints,
    private readonly tokens: AccessTokens,
    private readonly makings: Makings,
    private readonly timeouts: AttemptTimeouts,
    private readonly log: Log,
    private readonly traces: Pick<DeliveryTraces, 'toReceiver' | 'logged'>,
  ) {}

  async make(entry: QueuedDelivery, endpoint: Endpoint): Promise<Attempted | Declined> {
    const made = await this.made(entry, endpoint);
    if (made.kind === 'attempted' && made.verdict.kind !== 'delivered') {
      const { attempt } = entry.delivery;
      this.log.debug('an attempt failed', {
        ...this.traces.logged(entry.delivery),
        attempt,
        reason: made.verdict.reason,
      });
    }
    return made;
  }

  private async made(entry: QueuedDelivery, endpoint: Endpoint): Promise<Attempted | Declined> {
    const startedAt = new Date();
    const opened = this.opened.of(endpoint, startedAt.getTime());
    if (opened === undefined) return unsigned(startedAt);
    if (endpoint.transformation === undefined && entry.delivery.made === undefined) {
      return this.request(entry, endpoint, opened, asItCame(entry, endpoint), startedAt);
    }
    const making = await this.makings.of(entry, endpoint, opened.code);
    const preparedMs = Date.now() - startedAt.getTime();
    if (making.kind !== 'request') return notSent(making, startedAt, preparedMs);
    const attempted = await this.request(entry, endpoint, opened, making, new Date());
    const { url, version, carried, method } = making;
    return {
      ...attempted,
      preparedMs,
      ...(method === undefined ? {} : { method }),
      ...(url === endpoint.url ? {} : { url }),
      ...(version === undefined ? {} : { transformation: version }),
      ...(carried === undefined ? {} : { carried }),
    };
  }

  private async request(
    entry: QueuedDelivery,
    endpoint: Endpoint,
    opened: OpenedEndpoint,
    outgoing: OutgoingRequest,
    startedAt: Date,
  ): Promise<Attempted> {
    const { client } = opened;
    if (client !== undefined) return this.makeWithToken(entry, endpoint, opened, client, outgoing, startedAt);
    const headers = this.headersOf(entry, opened, outgoing, startedAt);
    const result = await this.send(entry, endpoint, outgoing, headers);
    return judged(result, startedAt, new Date(), shownOf(headers, opened));
  }

  /** A token that the receiver refuses is renewed once, and the request made again: both are one attempt. */
  private async makeWithToken(
    entry: QueuedDelivery,
    endpoint: Endpoint,
    opened: OpenedEndpoint,
    client: ClientCredentials,
    outgoing: OutgoingRequest,
    startedAt: Date,
  ): Promise<Attempted> {
    const token = await this.tokens.of(endpoint, client);
    if (token.kind !== 'token') return withoutToken(token, startedAt, new Date());
    const headers = this.headersOf(entry, opened, outgoing, new Date(), token.token);
    const result = await this.send(entry, endpoint, outgoing, headers);
    const refused = result.kind === 'response' && result.status === 401;
    const renewed = refused ? await this.tokens.renewed(endpoint, client, token) : undefined;
    if (renewed?.kind !== 'token') return judged(result, startedAt, new Date(), headers);
    const anew = this.headersOf(entry, opened, outgoing, new Date(), renewed.token);
    return judged(await this.send(entry, endpoint, outgoing, anew), startedAt, new Date(), anew);
  }

  /** Under the endpoint's own, which never take the place of Signpost's. */
  private headersOf(
    entry: QueuedDelivery,
    { headers, keys }: OpenedEndpoint,
    { headers: made, body }: OutgoingRequest,
    at: Date,
    token?: string,
  ): Readonly<Record<string, string>> {
    const traceparent = this.traces.toReceiver(entry);
    return {
      ...headers,
      'content-type': 'application/json',
      ...made,
      ...(traceparent === undefined ? undefined : { traceparent }),
      ...(token === undefined ? undefined : bearerHeader(token)),
      ...webhookHeaders(entry.delivery.messageId, at, body, keys),
    };
  }

  private async send(
    entry: QueuedDelivery,
    endpoint: Endpoint,
    { url, method, body }: OutgoingRequest,
    headers: Readonly<Record<string, string>>,
  ): Promise<AttemptResult> {
    try {
      const { tls } = endpoint;
      const timeouts = boundedTimeouts(this.timeouts, endpoint.timeouts);
      const request = { url, headers, body, timeouts, ...(method === undefined ? undefined : { method }) };
      return await this.sender.send(tls === undefined ? request : { ...request, tls });
    } catch (error) {
      // A fault of ours: it must cost this delivery an attempt, not all deliveries their process.
      this.log.error('the sender failed', error, this.traces.logged(entry.delivery));
      return { kind: 'network-error', code: 'INTERNAL', timing: { totalMs: 0 } };
    }
  }
}

/** What of them may be kept: a key in a header may have any name. */
function shownOf(headers: Readonly<Record<string, string>>, { keyHeader }: OpenedEndpoint) {
  return keyHeader === undefined ? headers : { ...headers, [keyHeader]: MASKED };
}

function judged(
  result: AttemptResult,
  startedAt: Date,
  endedAt: Date,
  sent: Readonly<Record<string, string>>,
): Attempted {
  const verdict = judge(result, endedAt);
  const requestHeaders = loggedRequestHeaders(sent);
  return {
    kind: 'attempted',
    startedAtMs: startedAt.getTime(),
    endedAtMs: endedAt.getTime(),
    verdict,
    timing: result.timing,
    signal: laneSignal(result, endedAt),
    outcome: outcomeOf(verdict, result),
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    ...(result.kind === 'response' ? { status: result.status, responseBody: result.body } : {}),
    ...(result.kind === 'response' && result.headers !== undefined ? { responseHeaders: result.headers } : {}),
  };
}

/** The owner mends nothing by waiting, but the operator may: with the right master key the next attempt is signed. */
function unsigned(startedAt: Date): Attempted {
  return withoutRequest('secret-unreadable', 'unsigned', startedAt.getTime());
}

/** Nothing went to the receiver. A token server that fails counts as the endpoint's failure: its owner chose it. */
function withoutToken(token: Exclude<Token, { kind: 'token' }>, startedAt: Date, endedAt: Date): Attempted {
  const made = {
    kind: 'attempted',
    startedAtMs: startedAt.getTime(),
    endedAtMs: endedAt.getTime(),
    timing: token.timing,
  } as const;
  switch (token.kind) {
    case 'failed':
      return {
        ...made,
        verdict: { kind: 'retryable', reason: `oauth2:${token.reason}`, retryAfterMs: 0 },
        signal: { kind: 'failing', timedOut: token.timedOut },
        outcome: 'no-token',
      };
    case 'blocked':
      return {
        ...made,
        verdict: { kind: 'blocked-address', reason: `blocked-address:oauth2:${token.reason}` },
        signal: undefined,
        outcome: 'blocked-address',
      };
  }
}

/** A fault of the code costs an attempt: by the time of the next its owner may have mended it. */
function notSent(making: Exclude<Making, OutgoingRequest>, startedAt: Date, preparedMs: number): Attempted | Declined {
  if (making.kind === 'declined') return { ...making, preparedMs };
  const { version, reason, message } = making;
  const endedAtMs = startedAt.getTime() + preparedMs;
  const failed = withoutRequest(reason, 'transformation', endedAtMs);
  return { ...failed, preparedMs, transformation: version, responseBody: message };
}

/** The schedule's clock runs on while the breaker is open: what falls due has failed, and nobody was asked. */
export function refused(nowMs: number): Attempted {
  return withoutRequest('breaker-open', 'breaker-open', nowMs);
}

function withoutRequest(reason: string, outcome: AttemptOutcome, atMs: number): Attempted {
  return {
    kind: 'attempted',
    startedAtMs: atMs,
    endedAtMs: atMs,
    verdict: { kind: 'retryable', reason, retryAfterMs: 0 },
    timing: { totalMs: 0 },
    signal: undefined,
    outcome,
  };
}

function outcomeOf(verdict: Verdict, result: AttemptResult): AttemptOutcome {
  switch (verdict.kind) {
    case 'delivered':
    case 'gone':
    case 'blocked-address':
      return verdict.kind;
    case 'retryable':
      return result.kind === 'response' ? 'http-error' : result.kind;
  }
}
