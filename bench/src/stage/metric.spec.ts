import { describe, expect, it } from '@jest/globals';
import { sumOfMetric } from './metric.js';

const TEXT = `# HELP parked_total Parked.
# TYPE parked_total counter
parked_total{reason="a"} 3
parked_total{reason="b"} 4
parked_total_more 9
made_total 12
`;

describe('sumOfMetric', () => {
  it('adds a metric up over its labels, and takes none for another', () => {
    expect(sumOfMetric(TEXT, 'parked_total')).toBe(7);
    expect(sumOfMetric(TEXT, 'made_total')).toBe(12);
    expect(sumOfMetric(TEXT, 'made')).toBe(0);
  });
});
