interface Described {
  readonly name: string;
  readonly help: string;
  /** Each label with all the values that it can have: no label takes a value from outside. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}
export type MetricDefinition =
  | (Described & { readonly kind: 'counter' })
  | (Described & { readonly kind: 'gauge' })
  | (Described & { readonly kind: 'histogram'; readonly buckets: readonly number[] });
