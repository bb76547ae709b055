import { describe, expect, it } from '@jest/globals';
import { describeVectors } from '@signpost/testing/vectors';
import fc from 'fast-check';
import { parseRetryAfter } from './retry-after.js';

const now = new Date('2026-01-02T03:04:05Z');
const seconds = (value: string): number | undefined => {
  const ms = parseRetryAfter(value, now);
  return ms === undefined ? undefined : ms / 1_000;
};

describe('parseRetryAfter', () => {
  it.each([
    ['Friday, 02-Jan-26 03:05:35 GMT', 90],
    ['Friday, 02-Jan-76 03:04:05 GMT', (Date.UTC(2076, 0, 2) - Date.UTC(2026, 0, 2)) / 1_000],
    // Seventy-seven would lie 51 years ahead, and so is 1977.
    ['Sunday, 02-Jan-77 03:04:05 GMT', 0],
    ['Fri, 02 Jan 2026 03:04:60 GMT', 55],
    ['Thu, 29 Feb 2024 00:00:00 GMT', 0],
    ['\t120 ', 120],
    ['0120', 120],
  ])('%j is %d s', (value, expected) => {
    expect(seconds(value)).toBe(expected);
  });

  it.each([
    '+5',
    '1e3',
    '١٢٠',
    '120s',
    'soon',
    '\n120',
    'Fri, 2 Jan 2026 03:05:35 GMT',
    'Fri, 02 Jan 2026 03:05:35 UTC',
    'Fri, 02 Jan 2026 03:05:35',
    'fri, 02 jan 2026 03:05:35 gmt',
    'Fri, 30 Feb 2026 03:05:35 GMT',
    'Fri, 02 Foo 2026 03:05:35 GMT',
    'Fri, 02 Jan 2026 24:00:00 GMT',
    'Fri, 00 Jan 2026 03:05:35 GMT',
    '2026-01-02T03:05:35Z',
    'Fri Jan 2 03:05:35 2026',
  ])('%j counts as absent', (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined();
  });

  it('reads any number of digits as a finite time that never falls', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.bigInt({ min: 0n, max: 10n ** 40n }), (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        const [first, second] = [parseRetryAfter(String(less), now), parseRetryAfter(String(more), now)];
        expect(Number.isFinite(second)).toBe(true);
        expect(first).toBeLessThanOrEqual(second ?? -1);
      }),
    );
  });

  it('reads what toUTCString writes, and never a negative wait', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        const whole = Math.floor(date.getTime() / 1_000) * 1_000;
        expect(parseRetryAfter(date.toUTCString(), now)).toBe(Math.max(0, whole - now.getTime()));
      }),
    );
  });
});

interface Cases {
  readonly now_iso: string;
  readonly cases: readonly { readonly value: string; readonly delay_seconds: number | null; readonly note: string }[];
}

describeVectors<Cases>('retry-after.json', ({ now_iso, cases }) => {
  it.each(cases)('$value: $delay_seconds ($note)', ({ value, delay_seconds }) => {
    const ms = parseRetryAfter(value, new Date(now_iso));
    expect(ms === undefined ? null : ms / 1_000).toBe(delay_seconds);
  });
});
