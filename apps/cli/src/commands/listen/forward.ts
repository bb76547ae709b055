import { webhookHeaders, type MessageId, type SigningKey } from '@signpost/domain';
import { reasonOf } from '../../api/reason.js';
import type { TailedMessage } from './tail.js';

export interface Forwarding {
  readonly url: string;
  readonly key: SigningKey;
  readonly headers: Readonly<Record<string, string>>;
  readonly waitMs: number;
  readonly agent: string;
  readonly signal: AbortSignal;
}

export interface Forwarded {
  /** Undefined: no answer. */
  readonly status?: number;
  readonly error?: string;
  /** Milliseconds until the receiver's answer had come, or until it was given up. */
  readonly tookMs: number;
}

/** Sends one message to the receiver as Signpost sends it, signed anew; never rejects. */
export async function forward(message: TailedMessage, forwarding: Forwarding): Promise<Forwarded> {
  const { url, key, headers, waitMs, agent, signal } = forwarding;
  const startedAtMs = performance.now();
  const took = (): number => Math.round(performance.now() - startedAtMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'user-agent': agent,
        ...webhookHeaders(message.id as MessageId, new Date(), message.payload, [key]),
      },
      body: new Uint8Array(message.payload),
      signal: AbortSignal.any([signal, AbortSignal.timeout(waitMs)]),
    });
    await response.body?.cancel();
    return { status: response.status, tookMs: took() };
  } catch (error) {
    return { error: reasonOf(error), tookMs: took() };
  }
}
