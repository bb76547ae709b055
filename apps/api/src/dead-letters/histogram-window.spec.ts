import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEAD_LETTER_BUCKETS } from '@signpost/contracts';
import { ApiError } from '@signpost/runtime';
import { histogramWindow } from './histogram-window.js';

const NOW = Date.UTC(2026, 2, 9, 14, 5, 12, 480);
const bucket = fc.constantFrom(...DEAD_LETTER_BUCKETS);

describe('the window of a histogram', () => {
  it('is an hour by the minute, a day by the hour and a month by the day, unless it is given', () => {
    const hours = DEAD_LETTER_BUCKETS.map((one) => {
      const { since, until } = histogramWindow({ bucket: one }, NOW);
      return Math.round((until.getTime() - since.getTime()) / 3_600_000);
    });
    expect(hours).toEqual([1, 24, 744]);
  });

  it('holds a bounded number of buckets, or is refused with what to do', () => {
    fc.assert(
      fc.property(bucket, fc.nat(NOW), fc.nat(NOW), (one, sinceMs, untilMs) => {
        try {
          const { since, until, bucketMs } = histogramWindow(
            { bucket: one, since: new Date(sinceMs), until: new Date(untilMs) },
            NOW,
          );
          expect((until.getTime() - since.getTime()) / bucketMs).toBeLessThanOrEqual(1_441);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
          expect(error).toMatchObject({ status: 400, code: 'invalid_range' });
        }
      }),
    );
  });
});
