import { AddressPolicy, hostOf, isFramingHeader, type AttemptResult } from '@signpost/domain';
import { WebhookSender, type WebhookRequest } from '@signpost/ports';
import { Attempt } from './attempt/attempt.js';
import { dnsResolve, systemResolve, type Resolve } from './connect/resolve.js';
import type { SocketTarget } from './connect/open-socket.js';
import type { EgressConfig } from './egress.config.js';
import type { Connection, RequestParts } from './pool/connection.js';
import { ConnectionPool, type PoolStatus } from './pool/connection-pool.js';

type Destination =
  | { readonly kind: 'open'; readonly origin: string; readonly target: SocketTarget; readonly path: string }
  | { readonly kind: 'refused'; readonly code: string };

/** What a test replaces. */
export interface SenderParts {
  readonly resolve?: Resolve;
  /** PEM; trusted instead of the public authorities. */
  readonly certificateAuthorities?: readonly string[];
}

/** URLs whose parsed form is remembered; the oldest is forgotten first. */
const REMEMBERED_URLS = 4_096;
/**
 * Beyond the kept part of a body this much of an answer is read and dropped, its head and framing included, so that
 * the connection can be used again; more, and it is closed.
 */
const DROPPED_BYTES = 131_072;

/** The one way out: HTTP/1.1 over kept connections, guarded, bounded and timed by the attempt. */
export class UndiciWebhookSender extends WebhookSender {
  private readonly policy: AddressPolicy;
  private readonly pool: ConnectionPool;
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
      resolve: parts.resolve ?? (config.resolver === 'dns' ? dnsResolve() : systemResolve),
      mostAnswerBytes: config.responseBodyBytes + DROPPED_BYTES,
      ...(parts.certificateAuthorities === undefined ? {} : { certificateAuthorities: parts.certificateAuthorities }),
    });
  }

  status(): PoolStatus {
    return this.pool.status();
  }

  override send(request: WebhookRequest): Promise<AttemptResult> {
    const destination = this.destinationOf(request.url);
    if (destination.kind === 'refused') {
      return Promise.resolve({ kind: 'blocked-address', reason: destination.code, timing: { totalMs: 0 } });
    }
    const parts = { path: destination.path, headers: this.headersOf(request), body: request.body };
    return new Promise((resolve) => {
      const cancel = (): void => resolve({ kind: 'network-error', code: 'SENDER_CLOSED', timing: { totalMs: 0 } });
      const start = (connection: Connection): void => this.run(connection, parts, request, resolve);
      if (this.closed) cancel();
      else this.pool.acquire(destination.origin, destination.target, { start, cancel });
    });
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
    { timeouts }: WebhookRequest,
    resolve: (result: AttemptResult) => void,
  ): void {
    let connection = first;
    const attempt = new Attempt(timeouts, this.config.responseBodyBytes, {
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
    });
    this.running.add(attempt);
    connection.run(attempt, parts);
  }

  private headersOf(request: WebhookRequest): string[] {
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
