import { Counter, Histogram } from 'prom-client';

/*
 * prom-client makes a key of the labels and looks the series up in every call, which is most of what counting costs. These
 * look once. What they count into is what prom-client shows: its entry of the series, under the name that it has there.
 */

interface Entry {
  readonly labels: Labels;
}
interface CounterEntry extends Entry {
  value: number;
}
interface HistogramEntry extends Entry {
  sum: number;
  count: number;
  /** By upper bound, each without those below it. */
  readonly bucketValues: Record<string, number>;
}
type Labels = Readonly<Record<string, string>>;

export interface CounterSeries {
  add(count: number): void;
}
export interface HistogramSeries {
  observe(value: number): void;
}

/** The counter is there from now on, at 0 if it is new. */
export function counterSeries(counter: Counter, labels: Labels): CounterSeries {
  counter.inc(labels, 0);
  const entry = entryOf(counter, labels) as CounterEntry;
  return {
    // What is no count is left out: no number is worth an attempt.
    add: (count) => {
      if (count > 0 && count < Infinity) entry.value += count;
    },
  };
}

/** The histogram is there from now on, empty if it is new. */
export function histogramSeries(histogram: Histogram, bounds: readonly number[], labels: Labels): HistogramSeries {
  const entry = entryOf(histogram, labels, () => histogram.zero(labels)) as HistogramEntry;
  const { bucketValues } = entry;
  // A number as a key is made a text of at every count, which took longer than the rest of it.
  const keys = bounds.map(String);
  return {
    observe: (value) => {
      if (!Number.isFinite(value)) return;
      entry.sum += value;
      entry.count += 1;
      let at = 0;
      while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
      const key = keys[at];
      if (key !== undefined) bucketValues[key] = (bucketValues[key] ?? 0) + 1;
    },
  };
}

/** `make`: makes it, where it is not there. */
function entryOf(of: object, labels: Labels, make?: () => void): Entry {
  const names = Object.keys(labels);
  const find = (): Entry | undefined =>
    Object.values((of as { readonly hashMap: Readonly<Record<string, Entry>> }).hashMap).find((entry) =>
      names.every((name) => entry.labels[name] === labels[name]),
    );
  const known = find();
  if (known !== undefined) return known;
  make?.();
  const made = find();
  if (made === undefined) throw new Error('a series that was made is not there');
  return made;
}
