import type { AttemptResult } from '@signpost/domain';

/** Milliseconds. `firstByte` counts from the request being sent; `total` from the first look at the address. */
export interface AttemptTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
}

export interface WebhookRequest {
  readonly url: string;
  /** Lower-case names. Content-length, host and hop-by-hop headers are the sender's own business. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly timeouts: AttemptTimeouts;
}

/** Why a URL may not be registered or called. */
export interface UrlRefusal {
  /** Stable: 'scheme', 'user-info', 'port', 'host-name', 'private-address', 'invalid'. */
  readonly code: string;
  /** For the endpoint's owner: what is wrong and what to do. */
  readonly reason: string;
}

/** The one way out. */
export abstract class WebhookSender {
  /** One POST: no redirect is followed, the answer is capped while it is read. Never rejects for what a receiver did. */
  abstract send(request: WebhookRequest): Promise<AttemptResult>;
}

/** Judges a URL without calling it; also the literal addresses in it. Names are judged when they are looked up. */
export abstract class UrlPolicy {
  abstract refusal(url: string): UrlRefusal | undefined;
}
