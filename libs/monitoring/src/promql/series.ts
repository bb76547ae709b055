import { METRICS, type LabelsOf } from '@signpost/observability';

type Catalogue = typeof METRICS;
type Named<Kind> = {
  [K in keyof Catalogue]: Catalogue[K] extends { readonly kind: Kind } ? K : never;
}[keyof Catalogue];
export type CounterName = Named<'counter'>;
export type GaugeName = Named<'gauge'>;
export type HistogramName = Named<'histogram'>;
export type RankingName = Named<'ranking'>;

/** Values of labels to choose by: one, or several of which any will do. The compiler knows which there are. */
type Chosen<K extends keyof Catalogue> = {
  readonly [L in keyof LabelsOf<Catalogue[K]>]?: LabelsOf<Catalogue[K]>[L] | readonly LabelsOf<Catalogue[K]>[L][];
};

/**
 * Where a query's series come from beside the catalogue's labels: matchers as PromQL writes them, for instance
 * `job="$job"` on a dashboard.
 */
export type Surroundings = readonly string[];

/** A counter, gauge or ranking of the catalogue as PromQL selects it. */
export function series<K extends CounterName | GaugeName | RankingName>(
  key: K,
  labels: Chosen<K> = {},
  around: Surroundings = [],
): string {
  return selector(METRICS[key].name, labels, around);
}

/** A histogram's buckets; `le` is one of its bounds, in its unit, or absent for all. */
export function buckets<K extends HistogramName>(
  key: K,
  labels: Chosen<K> = {},
  around: Surroundings = [],
  le?: Catalogue[K]['buckets'][number],
): string {
  const bound = le === undefined ? [] : [bounded(le)];
  return selector(`${METRICS[key].name}_bucket`, labels, [...around, ...bound]);
}

/** How many values a histogram has seen, or what they come to. */
export function total<K extends HistogramName>(
  of: 'count' | 'sum',
  key: K,
  labels: Chosen<K> = {},
  around: Surroundings = [],
): string {
  return selector(`${METRICS[key].name}_${of}`, labels, around);
}

/** Prometheus 3 keeps the bound 5 as 5.0, those before as it was exported. */
function bounded(le: number): string {
  return Number.isInteger(le) ? String.raw`le=~"${String(le)}(\\.0)?"` : `le="${String(le)}"`;
}

function selector(name: string, labels: Readonly<Record<string, unknown>>, around: Surroundings): string {
  const chosen = Object.entries(labels).map(([label, value]) =>
    Array.isArray(value) ? `${label}=~"${value.map(String).map(escaped).join('|')}"` : `${label}="${String(value)}"`,
  );
  const matchers = [...chosen, ...around];
  return matchers.length === 0 ? name : `${name}{${matchers.join(', ')}}`;
}

/** Dots in topics' names would match any character. */
function escaped(value: string): string {
  return value.replaceAll('.', '\\\\.');
}
