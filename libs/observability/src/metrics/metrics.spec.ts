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
});
