import { describe, expect, it } from '@jest/globals';
import { describeVectors } from '@signpost/testing/vectors';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import type { MessageId } from '../ids.js';
import { checkSignature, type SignedRequest } from './signature-check.js';
import { newSecret, newSymmetricSecret, parseSigningKey, SigningKeyError, verificationKey } from './signing-key.js';
import { parseVerificationKey } from './verification-key.js';
import { webhookHeaders } from './webhook-headers.js';

const NOW = 1_767_323_045_000;
const BODY = '{"type":"lead.captured","data":{"name":"Zoë","url":"https://example.com/a"}}\n';

function signed(body: string, secret: string, atMs = NOW): SignedRequest {
  const bytes = Buffer.from(body);
  return {
    headers: webhookHeaders('msg_1' as MessageId, new Date(atMs), bytes, [parseSigningKey(secret)]),
    body: bytes,
  };
}

const parts = (request: SignedRequest, secret: string): readonly string[] =>
  checkSignature(request, secret, NOW).findings.map(({ part, code }) => `${part}:${code}`);

describe('the check of a signature', () => {
  const secret = newSymmetricSecret();
  const request = signed(BODY, secret);

  it('finds nothing in what we sign, with either kind of key', () => {
    const pair = newSecret('ed25519');
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(secret, pair), (body, key) => {
        expect(checkSignature(signed(body, key), verificationKey(key), NOW)).toEqual({
          isValid: true,
          findings: [],
          ageSeconds: 0,
        });
      }),
    );
  });

  it('says valid where the public library does, whatever is changed', () => {
    const accepts = ({ headers, body }: SignedRequest): boolean => {
      try {
        new Webhook(secret).verify(body.toString('utf8'), headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    };
    const now = signed(BODY, secret, Date.now());
    const name = fc.constantFrom('webhook-id', 'webhook-timestamp', 'webhook-signature');
    fc.assert(
      fc.property(name, fc.nat(60), fc.constantFrom('', 'x', '1', ' ', ',', '='), (header, at, put) => {
        const value = now.headers[header] ?? '';
        const written = value.slice(0, at) + put + value.slice(at + 1);
        const changed = { ...now, headers: { ...now.headers, [header]: written } };
        // White space around a value is not part of it (RFC 9110 §5.5), and the library is given values without it.
        if (written.trim() !== written) return;
        // It reads what a timestamp and a signature begin with; here the whole of each has to be one.
        if (header === 'webhook-timestamp' && !/^\d+$/.test(written)) return;
        if (header === 'webhook-signature' && /,.*,/.test(written)) return;
        expect(checkSignature(changed, secret, Date.now()).isValid).toBe(accepts(changed));
      }),
    );
  });

  it.each([
    ['a line end lost', BODY.trimEnd()],
    ['a line end more', `${BODY}\n`],
    ['written anew', JSON.stringify(JSON.parse(BODY), null, 4)],
    ['byte order mark', `\ufeff${BODY}`],
  ])('names the body: %s', (_, body) => {
    const sent = body.includes('    ') ? signed(BODY.trimEnd(), secret) : request;
    expect(parts({ ...sent, body: Buffer.from(body) }, secret)).toEqual(['body:body_changed']);
  });

  it('names the body that was signed in another writing of the same JSON', () => {
    const value = { a: 'Zoë/👋', b: [1, 'x, y: z'], c: '"' };
    const compact = JSON.stringify(value);
    const python = '{"a": "Zo\\u00eb/\\ud83d\\udc4b", "b": [1, "x, y: z"], "c": "\\""}';
    for (const body of [
      JSON.stringify(value, null, 2),
      '{"a": "Zoë/👋", "b": [1, "x, y: z"], "c": "\\""}',
      compact.replaceAll('/', '\\/'),
    ]) {
      expect(parts({ ...signed(body, secret), body: Buffer.from(compact) }, secret)).toEqual(['body:body_changed']);
    }
    expect(
      parts(
        {
          ...signed(python.replaceAll(', "', ',"').replaceAll('": ', '":').replaceAll('[1, ', '[1,'), secret),
          body: Buffer.from(compact),
        },
        secret,
      ),
    ).toEqual(['body:body_changed']);
  });

  it('names the secret where its text was taken for its bytes', () => {
    const bare = secret.slice('whsec_'.length);
    for (const text of [bare, secret]) {
      const wrong = `whsec_${Buffer.from(text).toString('base64')}`;
      expect(parts(signed(BODY, wrong), secret)).toEqual(['secret:secret_misread']);
    }
  });

  it('cannot tell another secret from a body that was changed', () => {
    expect(parts(request, newSymmetricSecret())).toEqual(['body-or-secret:signature_mismatch']);
    expect(parts({ ...request, body: Buffer.from('{}') }, secret)).toEqual(['body-or-secret:signature_mismatch']);
  });

  it.each([
    ['webhook-id', undefined, 'header:id_missing'],
    ['webhook-timestamp', undefined, 'header:timestamp_missing'],
    ['webhook-timestamp', 'now', 'header:timestamp_invalid'],
    ['webhook-timestamp', String(NOW), 'header:timestamp_in_milliseconds'],
    ['webhook-signature', undefined, 'header:signature_missing'],
    ['webhook-signature', 'UNNMG5pt/4SU6B64QJPkzUU/eo3y/6nasdfsadouAiI=', 'header:signature_without_version'],
    ['webhook-signature', 'v2,UNNMG5pt/4SU6B64QJPkzUU/eo3y/6nasdfsadouAiI=', 'header:signature_of_another_version'],
    ['webhook-signature', 'v1,UNNMG', 'header:signature_cut'],
  ])('names the header %s: %s', (name, value, expected) => {
    expect(parts({ ...request, headers: { ...request.headers, [name]: value } }, secret)).toEqual([expected]);
  });

  it('names the clock, on either side, and the body as well', () => {
    expect(parts(signed(BODY, secret, NOW - 301_000), secret)).toEqual(['clock:too_old']);
    expect(parts(signed(BODY, secret, NOW + 301_000), secret)).toEqual(['clock:too_new']);
    expect(parts(signed(BODY, secret, NOW - 300_000), secret)).toEqual([]);
    expect(parts({ ...signed(BODY, secret, NOW - 301_000), body: Buffer.from(BODY.trim()) }, secret)).toEqual([
      'body:body_changed',
      'clock:too_old',
    ]);
    expect(checkSignature(signed(BODY, secret, NOW - 900_000), secret, NOW, 1_000).isValid).toBe(true);
  });

  it.each(['', 'whsec_', 'whpk_short', 'whsec_!!!!not*base64!!!!', `whpk_${Buffer.alloc(33).toString('base64')}`])(
    'refuses the secret %j',
    (text) => {
      expect(() => parseVerificationKey(text)).toThrow(SigningKeyError);
    },
  );
});

interface Vectors {
  readonly verify: readonly {
    readonly name: string;
    readonly expect: 'accept' | 'reject';
    readonly now: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly secret: string | null;
    readonly public?: string;
    readonly body: string;
  }[];
}

describeVectors<Vectors>('standard-webhooks.json', ({ verify }) => {
  it.each(verify)('$name: $expect', ({ headers, body, secret, public: shown, now, expect: expected }) => {
    const request = { headers, body: Buffer.from(body) };
    const { isValid, findings } = checkSignature(request, secret ?? shown ?? '', now * 1_000);
    expect(isValid).toBe(expected === 'accept');
    expect(findings.length === 0).toBe(isValid);
  });
});
