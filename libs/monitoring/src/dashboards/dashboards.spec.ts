import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { checkQuery } from '../promql/check-query.js';
import { knownSeries, SCRAPE_LABELS } from '../promql/known-series.js';

const root = join(import.meta.dirname, '..', '..', '..', '..');

interface Target {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly expr?: string;
  readonly rawSql?: string;
  readonly legendFormat?: string;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly links?: readonly { readonly title: string; readonly url: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly thresholds?: object } };
}
interface Board {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly tags: readonly string[];
  readonly links: readonly { readonly type: string; readonly tags: readonly string[] }[];
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly query?: unknown;
      readonly datasource?: { readonly uid: string };
    }[];
  };
}
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string; readonly record?: string }[] }[];
}

const read = <T>(pattern: string, as: (text: string) => T): readonly (readonly [string, T])[] =>
  globSync(pattern, { cwd: root })
    .toSorted()
    .map((file) => [file, as(readFileSync(join(root, file), 'utf8'))] as const);

// What is committed is what is looked at: it is that which Grafana and Prometheus read.
const boards = read('deploy/grafana/dashboards/*.json', (text) => JSON.parse(text) as Board);
const rules = read('deploy/prometheus/rules/*.{yml,yaml}', (text) => parse(text) as RuleFile).flatMap(
  ([file, { groups }]) => groups.flatMap((group) => group.rules.map((rule) => [file, rule] as const)),
);
const recorded = rules.flatMap(([, { record }]) => (record === undefined ? [] : [record]));

const panelsOf = (board: Board): readonly Panel[] => board.panels.filter(({ type }) => type !== 'row');
const panels = boards.flatMap(([, board]) =>
  panelsOf(board).map((panel) => [board.uid, panel.title, panel, board] as const),
);
const targets = panels.flatMap(([uid, title, panel]) =>
  (panel.targets ?? []).map((target) => [uid, title, target] as const),
);
const queries = targets.flatMap(([uid, title, { expr }]) => (expr === undefined ? [] : [[uid, title, expr] as const]));

/** Names that Grafana knows by itself. */
const OF_GRAFANA = /^(__\w+)$/;
const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name ?? '').filter((name) => !OF_GRAFANA.test(name));

describe('the committed dashboards', () => {
  it('are six, each with its own uid and of one family', () => {
    expect(boards.map(([, { uid }]) => uid).toSorted()).toEqual(
      ['capacity', 'endpoint', 'kafka', 'overview', 'pipeline', 'retries'].map((name) => `signpost-${name}`),
    );
    for (const [file, { uid, tags, links, editable }] of boards) {
      expect([file, tags, editable]).toEqual([`deploy/grafana/dashboards/${uid}.json`, ['signpost'], false]);
      expect([uid, links]).toEqual([uid, [expect.objectContaining({ type: 'dashboards', tags: ['signpost'] })]]);
    }
  });

  it('have few panels, each with a number of its own and a place of its own', () => {
    for (const [, board] of boards) {
      expect([board.uid, panelsOf(board).length <= 20]).toEqual([board.uid, true]);
      const ids = board.panels.map(({ id }) => id);
      expect([board.uid, new Set(ids).size]).toEqual([board.uid, ids.length]);
      const taken = new Set<string>();
      for (const { title, gridPos } of board.panels) {
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            const cell = `${String(x)}:${String(y)}`;
            expect([board.uid, title, x < 24, taken.has(cell)]).toEqual([board.uid, title, true, false]);
            taken.add(cell);
          }
        }
      }
    }
  });

  it.each(panels)(
    '%s: %s says what is normal, what to do, in which unit, and where to read on',
    (_uid, _title, panel) => {
      expect(panel.title).not.toBe('');
      expect(panel.description).toMatch(/^Normal: .{4,}\n\nOtherwise: .{10,}/);
      expect(panel.fieldConfig?.defaults.unit).toMatch(/\w/);
      expect(panel.targets?.length).toBeGreaterThan(0);
      expect(panel.links).toHaveLength(1);
      const [{ url } = { url: '' }] = panel.links ?? [];
      expect(url).toMatch(/^\$\{runbooks\}\/[a-z-]+\.md$/);
      expect([url, existsSync(join(root, 'docs', 'runbooks', url.replace('${runbooks}/', '')))]).toEqual([url, true]);
    },
  );

  it('name no data source of anybody, and use every variable that they offer, and no other', () => {
    for (const [, board] of boards) {
      const offered = board.templating.list.map(({ name }) => name);
      const text =
        JSON.stringify({ ...board, templating: undefined }) +
        JSON.stringify(board.templating.list.map(({ query, datasource }) => [query, datasource]));
      const used = new Set(variablesIn(text));
      expect([board.uid, [...used].filter((name) => !offered.includes(name))]).toEqual([board.uid, []]);
      expect([board.uid, offered.filter((name) => !used.has(name))]).toEqual([board.uid, []]);
      for (const { title, datasource, targets: each = [] } of panelsOf(board)) {
        for (const source of [datasource, ...each.map((target) => target.datasource)])
          expect([title, source?.uid]).toEqual([title, expect.stringMatching(/^\$\{(datasource|database)\}$/)]);
      }
    }
  });

  it.each(targets.filter(([, , { rawSql }]) => rawSql !== undefined))(
    '%s: %s is bounded',
    (_uid, _title, { rawSql = '' }) => {
      const isOfTime = rawSql.includes('$__unixEpochFrom()') && rawSql.includes('$__unixEpochTo()');
      expect(isOfTime || rawSql.includes('LIMIT')).toBe(true);
      expect(rawSql).toMatch(/\$\{endpoint:sqlstring\}/);
      // Nobody's data: what was sent, what was answered, and what is sealed.
      expect(rawSql).not.toMatch(/payload|body|headers|secret|\*\s+FROM/i);
    },
  );
});

describe('every query', () => {
  it.each(queries)('of a panel names what there is, %s: %s: %s', (_uid, _title, expr) => {
    expect(checkQuery(expr, { of: 'dashboard', recorded })).toEqual([]);
  });

  it('of a rule names what there is', () => {
    const faulty = rules.map(([file, { expr }]) => [file, expr, checkQuery(expr, { of: 'rule', recorded })] as const);
    expect(faulty.filter(([, , faults]) => faults.length > 0)).toEqual([]);
  });

  it('is looked at, so that one misspelt metric fails', () => {
    expect(queries.length).toBeGreaterThan(80);
    const misspelt = queries.filter(([, , expr]) => expr.includes('signpost_attempts_total'));
    expect(misspelt.length).toBeGreaterThan(0);
    for (const [, , expr] of misspelt) {
      const faults = checkQuery(expr.replaceAll('signpost_attempts_total', 'signpost_atempts_total'), {
        of: 'dashboard',
      });
      expect(faults.map(({ code }) => code)).toContain('unknown-metric');
    }
  });

  it.each(targets.filter(([, , { legendFormat }]) => legendFormat !== undefined))(
    '%s: %s is called by labels that its series have',
    (_uid, _title, { expr = '', legendFormat = '' }) => {
      const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '');
      const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
      expect(labels.filter((label) => !grouped.includes(label))).toEqual([]);
    },
  );
});

describe('the catalogue', () => {
  it('is shown: what no panel and no rule asks for is here by name', () => {
    const asked = [...queries.map(([, , expr]) => expr), ...rules.map(([, { expr }]) => expr)].join('\n');
    const ours = [...knownSeries().keys()].filter((name) => name.startsWith('signpost_'));
    const stems = new Set(ours.map((name) => name.replace(/_(bucket|count|sum)$/, '')));
    const unasked = [...stems].filter((stem) => !new RegExp(`\\b${stem}(_bucket|_count|_sum)?\\b`).test(asked));
    expect(unasked).toEqual([]);
    expect(SCRAPE_LABELS).toContain('job');
  });
});
