import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  headerFaults,
  headerRefusal,
  isHiddenHeader,
  LARGEST_HEADERS,
  LONGEST_HEADER_VALUE,
  MOST_HEADERS,
  patchedHeaders,
  settableHeaders,
} from './request-headers.js';

describe('an endpoint’s own headers', () => {
  it.each([
    'host',
    'Host',
    'Content-Length',
    'content-type',
    'Content-Encoding',
    'transfer-encoding',
    'Connection',
    'TE',
    'Expect',
    'webhook-id',
    'Webhook-Signature',
    'svix-id',
    'Svix-Signature',
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
    ['x'.repeat(257), 'a'],
    ['x-key', 'a'.repeat(LONGEST_HEADER_VALUE + 1)],
  ])('may not be %j: %j', (name, value) => {
    expect(headerRefusal(name, value)).toBeDefined();
  });

  it.each(['authorization', 'X-Api-Key', 'user-agent'])('may be %s', (name) => {
    expect(headerRefusal(name, 'Bearer é')).toBeUndefined();
  });

  it('never take the place of Signpost’s, whatever their case', () => {
    expect(
      settableHeaders({
        'Webhook-Id': 'theirs',
        Authorization: 'x',
        Host: 'evil.example',
        'Content-Type': 'text/plain',
      }),
    ).toEqual({ authorization: 'x' });
  });

  it('are told every fault at once, by name', () => {
    const faults = headerFaults({ Host: 'a', 'x-fine': 'b', 'X-Fine': 'c', 'x y': 'd' });
    expect(faults.map(({ name, code }) => [name, code])).toEqual([
      ['Host', 'reserved_header'],
      ['X-Fine', 'repeated_header'],
      ['x y', 'invalid_header'],
    ]);
  });

  it('are few, and not large together', () => {
    const some = (count: number, value: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, number) => [`x-${String(number)}`, value]));
    expect(headerFaults(some(MOST_HEADERS, 'a'))).toEqual([]);
    expect(headerFaults(some(MOST_HEADERS + 1, 'a'))).toMatchObject([{ name: undefined, code: 'too_big' }]);
    const large = some(5, 'a'.repeat(LONGEST_HEADER_VALUE));
    expect(5 * LONGEST_HEADER_VALUE).toBeGreaterThan(LARGEST_HEADERS);
    expect(headerFaults(large)).toMatchObject([{ name: undefined, code: 'too_big' }]);
  });

  it('are shown unless they are known to be secret', () => {
    expect(['Authorization', 'X-AUTH-TOKEN', 'www-authenticate'].every(isHiddenHeader)).toBe(true);
    expect(isHiddenHeader('x-tenant')).toBe(false);
  });

  it('are changed by name, whatever its case, and removed by null', () => {
    expect(patchedHeaders({ 'X-One': '1', 'x-two': '2' }, { 'x-one': '3', 'X-Two': null, 'x-four': '4' })).toEqual({
      'x-one': '3',
      'x-four': '4',
    });
    const names = fc.constantFrom('a', 'A', 'b', 'B', 'c');
    const headers = fc.dictionary(names, fc.string());
    fc.assert(
      fc.property(headers, fc.dictionary(names, fc.option(fc.string())), (before, changes) => {
        const after = patchedHeaders(before, changes);
        for (const [name, value] of Object.entries(changes)) {
          expect(Object.hasOwn(after, name) ? after[name] : null).toBe(value);
        }
        const touched = new Set(Object.keys(changes).map((name) => name.toLowerCase()));
        for (const [name, value] of Object.entries(before)) {
          if (!touched.has(name.toLowerCase())) expect(after[name]).toBe(value);
        }
      }),
    );
  });
});
