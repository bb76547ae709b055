/** 128 sub-buckets for each power of two: a value is told to within 0.8 %. */
const SUB_BITS = 7;
const SUB = 2 ** SUB_BITS;
/** 2^32 - 1 microseconds, 71 minutes; what is longer counts as this. */
const LARGEST = 2 ** 32 - 1;
const BUCKETS = (32 - SUB_BITS + 1) * SUB;

/**
 * Counts whole microseconds in log-linear buckets, as HdrHistogram does: constant memory, constant time, and
 * histograms of several processes or rounds can be added up, which percentiles cannot.
 */
export class Histogram {
  #total = 0;
  #largest = 0;
  readonly #counts: Float64Array;

  constructor(counts: Float64Array = new Float64Array(BUCKETS), largest = 0) {
    this.#counts = counts;
    this.#largest = largest;
    for (const count of counts) this.#total += count;
  }

  get total(): number {
    return this.#total;
  }

  /** Exact, unlike the percentiles. */
  get largest(): number {
    return this.#largest;
  }

  /** A negative value, which a clock correction can make, counts as 0. */
  record(micros: number): void {
    const value = Math.min(Math.max(Math.round(micros), 0), LARGEST);
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
    if (value > this.#largest) this.#largest = value;
  }

  add(other: Histogram): void {
    for (const [bucket, count] of other.#counts.entries()) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    }
    this.#total += other.#total;
    this.#largest = Math.max(this.#largest, other.#largest);
  }

  /** The least bucket bound that `percent` of the values do not exceed, in microseconds; NaN without values. */
  percentile(percent: number): number {
    if (this.#total === 0) return Number.NaN;
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.#total));
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return Math.min(upperBound(bucket), this.#largest);
    }
    return this.#largest;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#largest = 0;
  }

  /** What crosses a process: structured clone keeps the typed array. */
  snapshot(): HistogramSnapshot {
    return { counts: this.#counts.slice(), largest: this.#largest };
  }

  static of(snapshot: HistogramSnapshot): Histogram {
    return new Histogram(snapshot.counts.slice(), snapshot.largest);
  }
}

export interface HistogramSnapshot {
  readonly counts: Float64Array;
  readonly largest: number;
}

function bucketOf(value: number): number {
  if (value < 2 * SUB) return value;
  const shift = 31 - Math.clz32(value) - SUB_BITS;
  return shift * SUB + (value >>> shift);
}

function upperBound(bucket: number): number {
  if (bucket < 2 * SUB) return bucket;
  const shift = Math.floor(bucket / SUB) - 1;
  return (bucket - shift * SUB + 1) * 2 ** shift - 1;
}
