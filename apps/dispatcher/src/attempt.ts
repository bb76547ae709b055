import {
  judge,
  laneSignal,
  loggedRequestHeaders,
  requestHeaders,
  webhookHeaders,
  type AttemptResult,
  type AttemptTiming,
  type Endpoint,
  type LaneSignal,
  type Verdict,
} from '@signpost/domain';
import type { Log } from '@signpost/observability';
import type { AttemptTimeouts, WebhookSender } from '@signpost/ports';
import type { QueuedDelivery } from './queued-delivery.js';
import type { SigningKeys } from './signing-keys.js';

/** One attempt, judged. */
export interface Attempted {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly verdict: Verdict;
  readonly timing: AttemptTiming;
  readonly status?: number;
  readonly responseBody?: string;
  /** As AttemptFact has them. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** What it said of the endpoint as a whole; undefined when nothing was asked of it. */
  readonly signal: LaneSignal | undefined;
  /** As the metrics name it. */
  readonly outcome: AttemptOutcome;
}

export type AttemptOutcome =
  'delivered' | 'http-error' | 'timeout' | 'network-error' | 'gone' | 'blocked-address' | 'unsigned' | 'breaker-open';

/** Signs, sends and judges. Never rejects: whatever happens to an attempt is a verdict on it. */
export class Attempts {
  constructor(
    private readonly sender: WebhookSender,
    private readonly keys: SigningKeys,
    private readonly timeouts: AttemptTimeouts,
    private readonly log: Log,
  ) {}

  async make(entry: QueuedDelivery, endpoint: Endpoint): Promise<Attempted> {
    const startedAt = new Date();
    const headers = this.sign(entry, endpoint, startedAt);
    if (headers === undefined) return unsigned(startedAt);
    const result = await this.send(entry, endpoint, headers);
    return judged(result, startedAt, new Date(), headers);
  }

  private sign(entry: QueuedDelivery, endpoint: Endpoint, at: Date): Readonly<Record<string, string>> | undefined {
    const keys = this.keys.of(endpoint);
    if (keys === undefined) return undefined;
    return requestHeaders(endpoint.headers, {
      'content-type': 'application/json',
      ...webhookHeaders(entry.delivery.messageId, at, entry.payload, keys),
    });
  }

  private async send(
    entry: QueuedDelivery,
    endpoint: Endpoint,
    headers: Readonly<Record<string, string>>,
  ): Promise<AttemptResult> {
    try {
      const { url, tls } = endpoint;
      const request = { url, headers, body: entry.payload, timeouts: this.timeouts };
      return await this.sender.send(tls === undefined ? request : { ...request, tls });
    } catch (error) {
      // A fault of ours: it must cost this delivery an attempt, not all deliveries their process.
      this.log.error('the sender failed', error, { endpointId: endpoint.id, deliveryId: entry.delivery.id });
      return { kind: 'network-error', code: 'INTERNAL', timing: { totalMs: 0 } };
    }
  }
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

/** The schedule's clock runs on while the breaker is open: what falls due has failed, and nobody was asked. */
export function refused(nowMs: number): Attempted {
  return withoutRequest('breaker-open', 'breaker-open', nowMs);
}

function withoutRequest(reason: string, outcome: AttemptOutcome, atMs: number): Attempted {
  return {
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
