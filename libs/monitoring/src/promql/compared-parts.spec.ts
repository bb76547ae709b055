import { describe, expect, it } from '@jest/globals';
import { comparedParts } from './compared-parts.js';

describe('what a rule compares', () => {
  it.each<readonly [string, readonly string[]]>([
    ['max(a) > 5', ['max(a)']],
    ['(max(a) > 5) and (min(b) <= 1)', ['max(a)', 'min(b)']],
    ['a > 5 unless on (job) (b / c >= 0.5)', ['a', 'b / c']],
    ['a > b', ['a', 'b']],
    ['a / (b > 0) > 0.1', ['a / (b)']],
    ['sum(a > 3) == 2', ['sum(a)']],
    ['a / (b > 0)\nor\nb', ['a / (b)\nor\nb']],
    ['absent(a)', ['a']],
    ['a == 0 or absent(b)', ['a', 'b']],
    ['label_replace(absent(a), "x", "y", "", "") or absent_over_time(b[5m])', ['a', 'b']],
    ['rate(a[5m])', ['rate(a[5m])']],
    ['vector(0.999)', ['vector(0.999)']],
  ])('%s', (expression, expected) => {
    expect(comparedParts(expression)).toEqual(expected);
  });
});
