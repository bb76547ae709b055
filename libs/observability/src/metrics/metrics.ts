import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';
import { METRICS } from './catalogue.js';
import type { MetricDefinition } from './definition.js';
import { counterSeries, histogramSeries } from './series.js';

type Catalogue = typeof METRICS;
/** A label takes one of the values that the catalogue lists, and the compiler sees to it. */
export type LabelsOf<D extends MetricDefinition> = D extends { readonly labels: infer L extends ClosedLabels }
  ? { readonly [N in keyof L]: L[N][number] }
  : never;
type ClosedLabels = Readonly<Record<string, readonly string[]>>;
type Arguments<D extends MetricDefinition> = keyof LabelsOf<D> extends never ? [] : [labels: LabelsOf<D>];

interface CounterHandle<D extends MetricDefinition> {
  inc(...labels: Arguments<D>): void;
  add(count: number, ...labels: Arguments<D>): void;
}
interface GaugeHandle<D extends MetricDefinition> {
  set(value: number, ...labels: Arguments<D>): void;
  /** Asked at each scrape, so that nothing is kept up to date that nobody reads. */
  onScrape(read: () => number, ...labels: Arguments<D>): void;
}
interface HistogramHandle<D extends MetricDefinition> {
  /** In the metric's unit, seconds. */
  observe(value: number, ...labels: Arguments<D>): void;
  /** With the trace that shows where the time went; undefined: none is recorded of it. */
  observeTraced(value: number, traceId: string | undefined, ...labels: Arguments<D>): void;
}
interface RankingHandle<D extends MetricDefinition> {
  /** In place of all that it showed before: the first of these, as many as its definition allows. */
  show(rows: readonly RankedRow<D>[]): void;
}
type RankedRow<D extends MetricDefinition> = D extends { readonly ids: readonly (infer N extends string)[] }
  ? { readonly ids: Readonly<Record<N, string>>; readonly value: number }
  : never;
type Handle<D extends MetricDefinition> = D extends { readonly kind: 'counter' }
  ? CounterHandle<D>
  : D extends { readonly kind: 'gauge' }
    ? GaugeHandle<D>
    : D extends { readonly kind: 'ranking' }
      ? RankingHandle<D>
      : HistogramHandle<D>;

export type MetricHandles = { readonly [K in keyof Catalogue]: Handle<Catalogue[K]> };

export interface MetricsOptions {
  readonly processMetrics: boolean;
  readonly exemplars?: boolean;
}

/** All metrics of one process, in a registry of its own: no two tests share a number. */
export class Metrics {
  readonly registry = new Registry();
  readonly of: MetricHandles;

  /**
   * `exemplars`: traces stand beside what histograms count. Only OpenMetrics has a place for them, and it writes the names of
   * counters otherwise; so without traces the text stays as it was.
   */
  constructor(options: MetricsOptions = { processMetrics: true }) {
    const exemplars = options.exemplars === true;
    if (exemplars)
      (this.registry as unknown as Registry<OpenMetricsContentType>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
    const handles = Object.entries(METRICS).map(
      ([key, definition]) => [key, handle(definition, this.registry, exemplars)] as const,
    );
    this.of = Object.fromEntries(handles) as unknown as MetricHandles;
  }
}

function handle(definition: MetricDefinition, registry: Registry, exemplars: boolean): unknown {
  const { name, help } = definition;
  if (definition.kind === 'ranking') return ranking(definition, registry);
  const labelNames = Object.keys(definition.labels);
  const common = { name, help, labelNames, registers: [registry] };
  switch (definition.kind) {
    case 'counter': {
      const counter = new Counter(common);
      const child = children(labelNames, (labels) => counterSeries(counter, labels));
      for (const labels of combinations(definition.labels)) child(labels);
      return {
        inc: (labels?: Labels) => {
          child(labels).add(1);
        },
        add: (count: number, labels?: Labels) => {
          child(labels).add(count);
        },
      };
    }
    case 'gauge': {
      const readers: { readonly labels: Labels; readonly read: () => number }[] = [];
      const gauge = new Gauge({
        ...common,
        collect: () => {
          for (const { labels, read } of readers) gauge.set(labels, read());
        },
      });
      return {
        set: (value: number, labels: Labels = {}) => {
          gauge.set(labels, value);
        },
        onScrape: (read: () => number, labels: Labels = {}) => {
          readers.push({ labels, read });
        },
      };
    }
    case 'histogram': {
      const histogram = new Histogram({ ...common, buckets: [...definition.buckets], enableExemplars: exemplars });
      return histogramHandle(histogram, definition, exemplars);
    }
  }
}

function histogramHandle(
  histogram: Histogram,
  { buckets, labels: names }: MetricDefinition & { readonly kind: 'histogram' },
  exemplars: boolean,
): unknown {
  const child = children(Object.keys(names), (labels) => histogramSeries(histogram, buckets, labels));
  const observe = (value: number, labels?: Labels): void => {
    child(labels).observe(value);
  };
  return {
    observe,
    observeTraced: (value: number, traceId: string | undefined, labels: Labels = {}) => {
      // prom-client throws at what is no number, and no number is worth an attempt.
      if (!exemplars || traceId === undefined || !Number.isFinite(value)) observe(value, labels);
      else histogram.observe({ labels, value, exemplarLabels: { trace_id: traceId } });
    },
  };
}

function ranking(definition: MetricDefinition & { readonly kind: 'ranking' }, registry: Registry): unknown {
  const { name, help, ids, most } = definition;
  const gauge = new Gauge({ name, help, labelNames: [...ids], registers: [registry] });
  return {
    show: (rows: readonly { readonly ids: Labels; readonly value: number }[]) => {
      gauge.reset();
      for (const row of rows.slice(0, most)) gauge.set(row.ids, row.value);
    },
  };
}

type Labels = Readonly<Record<string, string>>;

/** Looks each series up once: to do so at every call shows on the hot path. */
function children<C>(labelNames: readonly string[], make: (labels: Labels) => C): (labels?: Labels) => C {
  const known = new Map<string, C>();
  return (labels = {}) => {
    let key = '';
    for (const name of labelNames) key = key === '' ? (labels[name] ?? '') : `${key}\0${labels[name] ?? ''}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const fresh = make(labels);
    known.set(key, fresh);
    return fresh;
  };
}

/** Every series exists from the start: a counter that appears with its first event hides that event from rate(). */
function combinations(labels: Readonly<Record<string, readonly string[]>>): Labels[] {
  return Object.entries(labels).reduce<Labels[]>(
    (sets, [name, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value }))),
    [{}],
  );
}
