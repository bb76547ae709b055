import { AddressPolicy, hostOf, isFramingHeader, type AttemptResult, type SecretBox } from '@signpost/domain';
import { WebhookSender, type OptionsRequest, type OptionsSender, type WebhookRequest } from '@signpost/ports';
import { Attempt, type AttemptEvents } from './attempt/attempt.js';
import type { NetworkCode } from './attempt/network-code.js';
import { resolverOf, type Resolve } from './connect/resolve.js';
import type { SocketTarget } from './connect/open-socket.js';
import { ClientCertificateError, TlsIdentities } from './connect/tls-identities.js';
import type { EgressConfig } from './egress.config.js';
import type { Connection, RequestParts } from './pool/connection.js';
import { ConnectionPool, type PoolStatus } from './pool/connection-pool.js';

interface OpenDestination {
  readonly kind: 'open';
  readonly origin: string;
  readonly target: SocketTarget;
  readonly path: string;
}
type Destination = OpenDestination | { readonly kind: 'refused'; readonly code: string };

export interface SenderParts {
  /** Opens the private keys of client certificates; without it no such endpoint is called. */
  readonly secretBox?: SecretBox;
  /** What a test replaces. */
  readonly resolve?: Resolve;
}

type Outgoing = Omit<WebhookRequest, 'body' | 'method'> & {
  readonly method: RequestParts['method'];
  readonly body: Buffer | null;
  readonly answerHeaders?: readonly string[];
};

/** URLs whose parsed form is remembered; the oldest is forgotten first. */
const REMEMBERED_URLS = 4_096;
/**
 * Beyond the kept part of a body this much of an answer is read and dropped, its head and framing included, so that
 * the connection can be used again; more, and it is closed.
 */
const DROPPED_BYTES = 131_072;

/** The one way out: HTTP/1.1 over kept connections, guarded, bounded and timed by the attempt. */
export class UndiciWebhookSender extends WebhookSender implements OptionsSender {
  private readonly policy: AddressPolicy;
  private readonly pool: ConnectionPool;
  private readonly identities: TlsIdentities;
  private readonly destinations = new Map<string, Destination>();
  private readonly running = new Set<Attempt>();
  private closed = false;

  constructor(
    private readonly config: EgressConfig,
    parts: SenderParts = {},
  ) {
    super();
    this.policy = new AddressPolicy(config);
    this.pool = new ConnectionPool(config, {
      policy: this.policy,
      resolve: parts.resolve ?? resolverOf(config),
      mostAnswerBytes: config.responseBodyBytes + DROPPED_BYTES,
      ...(config.proxy === undefined ? {} : { proxy: config.proxy }),
    });
    this.identities = new TlsIdentities(config.certificateAuthorities, parts.secretBox);
  }

  status(): PoolStatus {
    return this.pool.status();
  }

  override send(request: WebhookRequest): Promise<AttemptResult> {
    return this.exchange({ ...request, method: request.method ?? 'POST' });
  }

  options(request: OptionsRequest): Promise<AttemptResult> {
    return this.exchange({ ...request, method: 'OPTIONS', body: null });
  }

  private exchange(request: Outgoing): Promise<AttemptResult> {
    const destination = this.destinationOf(request.url);
    if (destination.kind === 'refused') {
      return Promise.resolve({ kind: 'blocked-address', reason: destination.code, timing: { totalMs: 0 } });
    }
    if (this.closed) return Promise.resolve(notSent('SENDER_CLOSED'));
    const target = this.targetOf(destination, request);
    if (target === undefined) return Promise.resolve(notSent('CLIENT_CERT_UNUSABLE'));
    const { method, body } = request;
    const parts = { method, path: destination.path, headers: this.headersOf(request), body };
    return new Promise((resolve) => {
      const cancel = (): void => resolve(notSent('SENDER_CLOSED'));
      const start = (connection: Connection): void => this.run(connection, parts, request, resolve);
      if (!this.pool.acquire(destination.origin, target, { start, cancel })) resolve(notSent('SENDER_BUSY'));
    });
  }

  /** Undefined: the endpoint's certificate cannot be used, and nobody else's is. */
  private targetOf({ target }: OpenDestination, { tls }: Outgoing): SocketTarget | undefined {
    if (target.protocol !== 'https:') return target;
    try {
      return { ...target, identity: this.identities.of(tls) };
    } catch (error) {
      if (error instanceof ClientCertificateError) return undefined;
      throw error;
    }
  }

  /** Ends what is under way as SENDER_CLOSED and closes every connection. */
  close(): void {
    this.closed = true;
    for (const attempt of this.running) attempt.fail('SENDER_CLOSED');
    this.pool.closeAll();
  }

  private run(
    first: Connection,
    parts: RequestParts,
    { timeouts, answerHeaders, answerBytes }: Outgoing,
    resolve: (result: AttemptResult) => void,
  ): void {
    let connection = first;
    const events: AttemptEvents = {
      settled: (result, leaving) => {
        this.running.delete(attempt);
        if (leaving === 'keep') this.pool.giveBack(connection);
        // Not from inside undici's callback, which goes on to use what would be destroyed under it.
        else queueMicrotask(() => this.pool.discard(connection));
        resolve(result);
      },
      stale: () =>
        queueMicrotask(() => {
          connection = this.pool.replace(connection);
          connection.run(attempt, parts);
        }),
    };
    const attempt = new Attempt(timeouts, answerBytes ?? this.config.responseBodyBytes, events, answerHeaders);
    this.running.add(attempt);
    connection.run(attempt, parts);
  }

  private headersOf(request: Outgoing): string[] {
    const headers: string[] = [];
    let named = false;
    for (const name of Object.keys(request.headers)) {
      if (isFramingHeader(name)) continue;
      if (name === 'user-agent') named = true;
      headers.push(name, request.headers[name] ?? '');
    }
    if (!named) headers.push('user-agent', this.config.userAgent);
    return headers;
  }

  private destinationOf(url: string): Destination {
    const known = this.destinations.get(url);
    if (known !== undefined) return known;
    if (this.destinations.size >= REMEMBERED_URLS) {
      const [oldest] = this.destinations.keys();
      if (oldest !== undefined) this.destinations.delete(oldest);
    }
    const destination = this.judge(url);
    this.destinations.set(url, destination);
    return destination;
  }

  private judge(text: string): Destination {
    const verdict = this.policy.judgeUrl(text);
    if (verdict.kind === 'refused') return verdict;
    const { url } = verdict;
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    return {
      kind: 'open',
      origin: url.origin,
      target: { protocol: url.protocol, host: hostOf(url), port },
      path: url.pathname + url.search,
    };
  }
}

function notSent(code: NetworkCode): AttemptResult {
  return { kind: 'network-error', code, timing: { totalMs: 0 } };
}
