import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut, storable } from './stored-text.js';

describe('text for the database', () => {
  it('has neither NUL nor half characters, and is left alone otherwise', () => {
    expect(storable('a\0b\ud800c')).toBe('a\uFFFDb\uFFFDc');
    expect(storable('grüße 🙂')).toBe('grüße 🙂');
  });

  it('is cut between characters, never longer than asked, and never shorter than needed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 4, max: 80 }), (text, max) => {
        const short = cut(text, max);
        expect(text.startsWith(short)).toBe(true);
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(max);
        if (short !== text) expect(Buffer.byteLength(short)).toBeGreaterThan(max - 4);
      }),
    );
  });
});
