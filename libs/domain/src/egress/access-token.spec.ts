import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AttemptResult } from '../delivery/attempt-result.js';
import { readTokenAnswer, tokenRequest } from './access-token.js';
import { authenticationHeader, withSecrets, type ClientCredentials } from './endpoint-authentication.js';

const NOW = 1_800_000_000_000;
const CLIENT: ClientCredentials = {
  tokenUrl: 'https://auth.example.com/token',
  clientId: 'acme:1',
  clientSecret: 'sé cret&',
  clientAuthentication: 'basic',
};
const answered = (status: number, body: unknown): AttemptResult => ({
  kind: 'response',
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  timing: { totalMs: 1 },
});

describe('tokenRequest', () => {
  it('shows the client by RFC 6749 §2.3.1, in the header', () => {
    const { url, headers, body } = tokenRequest({ ...CLIENT, scope: 'a b', audience: 'https://api.example.com' });
    expect(url).toBe(CLIENT.tokenUrl);
    const credentials = Buffer.from(headers['authorization']?.slice('Basic '.length) ?? '', 'base64').toString();
    expect(credentials).toBe('acme%3A1:s%C3%A9+cret%26');
    expect(body.toString()).toBe('grant_type=client_credentials&scope=a+b&audience=https%3A%2F%2Fapi.example.com');
  });

  it('shows the client in the body where its server wants that', () => {
    const { headers, body } = tokenRequest({ ...CLIENT, clientAuthentication: 'body' });
    expect(headers).not.toHaveProperty('authorization');
    const form = new URLSearchParams(body.toString());
    expect([form.get('client_id'), form.get('client_secret')]).toEqual([CLIENT.clientId, CLIENT.clientSecret]);
  });
});

describe('readTokenAnswer', () => {
  it.each([
    [{ access_token: 'abc', token_type: 'Bearer', expires_in: 3_600 }, 3_570_000],
    [{ access_token: 'abc', token_type: 'bearer', expires_in: '100' }, 90_000],
    [{ access_token: 'abc', expires_in: 1e12 }, 86_370_000],
    [{ access_token: 'abc' }, 270_000],
    [{ access_token: 'abc', expires_in: -1 }, 270_000],
  ])('takes %j for %i ms', (body, forMs) => {
    expect(readTokenAnswer(answered(200, body), NOW)).toEqual({ kind: 'token', token: 'abc', renewAtMs: NOW + forMs });
  });

  it.each([
    [answered(200, {}), 'no-token'],
    [answered(200, { access_token: 'a\r\nb' }), 'no-token'],
    [answered(200, { access_token: '' }), 'no-token'],
    [answered(200, 'no json'), 'no-token'],
    [answered(200, 'null'), 'no-token'],
    [answered(200, { access_token: 'abc', token_type: 'mac' }), 'token-type'],
    [answered(401, { error: 'invalid_client' }), 'invalid_client'],
    [answered(400, { error: 'said: secret' }), 'http:400'],
    [answered(302, ''), 'http:302'],
    [{ kind: 'network-error', code: 'ECONNREFUSED', timing: { totalMs: 1 } } as const, 'network:ECONNREFUSED'],
    [{ kind: 'timeout', phase: 'total', timing: { totalMs: 1 } } as const, 'timeout:total'],
  ])('of %j finds no token: %s', (result, reason) => {
    expect(readTokenAnswer(result, NOW)).toMatchObject({ kind: 'failed', reason });
  });

  it('says when the address guard refused', () => {
    const result = { kind: 'blocked-address', reason: 'private-address', timing: { totalMs: 0 } } as const;
    expect(readTokenAnswer(result, NOW)).toEqual({ kind: 'blocked', reason: 'private-address' });
  });

  it('fails on no answer, and finds only what a header can carry', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.integer({ min: 100, max: 599 }), (body, status) => {
        const answer = readTokenAnswer(answered(status, body), NOW);
        if (answer.kind === 'token') expect(answer.token).toMatch(/^[\x21-\x7e]+$/);
        else expect(answer.reason).toMatch(/^[\w:-]+$/);
      }),
    );
  });
});

describe('an authentication', () => {
  it.each([
    [
      { type: 'basic', username: 'Aladdin', password: 'open sesame' },
      { authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' },
    ],
    [{ type: 'bearer', token: 'abc' }, { authorization: 'Bearer abc' }],
    [{ type: 'header', name: 'X-Api-Key', value: 'k' }, { 'x-api-key': 'k' }],
  ] as const)('%j is shown as %j', (authentication, header) => {
    expect(authenticationHeader(authentication)).toEqual(header);
  });

  it('has exactly its secret changed', () => {
    const change = (secret: string): string => `sealed ${secret}`;
    expect(withSecrets({ type: 'oauth2', ...CLIENT }, change)).toEqual({
      type: 'oauth2',
      ...CLIENT,
      clientSecret: 'sealed sé cret&',
    });
    expect(withSecrets({ type: 'basic', username: 'u', password: 'p' }, change)).toMatchObject({
      username: 'u',
      password: 'sealed p',
    });
    expect(withSecrets({ type: 'header', name: 'n', value: 'v' }, change)).toMatchObject({
      name: 'n',
      value: 'sealed v',
    });
    expect(withSecrets({ type: 'bearer', token: 't' }, change)).toMatchObject({ token: 'sealed t' });
  });
});
