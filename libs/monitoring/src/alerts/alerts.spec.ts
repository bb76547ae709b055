import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { checkQuery } from '../promql/check-query.js';
import { ALERT_CASES } from '../proof/cases.js';
import { definitionOf } from '../proof/promtool-file.js';
import { expressionOf } from '../rules/condition.js';
import { paceOf, REAL_PACE } from '../rules/pace.js';
import { ALERT_PREFIX, runbookOf, type AlertDefinition } from './alert.js';
import { ALERTS, ruleFiles } from './alerts.js';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const told = (alert: AlertDefinition): string =>
  [alert.name, alert.severity, ...Object.values(alert.labels ?? {})].join(' ');

const recorded = Object.values(ruleFiles()).flatMap((groups) =>
  groups.flatMap(({ recording = [] }) => recording.map(({ record }) => record)),
);
/** Runbooks that no alert leads to by itself; those of alerts lead to them. */
const BESIDE_ALERTS = ['account', 'dead-letters', 'redrive'];
const runbooks = globSync('docs/runbooks/*.md', { cwd: root }).map((file) => basename(file, '.md'));
const HEADINGS = [
  'Symptoms',
  'What it means for customers',
  'Queries',
  'Causes, the likely ones first',
  'Actions',
  'Over when',
  'Whom to call',
];

describe('alerts', () => {
  it('are told apart by their name, severity and labels, and say what they mean', () => {
    expect(new Set(ALERTS.map(told)).size).toBe(ALERTS.length);
    for (const { summary, description } of ALERTS) {
      expect(summary).toMatch(/\S/);
      expect(description).toMatch(/[.]$/);
    }
  });

  it.each(ALERTS.map((alert) => [told(alert), alert] as const))('%s asks for what there is', (_, alert) => {
    for (const pace of [REAL_PACE, paceOf(20)]) {
      expect(checkQuery(expressionOf(alert.conditions(pace)), { of: 'rule', recorded })).toEqual([]);
    }
  });

  it.each(ALERTS.map((alert) => [told(alert), alert] as const))(
    '%s has to be told in one case and not in another',
    (_, alert) => {
      const moments = ALERT_CASES.filter((each) => each.alert === alert.name).flatMap((each) => each.moments);
      const tells = moments.map(({ firing }) => firing.some((one) => definitionOf(ALERTS, alert.name, one) === alert));
      expect(tells).toContain(true);
      expect(tells).toContain(false);
    },
  );

  it('name in their summaries labels that they have', () => {
    for (const { alert, moments } of ALERT_CASES) {
      for (const one of moments.flatMap(({ firing }) => firing)) {
        const { summary, labels } = definitionOf(ALERTS, alert, one);
        const named = [...summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
        expect(Object.keys({ ...labels, ...one.labels })).toEqual(expect.arrayContaining(named));
      }
    }
  });
});

describe('runbooks', () => {
  it('are there for every alert, and none beside them that is not listed', () => {
    const wanted = ALERTS.map(({ name }) => basename(runbookOf(name), '.md'));
    expect([...new Set([...wanted, ...BESIDE_ALERTS])].toSorted()).toEqual(runbooks.toSorted());
  });

  it.each([...new Set(ALERTS.map(({ name }) => name))])('of %s says all that somebody needs at night', (name) => {
    const text = read(runbookOf(name));
    expect(text).toContain(`\`${ALERT_PREFIX}${name}\``);
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
    expect(text).toMatch(/^```promql$/m);
  });

  it.each(runbooks)('%s asks for what there is, and leads to pages that there are', (name) => {
    const text = read(`docs/runbooks/${name}.md`);
    for (const [, query = ''] of text.matchAll(/^```promql\n([\s\S]*?)\n```$/gm)) {
      expect([query, checkQuery(query, { of: 'rule', recorded })]).toEqual([query, []]);
    }
    for (const [, path = ''] of text.matchAll(/\]\(([^)#]+\.md)[^)]*\)/g)) {
      expect([path, existsSync(join(root, 'docs', 'runbooks', path))]).toEqual([path, true]);
    }
  });
});

interface Route {
  readonly receiver?: string;
  readonly routes?: readonly Route[];
}
interface Alertmanager {
  readonly route: Route;
  readonly receivers: readonly { readonly name: string }[];
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
  }[];
}

describe('the example for Alertmanager', () => {
  const config = parse(read('deploy/alertmanager/alertmanager.yml')) as Alertmanager;

  it('names alerts that there are', () => {
    const matchers = config.inhibit_rules.flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers]);
    const named = matchers.flatMap((text) => /^alertname\s*=~?\s*"?([\w|]+)"?$/.exec(text)?.[1]?.split('|') ?? []);
    expect(named.length).toBeGreaterThan(0);
    const known = ALERTS.map(({ name }) => `${ALERT_PREFIX}${name}`);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('sends to receivers that there are', () => {
    const receiversOf = (route: Route): readonly string[] => [
      ...(route.receiver === undefined ? [] : [route.receiver]),
      ...(route.routes ?? []).flatMap(receiversOf),
    ];
    const known = config.receivers.map(({ name }) => name);
    expect(receiversOf(config.route).filter((name) => !known.includes(name))).toEqual([]);
  });
});
