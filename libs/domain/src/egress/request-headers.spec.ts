import { describe, expect, it } from '@jest/globals';
import { headerRefusal, requestHeaders } from './request-headers.js';

describe('an endpoint’s own headers', () => {
  it.each([
    'host',
    'Host',
    'Content-Length',
    'transfer-encoding',
    'Connection',
    'TE',
    'Expect',
    'webhook-id',
    'Webhook-Signature',
  ])('may not be %s', (name) => {
    expect(headerRefusal(name, 'x')).toBeDefined();
  });

  it.each([
    ['x-key', 'a\r\nhost: b'],
    ['x-key', 'a\0'],
    ['x-key', 'snow ☃'],
    ['x key', 'a'],
    ['', 'a'],
    ['x:y', 'a'],
  ])('may not be %j: %j', (name, value) => {
    expect(headerRefusal(name, value)).toBeDefined();
  });

  it.each(['authorization', 'X-Api-Key', 'content-type'])('may be %s', (name) => {
    expect(headerRefusal(name, 'Bearer é')).toBeUndefined();
  });

  it('lie under Signpost’s, whatever their case', () => {
    expect(
      requestHeaders(
        { 'Webhook-Id': 'theirs', Authorization: 'Bearer x', Host: 'evil.example', 'Content-Type': 'text/plain' },
        { 'webhook-id': 'ours', 'content-type': 'application/json' },
      ),
    ).toEqual({ authorization: 'Bearer x', 'webhook-id': 'ours', 'content-type': 'application/json' });
  });
});
