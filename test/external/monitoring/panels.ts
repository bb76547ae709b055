import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DASHBOARDS } from '@signpost/monitoring';
import { parse } from 'yaml';
import { projectRoot } from '../toolchains.js';

export interface Asked {
  readonly dashboard: string;
  readonly panel: string;
  /** As the dashboard has it. */
  readonly query: string;
  readonly kind: 'promql' | 'sql';
}

interface Board {
  readonly uid: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr?: string; readonly rawSql?: string }[];
  }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr?: string }[] };
}

/** Every target of every panel, from the files that Grafana reads. */
export function askedByPanels(): readonly Asked[] {
  return globSync('deploy/grafana/dashboards/*.json', { cwd: projectRoot }).flatMap((file) => {
    const { uid, panels } = JSON.parse(readFileSync(join(projectRoot, file), 'utf8')) as Board;
    return panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr, rawSql }) => {
        const query = expr ?? rawSql;
        if (query === undefined) throw new Error(`${uid}: ${title} asks for nothing`);
        return { dashboard: uid, panel: title, query, kind: expr === undefined ? 'sql' : 'promql' } as const;
      }),
    );
  });
}

/** Queries that may find nothing, each with its reason in the panel's definition. */
export function mayBeEmpty(): ReadonlySet<string> {
  const queries = DASHBOARDS.flatMap(({ rows }) => rows).flatMap(({ panels }) =>
    panels.flatMap((each) => each.queries),
  );
  return new Set(
    queries
      .filter(({ emptyBecause }) => emptyBecause !== undefined)
      .map((query) => (query.kind === 'sql' ? query.sql : query.expression)),
  );
}

export interface Rule {
  readonly file: string;
  readonly expr: string;
  readonly name: string;
}

export const ruleFiles = (): readonly string[] =>
  globSync('deploy/prometheus/rules/*.{yml,yaml}', { cwd: projectRoot }).map((file) => join(projectRoot, file));

export function rules(): readonly Rule[] {
  return ruleFiles().flatMap((file) => {
    const { groups } = parse(readFileSync(file, 'utf8')) as {
      readonly groups: readonly {
        readonly rules: readonly { readonly expr: string; readonly alert?: string; readonly record?: string }[];
      }[];
    };
    return groups.flatMap(({ rules: of }) =>
      of.map(({ expr, alert, record }) => ({ file, expr, name: alert ?? record ?? '' })),
    );
  });
}

/** As Grafana would ask, at a scrape a second. */
export function promqlAsAsked(query: string): string {
  return filledIn(query, {
    __rate_interval: '10s',
    __range: '60s',
    interval: '60s',
    job: 'signpost',
    instance: '.+',
    role: '.+',
  });
}

/** As Grafana would ask, of the last ten minutes. */
export function sqlAsAsked(query: string, application: string, endpoints: readonly string[]): string {
  const now = Math.floor(Date.now() / 1_000);
  const text = query
    .replaceAll('$__unixEpochFrom()', String(now - 600))
    .replaceAll('$__unixEpochTo()', String(now))
    .replaceAll('${application:sqlstring}', `'${application}'`)
    .replaceAll('${endpoint:sqlstring}', endpoints.map((id) => `'${id}'`).join(','));
  return filledIn(text, { __interval_ms: '1000' });
}

function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  const filled = text.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nobody knows the variable ${name} in ${text}`);
    return value;
  });
  if (filled.includes('${')) throw new Error(`a variable is left in ${filled}`);
  return filled;
}
