import { describe, expect, it } from '@jest/globals';
import { buckets, series, total } from './series.js';

describe('what PromQL selects', () => {
  it('names a metric of the catalogue, by labels and by where it comes from', () => {
    expect(series('attempts')).toBe('signpost_attempts_total');
    expect(series('attempts', { outcome: 'delivered' }, ['job="$job"'])).toBe(
      'signpost_attempts_total{outcome="delivered", job="$job"}',
    );
    expect(series('groupLag', { topic: ['messages', 'messages.bulk'] })).toBe(
      String.raw`signpost_group_lag_records{topic=~"messages|messages\\.bulk"}`,
    );
  });

  it('names the series of a histogram', () => {
    expect(buckets('deliveryLatency', { attempt: 'first' }, [], 5)).toBe(
      String.raw`signpost_delivery_latency_seconds_bucket{attempt="first", le=~"5(\\.0)?"}`,
    );
    expect(buckets('deliveryLatency', {}, [], 0.5)).toBe('signpost_delivery_latency_seconds_bucket{le="0.5"}');
    expect(total('count', 'tierLateness')).toBe('signpost_tier_lateness_seconds_count');
  });
});
