import { describe, expect, it } from '@jest/globals';
import { sumOf } from './metrics-reader.js';

describe('sumOf', () => {
  const page = [
    '# TYPE signpost_attempts_total counter',
    'signpost_attempts_total{outcome="delivered"} 12',
    'signpost_attempts_total{outcome="gone"} 1',
    'signpost_attempts_total{outcome="delivered"} 3',
    'signpost_attempts_total_other 99',
    'signpost_deliveries_cancelled_total 4',
  ].join('\n');

  it('adds up the series of one metric, and of one label when asked', () => {
    expect(sumOf(page, 'signpost_attempts_total')).toBe(16);
    expect(sumOf(page, 'signpost_attempts_total', 'outcome="delivered"')).toBe(15);
    expect(sumOf(page, 'signpost_deliveries_cancelled_total')).toBe(4);
    expect(sumOf(page, 'signpost_absent_total')).toBe(0);
  });
});
