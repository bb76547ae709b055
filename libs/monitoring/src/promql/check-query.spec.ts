import { describe, expect, it } from '@jest/globals';
import { checkQuery, type QueryFaultCode } from './check-query.js';
import { buckets, series, total } from './series.js';

const codes = (query: string, of: 'dashboard' | 'rule' = 'dashboard'): readonly QueryFaultCode[] =>
  checkQuery(query, { of, recorded: ['endpoint:first_attempts:ratio_rate5m'] }).map(({ code }) => code);

describe('a query that is well', () => {
  it.each([
    `sum by (outcome) (rate(${series('attempts', {}, ['job="$job"'])}[$__rate_interval]))`,
    `sum(increase(${series('deadLetters', { class: 'platform' })}[$__range]))`,
    `increase(${series('deadLetters')}[$interval])`,
    `max by (tier) (${series('tierOverdue', { tier: ['1s', '24h'] })}) > 60`,
    `histogram_quantile(0.99, sum by (le, stage) (rate(${buckets('stageDuration')}[$__rate_interval])))`,
    `sum(rate(${buckets('tierLateness', {}, [], 5)}[$__rate_interval])) / sum(rate(${total('count', 'tierLateness')}[$__rate_interval]))`,
    `max by (group, topic) (${series('groupLag', { topic: ['messages', 'messages.bulk'] })})`,
    `topk(10, ${series('worstEndpoints')})`,
    'rate(process_cpu_seconds_total{instance=~"$instance"}[$__rate_interval])',
    'nodejs_heap_size_used_bytes / nodejs_heap_size_total_bytes',
    'nodejs_active_handles_total',
    'sum by (kind) (rate(nodejs_gc_duration_seconds_count[$__rate_interval]))',
    'endpoint:first_attempts:ratio_rate5m{job="x"}',
    'count by (severity) (ALERTS{alertstate="firing"})',
    'absent(signpost_attempts_total)',
    'sum by (job) (up == 0)',
    'max_over_time(signpost_lane_queued_deliveries[$__range])',
    'sum by (on) (label_replace(up, "on", "$1", "instance", "(.*):.*"))',
  ])('%s', (query) => {
    expect(codes(query)).toEqual([]);
  });

  it('in a rule may have a range of its own', () => {
    expect(codes('sum(rate(signpost_attempts_total[5m])) > 0', 'rule')).toEqual([]);
    expect(codes('sum(rate(signpost_attempts_total[5m] offset 1h)) > 0', 'rule')).toEqual([]);
    expect(codes('max_over_time(sum(rate(signpost_attempts_total[5m]))[1h:1m])', 'rule')).toEqual([]);
  });
});

describe('a query that is refused', () => {
  it.each<readonly [QueryFaultCode, string]>([
    ['syntax', 'sum by (outcome) (rate(signpost_attempts_total[$__rate_interval])'],
    ['syntax', 'sum(signpost_lanes{state="open)'],
    ['syntax', 'sum by (outcome) rate(signpost_attempts_total[$unknown])'],
    ['unknown-metric', 'sum(rate(signpost_atempts_total[$__rate_interval]))'],
    ['unknown-metric', 'sum(rate(signpost_stage_duration_seconds[$__rate_interval]))'],
    ['unknown-metric', 'endpoint:first_attempts:ratio_rate6m'],
    ['unknown-metric', '{__name__="signpost_lanes"}'],
    ['unknown-metric', 'nodejs_heap_size_used_byte'],
    ['unknown-label', 'sum(rate(signpost_attempts_total{result="timeout"}[$__rate_interval]))'],
    ['unknown-label', 'sum by (tiers) (rate(signpost_retries_total[$__rate_interval]))'],
    ['unknown-label', 'signpost_lanes + on (job, shard) signpost_lanes'],
    ['unknown-label', 'signpost_lanes{endpoint="ep_1"}'],
    ['unknown-value', 'sum(rate(signpost_attempts_total{outcome="time-out"}[$__rate_interval]))'],
    ['unknown-value', 'sum(rate(signpost_attempts_total{outcome=~"timeout|refused"}[$__rate_interval]))'],
    ['unknown-value', 'sum(rate(signpost_attempts_total{outcome!="ok"}[$__rate_interval]))'],
    ['unknown-value', 'sum(rate(signpost_tier_lateness_seconds_bucket{le="7"}[$__rate_interval]))'],
    ['unknown-value', String.raw`max(signpost_group_lag_records{topic=~"messages|messages\\.bulks"})`],
    ['counter-not-rated', 'sum by (outcome) (signpost_attempts_total)'],
    ['counter-not-rated', 'signpost_stage_duration_seconds_sum / signpost_stage_duration_seconds_count'],
    ['counter-not-rated', 'max_over_time(signpost_attempts_total[$__range])'],
    ['counter-not-rated', 'process_cpu_seconds_total'],
    ['gauge-rated', 'rate(signpost_lanes[$__rate_interval])'],
    ['fixed-range', 'sum(rate(signpost_attempts_total[5m]))'],
    ['fixed-range', 'max_over_time(signpost_lanes[5m])'],
    ['fixed-range', 'sum(increase(signpost_attempts_total[1h]))'],
    [
      'buckets-without-le',
      'histogram_quantile(0.9, sum by (stage) (rate(signpost_stage_duration_seconds_bucket[$__rate_interval])))',
    ],
    [
      'buckets-without-le',
      'histogram_quantile(0.9, sum without (le) (rate(signpost_stage_duration_seconds_bucket[$__rate_interval])))',
    ],
    ['sum-of-what-all-say', 'sum(signpost_tier_deliveries)'],
  ])('%s: %s', (code, query) => {
    expect(codes(query)).toContain(code);
  });
});
