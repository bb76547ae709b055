import { describe, expect, it } from '@jest/globals';
import { urlAttributes } from './attempt-span.js';

describe('the URL of a request, as a span shows it', () => {
  it.each([
    ['https://example.com/hook', 'https://example.com/hook', 443],
    ['https://user:key@example.com:8443/hook?token=key#key', 'https://example.com:8443/hook?REDACTED', 8_443],
    ['http://example.com', 'http://example.com/', 80],
  ])('%s', (url, shown, port) => {
    expect(urlAttributes(url, false)).toEqual({
      'url.full': shown,
      'server.address': 'example.com',
      'server.port': port,
    });
  });

  it('hides a path that a transformation made', () => {
    expect(urlAttributes('https://example.com/key?a', true)['url.full']).toBe('https://example.com/REDACTED?REDACTED');
  });

  it('shows nothing of what is no URL', () => {
    expect(urlAttributes('key', false)).toEqual({});
  });
});
