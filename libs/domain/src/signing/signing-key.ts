import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { AppError } from '../errors.js';
import type { MessageId } from '../ids.js';

export class SigningKeyError extends AppError {
  readonly code = 'signing_key_invalid';
}

/**
 * A key that signs by Standard Webhooks 1.0.0: `whsec_` (24 to 64 bytes, HMAC-SHA256, label v1) or
 * `whsk_` (ed25519 seed, or seed and public key, label v1a).
 */
export interface SigningKey {
  readonly scheme: 'v1' | 'v1a';
  readonly key: KeyObject;
}

// DER around a raw ed25519 seed (RFC 8410 §7): node:crypto takes no raw private key.
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @throws SigningKeyError naming what is wrong with the text */
export function parseSigningKey(text: string): SigningKey {
  if (text.startsWith('whsk_')) return asymmetric(base64(text.slice(5)));
  const key = base64(text.startsWith('whsec_') ? text.slice(6) : text);
  if (key.length < 24 || key.length > 64) {
    throw new SigningKeyError(`a whsec_ secret holds 24 to 64 bytes; this one holds ${String(key.length)}`);
  }
  return { scheme: 'v1', key: createSecretKey(key) };
}

export type SignatureType = 'hmac256' | 'ed25519';
export const SIGNATURE_TYPES = ['hmac256', 'ed25519'] as const satisfies readonly SignatureType[];

export function newSecret(type: SignatureType): string {
  switch (type) {
    case 'hmac256':
      return newSymmetricSecret();
    case 'ed25519':
      return `whsk_${randomBytes(32).toString('base64')}`;
  }
}

export function newSymmetricSecret(): string {
  return `whsec_${randomBytes(24).toString('base64')}`;
}

export const signatureTypeOf = ({ scheme }: SigningKey): SignatureType => (scheme === 'v1a' ? 'ed25519' : 'hmac256');

/**
 * What a receiver verifies with: the secret itself where both sides share it (`whsec_`), else the public half of it
 * (`whpk_`).
 * @throws SigningKeyError as parseSigningKey
 */
export function verificationKey(text: string): string {
  const { scheme, key } = parseSigningKey(text);
  return scheme === 'v1' ? text : `whpk_${publicHalf(key).toString('base64')}`;
}

/**
 * The webhook-signature header over the bytes as they will go out: one entry for each live key, newest first,
 * so that a receiver keeps verifying while keys rotate.
 */
export function signatureHeader(
  id: MessageId,
  timestampSeconds: number,
  body: Uint8Array,
  keys: readonly SigningKey[],
): string {
  const prefix = `${id}.${String(timestampSeconds)}.`;
  let header = '';
  for (const signingKey of keys) header += (header === '' ? '' : ' ') + signatureEntry(prefix, body, signingKey);
  return header;
}

function signatureEntry(prefix: string, body: Uint8Array, signingKey: SigningKey): string {
  switch (signingKey.scheme) {
    case 'v1':
      return `v1,${createHmac('sha256', signingKey.key).update(prefix).update(body).digest('base64')}`;
    case 'v1a':
      return `v1a,${sign(null, Buffer.concat([Buffer.from(prefix), body]), signingKey.key).toString('base64')}`;
  }
}

function asymmetric(bytes: Buffer): SigningKey {
  if (bytes.length !== 32 && bytes.length !== 64) {
    throw new SigningKeyError(`a whsk_ key holds 32 or 64 bytes; this one holds ${String(bytes.length)}`);
  }
  const der = Buffer.concat([PKCS8_ED25519, bytes.subarray(0, 32)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  if (bytes.length === 64 && !publicHalf(key).equals(bytes.subarray(32))) {
    throw new SigningKeyError('the two halves of this whsk_ key do not belong together');
  }
  return { scheme: 'v1a', key };
}

/** The last 32 bytes of the DER form are the raw key (RFC 8410 §4). */
function publicHalf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** Standard base64, padded in full or not at all. */
function base64(text: string): Buffer {
  const digits = text.replace(/={1,2}$/, '');
  const padded = digits.length < text.length;
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1 || (padded && text.length % 4 !== 0)) {
    throw new SigningKeyError('a signing key is written in standard base64');
  }
  return Buffer.from(digits, 'base64');
}
