import { AppError } from '../errors.js';
import type { MessageId } from '../ids.js';
import { signatureHeader, type SigningKey } from './signing-key.js';

export class UnsignableMessageError extends AppError {
  readonly code = 'message_unsignable';
}

/**
 * The three headers of one attempt (Standard Webhooks 1.0.0). The id stays the same on every attempt; the
 * timestamp is the attempt's own.
 * @throws UnsignableMessageError for an id with a full stop, which would let two messages share one signature
 */
export function webhookHeaders(
  id: MessageId,
  attemptAt: Date,
  body: Uint8Array,
  keys: readonly SigningKey[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  if (id.includes('.')) throw new UnsignableMessageError(`webhook-id must not contain ".": ${id}`);
  if (keys.length === 0) throw new UnsignableMessageError('no signing key: nothing is sent unsigned');
  const timestamp = Math.floor(attemptAt.getTime() / 1_000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatureHeader(id, timestamp, body, keys),
  };
}
