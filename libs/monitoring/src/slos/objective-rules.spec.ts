import { describe, expect, it } from '@jest/globals';
import { expressionOf } from '../rules/condition.js';
import { paceOf, REAL_PACE } from '../rules/pace.js';
import { burnAlertsOf, recordingRulesOf } from './objective-rules.js';
import { deliveredInTime, OBJECTIVES, onTime } from './objectives.js';

const burnOf = (times: number) =>
  burnAlertsOf(deliveredInTime).map((alert) => [
    alert.severity,
    expressionOf(alert.conditions(paceOf(times))).split('\n'),
  ]);

describe('rules of an objective', () => {
  it('record the share of bad events over each window, the target and what is left of the budget', () => {
    const rules = recordingRulesOf(deliveredInTime, REAL_PACE);
    expect(rules.map(({ record }) => record)).toEqual([
      ...['5m', '30m', '1h', '2h', '6h', '1d', '3d', '30d'].map(
        (window) => `signpost:objective_errors:ratio_rate${window}`,
      ),
      ...['1h', '6h', '1d', '3d'].map((window) => `signpost:objective_events:increase${window}`),
      'signpost:objective_target:ratio',
      'signpost:objective_budget:remaining_ratio',
    ]);
    expect(rules.every(({ labels }) => labels['objective'] === 'delivered-in-time')).toBe(true);
    expect(rules[0]?.expression).toBe(
      [
        'sum(rate(signpost_first_attempts_total{endpoint="healthy", result="late"}[5m])) / (sum(rate(signpost_first_attempts_total{endpoint="healthy", result=~"in-time|late"}[5m])) > 0)',
        'or',
        'sum(rate(signpost_first_attempts_total{endpoint="healthy", result=~"in-time|late"}[5m]))',
      ].join('\n'),
    );
    expect(rules.at(-1)?.expression).toBe(
      '1 - signpost:objective_errors:ratio_rate30d{objective="delivered-in-time"} / 0.001',
    );
  });

  it('watch how fast the budget goes, over a long window and a short one, where there is enough to judge by', () => {
    const of = (window: string) => `signpost:objective_errors:ratio_rate${window}{objective="delivered-in-time"}`;
    const enough = (window: string) =>
      `and (signpost:objective_events:increase${window}{objective="delivered-in-time"} >= 100)`;
    expect(burnOf(1)).toEqual([
      ['page', [`(${of('1h')} > 0.0144)`, `and (${of('5m')} > 0.0144)`, enough('1h')]],
      ['page', [`(${of('6h')} > 0.006)`, `and (${of('30m')} > 0.006)`, enough('6h')]],
      ['ticket', [`(${of('1d')} > 0.003)`, `and (${of('2h')} > 0.003)`, enough('1d')]],
      ['ticket', [`(${of('3d')} > 0.001)`, `and (${of('6h')} > 0.001)`, enough('3d')]],
    ]);
  });

  it('are the same at another pace, of shorter windows', () => {
    expect(burnOf(60)).toEqual(burnOf(1));
    const [shortest] = recordingRulesOf(onTime, paceOf(60));
    expect(shortest?.record).toBe('signpost:objective_errors:ratio_rate5m');
    expect(shortest?.expression).toContain('signpost_tier_lateness_seconds_count[5s]');
  });

  it('name each objective once', () => {
    expect(new Set(OBJECTIVES.map(({ name }) => name)).size).toBe(OBJECTIVES.length);
  });
});
