import type { AttemptResult } from '../delivery/attempt-result.js';
import { basic, type ClientCredentials } from './endpoint-authentication.js';

/** Bytes of a token server's answer that are read. */
export const TOKEN_ANSWER_BYTES = 16_384;

/** A token that names no lifetime is used for this long. */
const USUAL_LIFETIME_MS = 300_000;
const LONGEST_LIFETIME_MS = 86_400_000;
/** It is renewed this much before its end, so that none expires on its way; a tenth of a short life at most. */
const EARLY_MS = 30_000;
const EARLY_SHARE = 0.1;
/** RFC 6750 §2.1 is narrower; what a header carries unharmed is sent. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;
const ERROR_CODE = /^[a-z_]{1,40}$/;

export interface TokenRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type TokenAnswer =
  | { readonly kind: 'token'; readonly token: string; readonly renewAtMs: number }
  /** `reason`: stable and without anything secret: 'http:401', 'invalid_client', 'timeout:total', … */
  | { readonly kind: 'failed'; readonly reason: string; readonly timedOut: boolean }
  /** The address guard refused the token server. */
  | { readonly kind: 'blocked'; readonly reason: string };

/** RFC 6749 §4.4.2. `credentials`: opened. */
export function tokenRequest(credentials: ClientCredentials): TokenRequest {
  const { tokenUrl, clientId, clientSecret, scope, audience, clientAuthentication } = credentials;
  const inBody = clientAuthentication === 'body';
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
    ...(inBody ? { client_id: clientId, client_secret: clientSecret } : {}),
  });
  return {
    url: tokenUrl,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      // §2.3.1: encoded as in a form first, so that a colon in the id does no harm.
      ...(inBody ? {} : { authorization: basic(formEncoded(clientId), formEncoded(clientSecret)) }),
    },
    body: Buffer.from(form.toString()),
  };
}

/** RFC 6749 §5. */
export function readTokenAnswer(result: AttemptResult, nowMs: number): TokenAnswer {
  switch (result.kind) {
    case 'response':
      return result.status >= 200 && result.status < 300
        ? tokenIn(result.body, nowMs)
        : failed(errorIn(result.body, result.status));
    case 'timeout':
      return { kind: 'failed', reason: `timeout:${result.phase}`, timedOut: true };
    case 'network-error':
      return failed(`network:${result.code}`);
    case 'blocked-address':
      return { kind: 'blocked', reason: result.reason };
  }
}

function tokenIn(text: string, nowMs: number): TokenAnswer {
  const { access_token: token, token_type: type, expires_in: lifetime } = fieldsOf(text);
  if (typeof token !== 'string' || !TOKEN.test(token)) return failed('no-token');
  if (type !== undefined && (typeof type !== 'string' || type.toLowerCase() !== 'bearer')) return failed('token-type');
  // Some write the number as a string.
  const seconds = typeof lifetime === 'string' ? Number(lifetime) : lifetime;
  const known = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0;
  const lifetimeMs = known ? Math.min(seconds * 1_000, LONGEST_LIFETIME_MS) : USUAL_LIFETIME_MS;
  return { kind: 'token', token, renewAtMs: nowMs + lifetimeMs - Math.min(EARLY_MS, lifetimeMs * EARLY_SHARE) };
}

function errorIn(text: string, status: number): string {
  const { error } = fieldsOf(text);
  return typeof error === 'string' && ERROR_CODE.test(error) ? error : `http:${String(status)}`;
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

const failed = (reason: string): TokenAnswer => ({ kind: 'failed', reason, timedOut: false });
const formEncoded = (text: string): string => new URLSearchParams({ t: text }).toString().slice(2);
