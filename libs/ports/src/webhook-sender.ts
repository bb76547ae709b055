import type { AttemptResult, EndpointTls } from '@signpost/domain';

/** Milliseconds. `firstByte` counts from the request being sent; `total` from the first look at the address. */
export interface AttemptTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
}

export interface WebhookRequest {
  readonly url: string;
  /** Absent: POST. */
  readonly method?: 'POST' | 'PUT';
  /** Lower-case names. Content-length, host and hop-by-hop headers are the sender's own business. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly timeouts: AttemptTimeouts;
  /** Requests of different `tls` never share a connection. */
  readonly tls?: EndpointTls;
  /** Bytes of the answer's body that the result is to hold; absent: as many as of every other answer. */
  readonly answerBytes?: number;
}

export interface OptionsRequest extends Omit<WebhookRequest, 'body' | 'method'> {
  /** Lower-case names of what the result is to hold of the answer's headers. */
  readonly answerHeaders: readonly string[];
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
  /** One POST, or PUT: no redirect is followed, the answer is capped while it is read. Never rejects for what a receiver did. */
  abstract send(request: WebhookRequest): Promise<AttemptResult>;
}

/** Asks a receiver something without delivering anything: under the guard, the bounds and the clock of every delivery. */
export abstract class OptionsSender {
  /** One OPTIONS. Never rejects for what a receiver did. */
  abstract options(request: OptionsRequest): Promise<AttemptResult>;
}

/**
 * Judges a URL without calling it, by the literal address in it or by what its name stands for now. A public name
 * that cannot be looked up passes: it may be set up later, and every attempt looks again.
 */
export abstract class UrlPolicy {
  abstract refusal(url: string): Promise<UrlRefusal | undefined>;
}
