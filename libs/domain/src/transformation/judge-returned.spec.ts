import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { judgeReturned, type Returned } from './judge-returned.js';
import { LARGEST_MADE_BODY, withMadePath } from './transformation.js';

const URL_OF_ENDPOINT = 'https://crm.example.com/hooks/in?token=1';
const AS_IT_CAME: Returned = { method: 'POST', url: URL_OF_ENDPOINT, headers: {}, type: 'object', unchanged: true };
const judged = (returned: Returned) => judgeReturned({ ...AS_IT_CAME, ...returned }, URL_OF_ENDPOINT);
const changed = (body: string, type = 'object'): Returned => ({ unchanged: false, body, type });

describe('what handler returned', () => {
  it('changes nothing when it is what handler was given', () => {
    expect(judged({})).toEqual({ kind: 'made' });
  });

  it('may be another method, path, header and body', () => {
    const url = 'https://crm.example.com/v2/in?a=b#c';
    expect(judged({ ...changed('{"a":1}'), method: 'PUT', url, headers: { 'X-Shop': '42' } })).toEqual({
      kind: 'made',
      method: 'PUT',
      path: '/v2/in?a=b',
      headers: { 'x-shop': '42' },
      body: '{"a":1}',
    });
    expect(withMadePath(URL_OF_ENDPOINT, '//elsewhere.example/x')).toBe('https://crm.example.com//elsewhere.example/x');
  });

  it('may name its path alone, and leave out what it does not change', () => {
    expect(judgeReturned({ url: '/other', ...changed('[]') }, URL_OF_ENDPOINT)).toEqual({
      kind: 'made',
      path: '/other',
      body: '[]',
    });
  });

  it('may be a text, which is plain unless it says what it is', () => {
    expect(judged(changed('a,b', 'string'))).toMatchObject({
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
    const headers = { 'Content-Type': 'text/csv; header=absent' };
    expect(judged({ ...changed('a,b', 'string'), headers })).toMatchObject({
      headers: { 'content-type': 'text/csv; header=absent' },
    });
  });

  it('may be that nothing is to be sent', () => {
    expect(judged({ cancel: true, method: 'DELETE' })).toEqual({ kind: 'declined' });
    expect(judged({ cancel: false })).toEqual({ kind: 'made' });
  });

  it.each<[string, Returned, RegExp]>([
    ['nothing', { instead: 'undefined' }, /handler has to return the webhook/],
    ['a promise', { instead: 'promise' }, /promise/],
    ['another method', { method: 'DELETE' }, /method is "DELETE"/],
    ['a method that is no text', { method: { toString: 1 } }, /method is/],
    ['another host', { url: 'https://evil.example/hooks' }, /leads to "https:\/\/evil.example"/],
    ['another port', { url: 'https://crm.example.com:8443/' }, /not where the endpoint is/],
    ['another scheme', { url: 'http://crm.example.com/' }, /not where the endpoint is/],
    ['a host by a path with two slashes', { url: '//evil.example/' }, /not where the endpoint is/],
    ['a password', { url: 'https://a:b@crm.example.com/' }, /not where the endpoint is/],
    ['no URL', { url: 'https://[' }, /has to be a URL/],
    ['a URL that is no text', { url: 7 }, /has to be a URL/],
    ['a path without an end', { url: `/${'a'.repeat(5_000)}` }, /more than 4096 characters/],
    ['headers that are a list', { headers: ['a'] }, /no object/],
    ['a header that is no text', { headers: { a: 1 } }, /headers\["a"\] is no text/],
    ['a header that signs', { headers: { 'Webhook-Signature': 'v1,x' } }, /written by Signpost/],
    ['a header of the connection', { headers: { host: 'evil.example' } }, /belongs to the connection/],
    ['a header with a line break', { headers: { a: 'b\r\nc: d' } }, /cannot carry/],
    ['a content type with a line break', { headers: { 'content-type': 'text/csv\r\na: b' } }, /media type/],
    ['two content types', { headers: { 'content-type': 'text/csv', 'Content-Type': 'text/csv' } }, /twice/],
    ['a coded body', { headers: { 'content-encoding': 'gzip' } }, /describes the body/],
    ['no payload', { unchanged: false, type: 'undefined' }, /payload is undefined/],
    ['a number for a payload', changed('7', 'number'), /bare value/],
    ['null for a payload', changed('null'), /bare value/],
    ['half of a character', changed('\ud800', 'string'), /half a character/],
    ['cancel that is no answer', { cancel: 'yes' }, /neither true nor false/],
  ])('cannot be %s, and says why', (_, returned, why) => {
    const outcome = judged(returned);
    expect(outcome).toMatchObject({ kind: 'fault', code: 'returned', message: expect.stringMatching(why) });
  });

  it('cannot be more than fits', () => {
    // By bytes, and not by characters.
    const body = 'é'.repeat(LARGEST_MADE_BODY / 2 + 1);
    expect(judged(changed(body, 'string'))).toMatchObject({ kind: 'fault', code: 'too-large' });
    expect(judged(changed('é'.repeat(LARGEST_MADE_BODY / 2), 'string'))).toMatchObject({ kind: 'made' });
  });

  it('is judged whatever it is, and never leads to another origin', () => {
    const anything = fc.record(
      {
        method: fc.oneof(fc.constantFrom('POST', 'PUT'), fc.anything()),
        url: fc.oneof(fc.webUrl(), fc.webPath(), fc.string(), fc.anything()),
        headers: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.anything()),
        cancel: fc.oneof(fc.boolean(), fc.anything()),
        body: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
        type: fc.oneof(fc.constantFrom('object', 'string'), fc.string()),
        unchanged: fc.oneof(fc.boolean(), fc.anything()),
        instead: fc.oneof(fc.constant(undefined), fc.anything()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anything, (given) => {
        // As it comes from the sandbox: by way of JSON.
        const returned = JSON.parse(JSON.stringify(given)) as Returned;
        const outcome = judgeReturned(returned, URL_OF_ENDPOINT);
        if (outcome.kind !== 'made') return;
        expect(new URL(withMadePath(URL_OF_ENDPOINT, outcome.path)).origin).toBe('https://crm.example.com');
        for (const name of Object.keys(outcome.headers ?? {})) expect(name).toMatch(/^(?!webhook-|svix-)[\x21-\x7e]+$/);
        expect(outcome.body?.isWellFormed() ?? true).toBe(true);
      }),
    );
  });
});
