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
  readonly bucketValues: Record<number, number>;
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
  return {
    observe: (value) => {
      if (!Number.isFinite(value)) return;
      entry.sum += value;
      entry.count += 1;
      for (const bound of bounds) {
        if (value > bound) continue;
        bucketValues[bound] = (bucketValues[bound] ?? 0) + 1;
        return;
      }
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
