import { describe, expect, it } from '@jest/globals';
import { medianOf, type Summary } from './summary.js';

const summary = (numbers: Partial<Summary>): Summary => ({
  deliveriesPerSecond: 0,
  cpuPer1000: {},
  peakMB: {},
  deliveries: 0,
  repeats: 0,
  lost: 0,
  unrecorded: 0,
  unacknowledged: 0,
  ...numbers,
});

describe('medianOf', () => {
  it('takes the median of each figure over the rounds that have it', () => {
    const rounds = [{ a: 1, b: 7 }, { a: 5 }, { a: 2 }].map((figures) => summary({ figures }));
    expect(medianOf(rounds).figures).toEqual({ a: 2, b: 7 });
    expect(medianOf([summary({})]).figures).toBeUndefined();
  });

  it('adds up what must be 0 each time', () => {
    expect(medianOf([summary({ lost: 1 }), summary({}), summary({ lost: 2 })]).lost).toBe(3);
  });
});
