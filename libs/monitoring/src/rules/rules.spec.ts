import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { AlertDefinition } from '../alerts/alert.js';
import { mutantsOf } from '../proof/mutants.js';
import { above, atLeast, either, expressionOf, found, on, unless } from './condition.js';
import { DAY, HOUR, MINUTE, paceOf, REAL_PACE } from './pace.js';
import { ruleFile } from './rule-file.js';

describe('a pace', () => {
  it.each([
    [5 * MINUTE, '5m'],
    [90, '90s'],
    [HOUR, '1h'],
    [26 * HOUR, '26h'],
    [3 * DAY, '3d'],
    [0, '0s'],
  ])('writes %s seconds as %s', (seconds, text) => {
    expect(REAL_PACE.duration(seconds)).toBe(text);
  });

  it('makes windows, waits and ages shorter by one factor', () => {
    const { duration, seconds } = paceOf(20);
    expect([duration(5 * MINUTE), duration(30), duration(30 * DAY), seconds(MINUTE)]).toEqual([
      '15s',
      '1500ms',
      '36h',
      3,
    ]);
  });
});

describe('conditions', () => {
  it('become an expression, each in brackets of its own where there are several', () => {
    expect(expressionOf([above('a', 0.1 + 0.2)])).toBe('a > 0.3');
    expect(expressionOf([above('a', 1), on(['x', 'y'], atLeast('b', 2)), unless(found('c'))])).toBe(
      '(a > 1)\nand on (x, y) (b >= 2)\nunless (c)',
    );
    // `or` binds weaker than a comparison.
    expect(expressionOf([above(either('a', 'b'), 1)])).toBe('(a or b) > 1');
  });
});

const alert: AlertDefinition = {
  name: 'TwoThings',
  severity: 'page',
  conditions: ({ seconds }) => [above('a', seconds(60)), unless(found('b'))],
  forSeconds: 120,
  summary: 'two things',
  description: 'Two things.',
  labels: { window: '1h' },
};

describe('a file of rules', () => {
  const rulesAt = (quicker: number, runbooks?: string) => {
    const text = ruleFile([{ name: 'group', alerts: [alert] }], {
      pace: paceOf(quicker),
      ...(runbooks === undefined ? {} : { runbooks }),
    });
    return (parse(text) as { groups: { rules: Record<string, unknown>[] }[] }).groups[0]?.rules[0];
  };

  it('has each alert with its severity, its own labels and its runbook', () => {
    expect(rulesAt(1)).toEqual({
      alert: 'SignpostTwoThings',
      expr: '(a > 60)\nunless (b)',
      for: '2m',
      labels: { severity: 'page', window: '1h' },
      annotations: { summary: 'two things', description: 'Two things.', runbook_url: 'docs/runbooks/two-things.md' },
    });
  });

  it('is another at another pace, or with links that lead elsewhere', () => {
    expect(rulesAt(20, 'https://docs.example.com/')).toMatchObject({
      expr: '(a > 3)\nunless (b)',
      for: '6s',
      annotations: { runbook_url: 'https://docs.example.com/docs/runbooks/two-things.md' },
    });
  });
});

describe('mutants of an alert', () => {
  it('lack a condition, a comparison or its wait, or have a bound elsewhere', () => {
    const mutants = mutantsOf(alert, alert.conditions(REAL_PACE));
    const texts = mutants.map((mutant) => expressionOf(mutant.alert.conditions(REAL_PACE)).replace('\n', ' '));
    const bounds = ['(a > 1e+300) unless (b)', '(a > 30) unless (b)', '(a > 120) unless (b)'];
    const waits = ['(a > 60) unless (b)', '(a > 60) unless (b)'];
    expect(texts).toEqual(['(a) unless (b)', ...bounds, 'a > 60', ...waits]);
    expect(mutants.slice(-2).map((mutant) => mutant.alert.forSeconds)).toEqual([0, 720]);
    expect(mutants.filter(({ isMoved }) => isMoved).length).toBe(2);
  });
});
