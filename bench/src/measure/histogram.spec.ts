import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Histogram } from './histogram.js';

const micros = fc.integer({ min: 0, max: 2 ** 32 - 1 });

function filled(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('Histogram', () => {
  it('tells every percentile to within one part in a hundred, never too low', () => {
    fc.assert(
      fc.property(fc.array(micros, { minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 100 }), (values, p) => {
        const exact = values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil((p / 100) * values.length)) - 1] ?? 0;
        const told = filled(values).percentile(p);
        expect(told).toBeGreaterThanOrEqual(exact);
        expect(told).toBeLessThanOrEqual(exact * 1.01);
      }),
    );
  });

  it('adds up to what one histogram of all values holds', () => {
    fc.assert(
      fc.property(fc.array(micros), fc.array(micros), (one, other) => {
        const sum = filled(one);
        sum.add(filled(other));
        expect(sum.snapshot()).toEqual(filled([...one, ...other]).snapshot());
        expect(sum.total).toBe(one.length + other.length);
      }),
    );
  });

  it('comes back from its snapshot whole, and apart from it', () => {
    const histogram = filled([3, 700, 90_000]);
    const copy = Histogram.of(histogram.snapshot());
    histogram.record(5_000_000);
    expect(copy.total).toBe(3);
    expect(copy.percentile(100)).toBe(90_000);
  });

  it('takes what is beyond its range as its bound, and what lies before zero as zero', () => {
    const histogram = filled([-20, 2 ** 40]);
    expect(histogram.percentile(50)).toBe(0);
    expect(histogram.percentile(100)).toBe(2 ** 32 - 1);
  });

  it('has no percentile without values', () => {
    expect(new Histogram().percentile(50)).toBeNaN();
  });
});
