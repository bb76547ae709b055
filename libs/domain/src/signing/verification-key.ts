import { createHmac, createPublicKey, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import { parseSigningKey, SigningKeyError, verificationKey, type SigningKey } from './signing-key.js';

/** What a receiver checks signatures with: the shared secret, or the public half of a pair. */
export interface VerificationKey {
  readonly scheme: SigningKey['scheme'];
  readonly key: KeyObject;
}

// DER around a raw ed25519 public key (RFC 8410 §4).
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');
const PUBLIC = 'whpk_';
const PUBLIC_BYTES = 32;

/**
 * From `whsec_…` or its base64 alone, from `whpk_…`, or from the private `whsk_…`.
 * @throws SigningKeyError naming what is wrong with the text
 */
export function parseVerificationKey(text: string): VerificationKey {
  const shown = text.startsWith(PUBLIC) ? text : verificationKey(text);
  if (!shown.startsWith(PUBLIC)) return parseSigningKey(shown);
  const digits = shown.slice(PUBLIC.length);
  const raw = Buffer.from(digits, 'base64');
  if (raw.length !== PUBLIC_BYTES || raw.toString('base64').replace(/=+$/, '') !== digits.replace(/=+$/, '')) {
    throw new SigningKeyError('a whpk_ key holds 32 bytes in standard base64');
  }
  return {
    scheme: 'v1a',
    key: createPublicKey({ key: Buffer.concat([SPKI_ED25519, raw]), format: 'der', type: 'spki' }),
  };
}

/** Whether this is the signature over `<id>.<timestamp>.<body>`; the time that it takes says nothing of where they differ. */
export function isSignatureOf(
  signature: Uint8Array,
  id: string,
  timestamp: string,
  body: Uint8Array,
  { scheme, key }: VerificationKey,
): boolean {
  const prefix = `${id}.${timestamp}.`;
  switch (scheme) {
    case 'v1': {
      const expected = createHmac('sha256', key).update(prefix).update(body).digest();
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    }
    case 'v1a':
      return verify(null, Buffer.concat([Buffer.from(prefix), body]), key, signature);
  }
}
