import { BACKLOG_METRICS, METRICS, type MetricDefinition } from '@signpost/observability';
import { collectDefaultMetrics, Counter, Histogram, Registry, Summary } from 'prom-client';

/** What a query may select by one name. */
export interface KnownSeries {
  /** A counter says nothing until it is rated: also the buckets, counts and sums of histograms. */
  readonly kind: 'counter' | 'gauge' | 'recorded';
  /** Each label with the values it can have; undefined where anything may stand. */
  readonly labels: ReadonlyMap<string, readonly string[] | undefined>;
  /** Every recorder says it of the same thing, so that a sum would be too much by the number of them. */
  readonly saidByAll: boolean;
}

/** What Prometheus adds to all that it scrapes. */
export const SCRAPE_LABELS: readonly string[] = ['job', 'instance', 'service'];

const ANY = undefined;
/** Prometheus' own, of each scrape and each alert. */
const OF_PROMETHEUS: Readonly<Record<string, readonly string[]>> = {
  up: [],
  scrape_duration_seconds: [],
  scrape_samples_scraped: [],
  ALERTS: ['alertname', 'alertstate', 'severity'],
};

let known: ReadonlyMap<string, KnownSeries> | undefined;

/** All series of a process by their names: the catalogue's, Node's as prom-client has them, and Prometheus' own. */
export function knownSeries(): ReadonlyMap<string, KnownSeries> {
  known ??= new Map([
    ...Object.entries(OF_PROMETHEUS).map(([name, labels]) => [name, gauge(freely(labels))] as const),
    ...ofNode(),
    ...Object.entries<MetricDefinition>(METRICS).flatMap(([key, definition]) =>
      ofCatalogue(definition, Object.hasOwn(BACKLOG_METRICS, key)),
    ),
  ]);
  return known;
}

function ofCatalogue(definition: MetricDefinition, saidByAll: boolean): (readonly [string, KnownSeries])[] {
  const { name } = definition;
  if (definition.kind === 'ranking') return [[name, gauge(freely(definition.ids))]];
  const labels = new Map(Object.entries(definition.labels));
  switch (definition.kind) {
    case 'counter':
      return [[name, { kind: 'counter', labels, saidByAll }]];
    case 'gauge':
      return [[name, { kind: 'gauge', labels, saidByAll }]];
    case 'histogram': {
      const bounds = ['le', [...definition.buckets.map(String), '+Inf']] as const;
      return ofHistogram(name, labels, bounds);
    }
  }
}

function ofHistogram(
  name: string,
  labels: KnownSeries['labels'],
  bounds: readonly [string, readonly string[] | undefined],
): (readonly [string, KnownSeries])[] {
  const counted: KnownSeries = { kind: 'counter', labels, saidByAll: false };
  return [
    [`${name}_bucket`, { ...counted, labels: new Map([...labels, bounds]) }],
    [`${name}_count`, counted],
    [`${name}_sum`, counted],
  ];
}

/** As prom-client registers them here: what it has no means to know on this system, it does not register. */
function ofNode(): (readonly [string, KnownSeries])[] {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register.getMetricsAsArray().flatMap((metric) => {
    const labels = freely('labelNames' in metric ? (metric.labelNames as readonly string[]) : []);
    if (metric instanceof Histogram) return ofHistogram(metric.name, labels, ['le', ANY]);
    const isCounted = metric instanceof Counter || metric instanceof Summary;
    return [[metric.name, { kind: isCounted ? 'counter' : 'gauge', labels, saidByAll: false }]] as const;
  });
}

function gauge(labels: KnownSeries['labels']): KnownSeries {
  return { kind: 'gauge', labels, saidByAll: false };
}

/** Labels whose values nobody lists. */
function freely(labels: readonly string[]): Map<string, undefined> {
  return new Map(labels.map((label) => [label, ANY]));
}
