import { describe, expect, it } from '@jest/globals';
import { describeVectors } from '@signpost/testing/vectors';
import fc from 'fast-check';
import type { AttemptResult } from '../delivery/attempt-result.js';
import {
  judgePermission,
  permissionHeaders,
  permissionState,
  permittedRate,
  type DeliveryPermission,
} from './delivery-permission.js';

const timing = { totalMs: 1 };
const answer = (status: number, headers: Readonly<Record<string, string>> = {}): AttemptResult => ({
  kind: 'response',
  status,
  body: '',
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  timing,
});
const asked = { origin: 'hooks.example.com' };
const withRate = { ...asked, ratePerMinute: 120 };
const yes = (origin: string, rate?: string, status = 200): AttemptResult =>
  answer(status, { 'webhook-allowed-origin': origin, ...(rate === undefined ? {} : { 'webhook-allowed-rate': rate }) });

describe('the question whether deliveries are wanted', () => {
  it('names who asks, and how much it means to send if it knows', () => {
    expect(permissionHeaders(asked)).toEqual({ 'webhook-request-origin': 'hooks.example.com' });
    expect(permissionHeaders(withRate)).toEqual({
      'webhook-request-origin': 'hooks.example.com',
      'webhook-request-rate': '120',
    });
  });

  it.each([
    ['allowed', yes('Hooks.Example.Com', '7'), { state: 'allowed', ratePerMinute: 7 }],
    ['allowed without content', yes('*', undefined, 204), { state: 'allowed' }],
    [
      'refused for a list of origins',
      yes('hooks.example.com, other.example.com'),
      { state: 'refused', reason: 'origin' },
    ],
    ['refused for no origin', answer(200), { state: 'refused', reason: 'origin' }],
    ['refused for a rate of none', yes('*', '0'), { state: 'refused', reason: 'rate' }],
    ['refused for a rate that is no number', yes('*', '1e3'), { state: 'refused', reason: 'rate' }],
    ['refused for two rates', yes('*', '10, 20'), { state: 'refused', reason: 'rate' }],
    ['refused by a redirect', answer(302, { location: 'https://x/' }), { state: 'refused', reason: 'http:302' }],
    ['refused by a status', yes('*', '*', 403), { state: 'refused', reason: 'http:403' }],
    ['open when it is too much', answer(429), { state: 'pending', reason: 'http:429' }],
    ['open when the receiver is in trouble', answer(503), { state: 'pending', reason: 'http:503' }],
    [
      'open without an answer',
      { kind: 'timeout', phase: 'total', timing },
      { state: 'pending', reason: 'timeout:total' },
    ],
    [
      'open without a connection',
      { kind: 'network-error', code: 'ECONNREFUSED', timing },
      { state: 'pending', reason: 'network:ECONNREFUSED' },
    ],
    [
      'refused by the address guard',
      { kind: 'blocked-address', reason: 'private-address', timing },
      { state: 'refused', reason: 'blocked-address:private-address' },
    ],
  ] satisfies readonly [string, AttemptResult, object][])('is %s', (_what, result, expected) => {
    expect(judgePermission(result, asked)).toEqual(expected);
  });

  it('is never taken for a yes unless the receiver named us, or all', () => {
    fc.assert(
      fc.property(fc.nat(599), fc.option(fc.string()), fc.option(fc.string()), (status, origin, rate) => {
        const headers = {
          ...(origin === null ? {} : { 'webhook-allowed-origin': origin }),
          ...(rate === null ? {} : { 'webhook-allowed-rate': rate }),
        };
        const { state, ratePerMinute } = judgePermission(answer(status, headers), asked);
        const isNamed = origin?.trim() === '*' || origin?.trim().toLowerCase() === asked.origin;
        if (state === 'allowed') expect(isNamed && status >= 200 && status < 300).toBe(true);
        expect(ratePerMinute ?? 1).toBeGreaterThan(0);
      }),
    );
  });
});

describe('a permission', () => {
  const given: DeliveryPermission = {
    method: 'cloudevents-options',
    url: 'https://a.example/',
    state: 'allowed',
    ratePerMinute: 5,
    askedAtMs: 0,
  };

  it('holds for the URL that it was given for, and for no other', () => {
    expect(permissionState({ url: given.url, permission: given })).toBe('allowed');
    expect(permittedRate({ url: given.url, permission: given })).toBe(5);
    expect(permissionState({ url: 'https://b.example/', permission: given })).toBe('pending');
    expect(permittedRate({ url: 'https://b.example/', permission: given })).toBeUndefined();
  });

  it('is not needed where nobody asked for it', () => {
    expect(permissionState({ url: 'https://a.example/' })).toBe('allowed');
    expect(permittedRate({ url: 'https://a.example/' })).toBeUndefined();
  });
});

interface Handshakes {
  readonly webhook_handshake: readonly {
    readonly request: { readonly headers: Readonly<Record<string, string>> };
    readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
    readonly expect: string;
  }[];
}

describeVectors<Handshakes>('cloudevents.json', ({ webhook_handshake }) => {
  const expected = (text: string): object => {
    const rate = /^granted, (\d+) requests/.exec(text)?.[1];
    if (rate !== undefined) return { state: 'allowed', ratePerMinute: Number(rate) };
    if (text.startsWith('granted')) return { state: 'allowed' };
    return { state: text.startsWith('pending') ? 'pending' : 'refused', reason: expect.any(String) };
  };

  it.each(webhook_handshake)('$response.status: $expect', ({ request, response, expect: text }) => {
    const rate = request.headers['WebHook-Request-Rate'];
    const question = {
      origin: request.headers['WebHook-Request-Origin'] ?? '',
      ratePerMinute: rate === undefined ? undefined : Number(rate),
      callbackUrl: request.headers['WebHook-Request-Callback'],
    };
    const sent = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
    expect(permissionHeaders(question)).toEqual(Object.fromEntries(sent));
    expect(judgePermission(answer(response.status, response.headers), question)).toEqual(expected(text));
  });
});
