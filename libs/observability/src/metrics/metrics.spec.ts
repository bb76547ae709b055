import { describe, expect, it } from '@jest/globals';
import { METRICS } from './catalogue.js';
import { Metrics } from './metrics.js';

describe('Metrics', () => {
  it('exports every metric of the catalogue from the first scrape on, counters with all their labels', async () => {
    const text = await new Metrics({ processMetrics: false }).registry.metrics();
    for (const definition of Object.values(METRICS)) expect(text).toContain(`# HELP ${definition.name} `);
    expect(text).toContain('signpost_attempts_total{outcome="timeout"} 0');
  });

  it('counts, sets and observes under the labels given', async () => {
    const metrics = new Metrics({ processMetrics: false });
    metrics.of.attempts.inc({ outcome: 'delivered' });
    metrics.of.attempts.add(2, { outcome: 'delivered' });
    metrics.of.deliveriesMade.add(7);
    metrics.of.tierLateness.observe(0.02, { tier: '1s' });
    metrics.of.inFlight.onScrape(() => 3);
    const text = await metrics.registry.metrics();
    expect(text).toContain('signpost_attempts_total{outcome="delivered"} 3');
    expect(text).toContain('signpost_deliveries_made_total 7');
    expect(text).toContain('signpost_tier_lateness_seconds_bucket{le="0.025",tier="1s"} 1');
    expect(text).toContain('signpost_attempts_in_flight 3');
  });

  it('follows the naming rules of Prometheus: a prefix, base units, _total for counters alone', () => {
    for (const definition of Object.values(METRICS)) {
      expect(definition.name).toMatch(/^signpost_[a-z_]+$/);
      expect(definition.name.endsWith('_total')).toBe(definition.kind === 'counter');
      if (definition.kind === 'histogram') expect(definition.name).toMatch(/_seconds$/);
    }
  });

  it('shows the trace beside what a histogram counted, where there is one', async () => {
    const metrics = new Metrics({ processMetrics: false, exemplars: true });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    metrics.of.attemptDuration.observe(0.02, { outcome: 'delivered' });
    metrics.of.attemptDuration.observeTraced(0.02, undefined, { outcome: 'delivered' });
    metrics.of.attemptDuration.observeTraced(0.02, traceId, { outcome: 'delivered' });
    metrics.of.recorderWriteDuration.observeTraced(0.02, traceId);
    const text = await metrics.registry.metrics();
    const bucket = 'signpost_attempt_duration_seconds_bucket{le="0.025",outcome="delivered"} 3';
    expect(text).toContain(`${bucket} # {trace_id="${traceId}"} 0.02 `);
    expect(text).toContain('signpost_attempt_duration_seconds_bucket{le="0.01",outcome="delivered"} 0\n');
    expect(text).toMatch(/signpost_recorder_write_duration_seconds_bucket{le="0.025"} 1 # {trace_id=/);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });

  it('counts alike with a place for traces and without one: each sample has the same name and labels', async () => {
    const samples = async (exemplars: boolean) => {
      const metrics = new Metrics({ processMetrics: false, exemplars });
      metrics.of.attemptDuration.observeTraced(0.02, 'a', { outcome: 'delivered' });
      const lines = (await metrics.registry.metrics()).split('\n');
      return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.replace(/ # .*$/, ''));
    };
    expect(await samples(true)).toEqual(await samples(false));
  });
});
