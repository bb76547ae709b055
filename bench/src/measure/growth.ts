import { median } from './median.js';

export interface Growth {
  /** Median of the first quarter of the values, and of the last. */
  readonly first: number;
  readonly last: number;
}

/** How values taken at even steps of a run changed from its first quarter to its last; NaN of fewer than four. */
export function growthOf(values: readonly number[]): Growth {
  const quarter = Math.floor(values.length / 4);
  if (quarter === 0) return { first: Number.NaN, last: Number.NaN };
  return { first: median(values.slice(0, quarter)), last: median(values.slice(-quarter)) };
}
