import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  isSensitiveHeader,
  loggedRequestHeaders,
  loggedResponseHeaders,
  MASKED,
  sentHeaders,
} from './logged-headers.js';

const STANDARD = {
  'content-type': 'application/json',
  'webhook-id': 'msg_1',
  'webhook-timestamp': '1700000000',
  'webhook-signature': 'v1,c2VjcmV0',
};

describe('headers in the log', () => {
  it('are none where a request has only those that every request has', () => {
    expect(loggedRequestHeaders(STANDARD)).toBeUndefined();
  });

  it("are an endpoint's own, sensitive ones masked", () => {
    expect(loggedRequestHeaders({ 'x-tenant': 'acme', authorization: 'Bearer s3cret', ...STANDARD })).toEqual({
      'x-tenant': 'acme',
      authorization: MASKED,
    });
    expect(loggedRequestHeaders({ ...STANDARD, 'content-type': 'text/plain' })).toEqual({
      'content-type': 'text/plain',
    });
  });

  it.each([
    'authorization',
    'cookie',
    'set-cookie',
    'x-api-key',
    'x-apikey',
    'x-auth-token',
    'x-hub-signature',
    'password',
  ])('mask %s', (name) => {
    expect(isSensitiveHeader(name)).toBe(true);
    expect(loggedResponseHeaders({ [name]: ['a', 'b'] })).toEqual({ [name]: MASKED });
  });

  it("are an answer's that say something about the receiver; one that comes twice is a list", () => {
    expect(loggedResponseHeaders({ date: 'x', connection: 'close', 'content-length': '0' })).toBeUndefined();
    expect(loggedResponseHeaders({ server: 'nginx', via: ['a', 'b'], date: 'x' })).toEqual({
      server: 'nginx',
      via: 'a, b',
    });
  });

  it('are bounded, whatever a receiver answers, and nothing else changes by their names', () => {
    const name = fc.oneof(fc.constant('__proto__'), fc.string({ minLength: 1, maxLength: 100 }));
    const value = fc.oneof(
      fc.string({ maxLength: 5_000 }),
      fc.array(fc.string({ maxLength: 2_000 })),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 100 }), (pairs) => {
        const headers: Record<string, unknown> = {};
        for (const [key, given] of pairs) {
          Object.defineProperty(headers, key, { value: given, enumerable: true, configurable: true });
        }
        const kept = loggedResponseHeaders(headers) ?? {};
        expect(Object.keys(kept).length).toBeLessThanOrEqual(32);
        expect(Object.entries(kept).flat().join('').length).toBeLessThanOrEqual(2_048);
        for (const text of Object.values(kept)) expect(text.length).toBeLessThanOrEqual(256);
        expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
      }),
    );
  });

  it('are bounded in number and size', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`x-${String(at)}`, 'v']));
    expect(Object.keys(loggedResponseHeaders(many) ?? {})).toHaveLength(32);
    const large = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`x-${String(at)}`, 'v'.repeat(300)]));
    const kept = loggedResponseHeaders(large) ?? {};
    expect(Object.entries(kept).flat().join('').length).toBeLessThanOrEqual(2_048);
    expect(Object.keys(kept).length).toBeGreaterThan(5);
  });

  it('are put together again as they were sent', () => {
    expect(sentHeaders({ 'x-tenant': 'acme' }, 'msg_1', new Date(1_700_000_000_999))).toEqual({
      ...STANDARD,
      'webhook-signature': MASKED,
      'x-tenant': 'acme',
    });
  });
});
