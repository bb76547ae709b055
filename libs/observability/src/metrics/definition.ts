/** What a number counts, or what it is measured in; what shows the number writes it so. */
export type Unit =
  | 'seconds'
  /** Seconds since 1970. */
  | 'timestamp'
  /** From 0 to 1. */
  | 'ratio'
  | 'bytes'
  | 'applications'
  | 'assignments'
  | 'attempts'
  | 'batches'
  | 'certificates'
  | 'commits'
  | 'connections'
  | 'deliveries'
  | 'endpoints'
  | 'events'
  | 'lanes'
  | 'mails'
  | 'messages'
  | 'minutes'
  | 'origins'
  | 'records'
  | 'recoveries'
  | 'requests'
  | 'roles'
  | 'rows'
  | 'runs'
  | 'spans';

interface Described {
  readonly name: string;
  readonly unit: Unit;
  readonly help: string;
  /** Each label with all the values that it can have: no label takes a value from outside. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/**
 * The few that stand out, by their ids: the one kind whose labels take values that are not listed here. They are ids that
 * Signpost gave, and no process shows more than `most` series of it.
 */
interface Ranking {
  readonly kind: 'ranking';
  readonly name: string;
  readonly unit: Unit;
  readonly help: string;
  readonly ids: readonly ('endpoint' | 'application')[];
  readonly most: number;
}

export type MetricDefinition =
  | (Described & { readonly kind: 'counter' })
  | (Described & { readonly kind: 'gauge' })
  | (Described & { readonly kind: 'histogram'; readonly buckets: readonly number[] })
  | Ranking;
