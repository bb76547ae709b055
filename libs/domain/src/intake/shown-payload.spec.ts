import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shownPayload } from './shown-payload.js';

const shown = (text: string): string => shownPayload(Buffer.from(text));

describe('shownPayload', () => {
  it('leaves an object as it was written', () => {
    const text = '{ "n": 1.00,\n "big": 12345678901234567890 }';
    expect(shown(text)).toBe(text);
  });

  it.each(['', 'plain', '<a/>', '[1]', '3', 'null', '"text"', '{"a":', '{}{}'])('puts %j below rawPayload', (text) => {
    expect(JSON.parse(shown(text))).toEqual({ rawPayload: text });
  });

  it('is a JSON object for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed: unknown = JSON.parse(shown(text));
        expect(typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)).toBe(true);
      }),
    );
  });
});
