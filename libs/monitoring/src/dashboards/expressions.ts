import {
  buckets,
  series,
  total,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type Surroundings,
} from '../promql/series.js';
import type { PromQuery } from './definition.js';

/** Everything of this installation. */
export const HERE: Surroundings = ['job="$job"'];
/** The processes that were chosen. */
export const THESE: Surroundings = ['job="$job"', 'instance=~"$instance"'];

type Labels<K extends Parameters<typeof series>[0]> = Parameters<typeof series<K>>[1];
type Grouping = readonly string[];

/** A counter's growth in a second. */
export function rate<K extends CounterName>(key: K, labels?: Labels<K>, around: Surroundings = HERE): string {
  return `rate(${series(key, labels, around)}[$__rate_interval])`;
}

/** A counter's growth over the time that is shown, or that was chosen. */
export function growth<K extends CounterName>(range: '$__range' | '$interval', key: K, labels?: Labels<K>): string {
  return `increase(${series(key, labels, HERE)}[${range}])`;
}

export function gauge<K extends GaugeName>(key: K, labels?: Labels<K>, around: Surroundings = HERE): string {
  return series(key, labels, around);
}

export const sum = (expression: string, by: Grouping = []): string => aggregated('sum', expression, by);
/** Of what every process says alike: the one that saw most. */
export const most = (expression: string, by: Grouping = []): string => aggregated('max', expression, by);

/** A quantile over all processes, by labels. */
export function quantile<K extends HistogramName>(
  share: number,
  key: K,
  by: Grouping = [],
  labels?: Parameters<typeof buckets<K>>[1],
  around: Surroundings = HERE,
): string {
  const grown = `rate(${buckets(key, labels, around)}[$__rate_interval])`;
  return `histogram_quantile(${String(share)}, ${sum(grown, ['le', ...by])})`;
}

/** The mean over all processes, by labels. */
export function mean<K extends HistogramName>(
  key: K,
  by: Grouping = [],
  labels?: Parameters<typeof total<K>>[2],
): string {
  const grown = (of: 'sum' | 'count'): string => `rate(${total(of, key, labels, HERE)}[$__rate_interval])`;
  return `${sum(grown('sum'), by)} / ${sum(grown('count'), by)}`;
}

export function query(expression: string, legend: string, emptyBecause?: string): PromQuery {
  return { kind: 'promql', expression, legend, ...(emptyBecause === undefined ? {} : { emptyBecause }) };
}

function aggregated(operation: string, expression: string, by: Grouping): string {
  return by.length === 0 ? `${operation}(${expression})` : `${operation} by (${by.join(', ')}) (${expression})`;
}
