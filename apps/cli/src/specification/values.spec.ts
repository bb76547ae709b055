import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  InvalidValueError,
  parseCount,
  parseDuration,
  parseList,
  parseNumber,
  parsePair,
  parseRange,
  parseTime,
  parseUrl,
  writtenDuration,
} from './values.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

describe('values of options', () => {
  it('reads durations in every unit, and how long ago', () => {
    fc.assert(
      fc.property(fc.nat(9_999), fc.constantFrom(...Object.entries(UNITS)), (count, [unit, ms]) => {
        expect(parseDuration(`${String(count)}${unit}`)).toBe(count * ms);
        expect(parseDuration(writtenDuration(count * ms))).toBe(count * ms);
        expect(parseTime(`${String(count)}${unit}`, NOW).getTime()).toBe(NOW - count * ms);
      }),
    );
  });

  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T13:30+01:30', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ])('reads the time %s', (text, iso) => {
    expect(parseTime(text, NOW).toISOString()).toBe(iso);
  });

  it.each(['', 'now', '2026-13-01', '2026-01-31 12:00', '5', '-5m', '1e3s', '1.5h', '2026'])(
    'refuses the time %j',
    (text) => {
      expect(() => parseTime(text, NOW)).toThrow(InvalidValueError);
    },
  );

  it('reads whole numbers within their bounds, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 150 }), (value) => {
        const read = () => parseCount(String(value), 1, 100);
        if (value >= 1 && value <= 100) expect(read()).toBe(value);
        else expect(read).toThrow(InvalidValueError);
      }),
    );
    for (const text of ['', '1.0', '1e1', '0x1', ' 1', '1 ', 'NaN', 'Infinity', '1'.repeat(20)]) {
      expect(() => parseCount(text, 0, Number.MAX_SAFE_INTEGER)).toThrow(InvalidValueError);
    }
    expect(parseNumber('0.25', 0, 1)).toBe(0.25);
    expect(() => parseNumber('1.01', 0, 1)).toThrow(InvalidValueError);
  });

  it('reads ranges, lists, pairs and URLs', () => {
    expect(parseRange('200..800', 1_000)).toEqual({ least: 200, most: 800 });
    expect(parseRange('200', 1_000)).toEqual({ least: 200, most: 200 });
    for (const text of ['800..200', '..', '1..', '1..2000', 'x']) {
      expect(() => parseRange(text, 1_000)).toThrow(InvalidValueError);
    }
    expect(parseList(' a, b ,,c')).toEqual(['a', 'b', 'c']);
    expect(() => parseList(' , ')).toThrow(InvalidValueError);
    expect(parsePair('a=b=c')).toEqual(['a', 'b=c']);
    expect(() => parsePair('=b')).toThrow(InvalidValueError);
    expect(parseUrl('https://example.com/x')).toBe('https://example.com/x');
    for (const text of ['example.com', 'ftp://example.com', ''])
      expect(() => parseUrl(text)).toThrow(InvalidValueError);
  });
});
