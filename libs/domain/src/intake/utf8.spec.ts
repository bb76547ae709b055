import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { placeBeyondUtf8 } from './utf8.js';

describe('placeBeyondUtf8', () => {
  it.each([
    ['', undefined],
    ['e9', 0],
    ['61ff', 1],
    ['c3a9 e2 82', 2],
    ['f09f9880 c0af', 4],
    ['efbfbd 61 efbfbd', undefined],
    ['efbfbd 61 ff efbfbd', 4],
    ['eda080', 0],
  ])('of %s is %j', (hex, place) => {
    expect(placeBeyondUtf8(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBe(place);
  });

  it('is where what comes before it is UTF-8', () => {
    const bytes = fc.array(fc.constantFrom(0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xef, 0xbf, 0xbd, 0xff), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(bytes, (list) => {
        const given = Buffer.from(list);
        const place = placeBeyondUtf8(given);
        expect(place === undefined).toBe(isUtf8(given));
        if (place !== undefined) expect(isUtf8(given.subarray(0, place))).toBe(true);
      }),
    );
  });
});
