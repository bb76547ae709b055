import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Counter, Histogram, Registry } from 'prom-client';
import { counterSeries, histogramSeries } from './series.js';

const BUCKETS = [0.1, 1, 5];
const LABELS = [
  { a: 'x', b: 'y' },
  { a: 'y', b: 'x' },
  { a: 'x', b: 'z' },
] as const;

function opened(labelNames: readonly string[] = ['a', 'b']) {
  const registry = new Registry();
  const common = { help: 'h', labelNames: [...labelNames], registers: [registry] };
  return {
    registry,
    counter: new Counter({ ...common, name: 'c_total' }),
    histogram: new Histogram({ ...common, name: 'h_seconds', buckets: BUCKETS }),
  };
}

describe('a series that is looked up once', () => {
  it('shows what prom-client itself would have counted', async () => {
    const played = fc.array(
      fc.tuple(fc.nat(2), fc.oneof(fc.constantFrom(0, ...BUCKETS, 9), fc.double({ min: 0, max: 9, noNaN: true }))),
    );
    await fc.assert(
      fc.asyncProperty(played, async (plays) => {
        const [quick, slow] = [opened(), opened()];
        const counters = LABELS.map((labels) => counterSeries(quick.counter, labels));
        const histograms = LABELS.map((labels) => histogramSeries(quick.histogram, BUCKETS, labels));
        for (const labels of LABELS) {
          slow.counter.inc(labels, 0);
          slow.histogram.zero(labels);
        }
        for (const [at, value] of plays) {
          counters[at]?.add(value);
          histograms[at]?.observe(value);
          slow.counter.inc(LABELS[at] ?? LABELS[0], value);
          slow.histogram.observe(LABELS[at] ?? LABELS[0], value);
        }
        expect(await quick.registry.metrics()).toBe(await slow.registry.metrics());
      }),
      { numRuns: 50 },
    );
  });

  it('goes on where others have counted before, and they where it has', async () => {
    const { registry, counter, histogram } = opened();
    const [labels] = LABELS;
    counter.inc(labels, 2);
    histogram.observe(labels, 0.5);
    counterSeries(counter, labels).add(3);
    histogramSeries(histogram, BUCKETS, labels).observe(0.7);
    counterSeries(counter, { b: 'y', a: 'x' }).add(1);
    histogram.observe(labels, 0.9);
    const text = await registry.metrics();
    expect(text).toContain('c_total{a="x",b="y"} 6');
    expect(text).toContain('h_seconds_bucket{le="1",a="x",b="y"} 3');
    expect(text.match(/^c_total/gm)).toHaveLength(1);
  });

  it('may have no labels', async () => {
    const { registry, counter, histogram } = opened([]);
    counterSeries(counter, {}).add(4);
    histogramSeries(histogram, BUCKETS, {}).observe(7);
    const text = await registry.metrics();
    expect(text).toContain('c_total 4');
    expect(text).toContain('h_seconds_bucket{le="5"} 0');
    expect(text).toContain('h_seconds_count 1');
  });

  it('leaves out what is no count', async () => {
    const { registry, counter, histogram } = opened([]);
    for (const value of [NaN, Infinity, -1]) counterSeries(counter, {}).add(value);
    for (const value of [NaN, Infinity]) histogramSeries(histogram, BUCKETS, {}).observe(value);
    const text = await registry.metrics();
    expect(text).toContain('c_total 0');
    expect(text).toContain('h_seconds_count 0');
  });
});
