import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { describeVectors } from '@signpost/testing/vectors';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { newId, type MessageId } from '../ids.js';
import {
  newSecret,
  newSymmetricSecret,
  parseSigningKey,
  signatureHeader,
  signatureTypeOf,
  SigningKeyError,
  verificationKey,
} from './signing-key.js';
import { UnsignableMessageError, webhookHeaders } from './webhook-headers.js';

const accepts = (secret: string, body: string, headers: Record<string, string>): boolean => {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
};

describe('what is signed', () => {
  const secret = newSymmetricSecret();
  const key = parseSigningKey(secret);
  const id = newId('msg', Date.now());
  const body = '{"type":"lead.captured","timestamp":"2026-01-02T03:04:05Z","data":{"name":"Zoë"}}';
  const headers = webhookHeaders(id, new Date(), Buffer.from(body), [key]);

  it('is accepted by the public library as it stands', () => {
    expect(accepts(secret, body, headers)).toBe(true);
  });

  it('is rejected with anything changed', () => {
    expect(accepts(secret, body.replace('Zoë', 'Zoe'), headers)).toBe(false);
    expect(accepts(secret, body, { ...headers, 'webhook-id': newId('msg', Date.now()) })).toBe(false);
    expect(
      accepts(secret, body, { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }),
    ).toBe(false);
    const [label = '', mac = ''] = headers['webhook-signature'].split(',');
    const other = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`;
    expect(accepts(secret, body, { ...headers, 'webhook-signature': `${label},${other}` })).toBe(false);
    expect(accepts(newSymmetricSecret(), body, headers)).toBe(false);
  });

  it('is accepted under each live key while keys rotate', () => {
    const older = newSymmetricSecret();
    const both = webhookHeaders(id, new Date(), Buffer.from(body), [key, parseSigningKey(older)]);
    expect(accepts(secret, body, both)).toBe(true);
    expect(accepts(older, body, both)).toBe(true);
  });

  it('is accepted for every text', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(accepts(secret, text, webhookHeaders(id, new Date(), Buffer.from(text), [key]))).toBe(true);
      }),
    );
  });

  it('has whole seconds and the same id on every attempt', () => {
    const late = webhookHeaders(id, new Date(1_767_323_045_999), Buffer.from(body), [key]);
    expect(late).toMatchObject({ 'webhook-id': id, 'webhook-timestamp': '1767323045' });
  });

  it('is never sent without a key', () => {
    expect(() => webhookHeaders(id, new Date(), Buffer.from(body), [])).toThrow(UnsignableMessageError);
  });
});

describe('parseSigningKey', () => {
  it.each([
    ['whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX=', 'padding that is not due'],
    ['whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXA', 'a digit too many'],
    ['whsec_AAECAwQFBgcICQoLDA0ODxAREhMU-RYX', 'the URL alphabet'],
    [`whsk_${Buffer.alloc(33).toString('base64')}`, '33 bytes'],
    [`whsk_${Buffer.alloc(64).toString('base64')}`, 'halves that do not belong together'],
    ['whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=', 'a public key'],
  ])('refuses %s (%s)', (text) => {
    expect(() => parseSigningKey(text)).toThrow(SigningKeyError);
  });
});

describe('what a receiver verifies with', () => {
  it('is the secret itself where both share it', () => {
    const secret = newSecret('hmac256');
    expect(verificationKey(secret)).toBe(secret);
    expect(signatureTypeOf(parseSigningKey(secret))).toBe('hmac256');
  });

  it('is the public half of a key pair, and nothing more of it', () => {
    const secret = newSecret('ed25519');
    const shown = verificationKey(secret);
    expect(shown).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    expect(signatureTypeOf(parseSigningKey(secret))).toBe('ed25519');
    const id = newId('msg', 0);
    const body = Buffer.from('{}');
    const signature = signatureHeader(id, 5, body, [parseSigningKey(secret)]).slice('v1a,'.length);
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(shown.slice(5), 'base64')]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    const signed = Buffer.from(`${id}.5.{}`);
    expect(verifySignature(null, signed, key, Buffer.from(signature, 'base64'))).toBe(true);
  });
});

interface Vectors {
  readonly sign: readonly {
    readonly name: string;
    readonly scheme: string;
    readonly secret: string;
    readonly secret_seed_only_form?: string;
    readonly public?: string;
    readonly id: string;
    readonly timestamp: number;
    readonly signature: string;
    readonly body?: string;
    readonly body_base64?: string;
  }[];
  readonly reject_at_signer: readonly {
    readonly name: string;
    readonly secret: string;
    readonly colliding?: Readonly<
      Record<string, { readonly id: string; readonly timestamp: number; readonly body: string }>
    >;
  }[];
}

describeVectors<Vectors>('standard-webhooks.json', ({ sign, reject_at_signer }) => {
  it.each(sign)('$name', (vector) => {
    const body = vector.body === undefined ? Buffer.from(vector.body_base64 ?? '', 'base64') : Buffer.from(vector.body);
    const secrets = [
      vector.secret,
      ...(vector.secret_seed_only_form === undefined ? [] : [vector.secret_seed_only_form]),
    ];
    for (const secret of secrets) {
      const key = parseSigningKey(secret);
      expect(key.scheme).toBe(vector.scheme);
      expect(signatureHeader(vector.id as MessageId, vector.timestamp, body, [key])).toBe(vector.signature);
    }
    if (vector.public === undefined) return;
    const spki = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(vector.public.slice(5), 'base64'),
    ]);
    const signed = Buffer.concat([Buffer.from(`${vector.id}.${String(vector.timestamp)}.`), body]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    expect(verifySignature(null, signed, key, Buffer.from(vector.signature.slice(4), 'base64'))).toBe(true);
  });

  it.each(reject_at_signer)('$name is refused', ({ secret, colliding }) => {
    if (colliding === undefined) {
      expect(() => parseSigningKey(secret)).toThrow(SigningKeyError);
      return;
    }
    const key = parseSigningKey(secret);
    const dotted = Object.values(colliding).filter(({ id }) => id.includes('.'));
    expect(dotted.length).toBeGreaterThan(0);
    for (const { id, timestamp, body } of dotted) {
      const at = new Date(timestamp * 1_000);
      expect(() => webhookHeaders(id as MessageId, at, Buffer.from(body), [key])).toThrow(UnsignableMessageError);
    }
  });
});
