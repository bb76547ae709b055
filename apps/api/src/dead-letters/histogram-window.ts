import type { DEAD_LETTER_BUCKETS } from '@signpost/contracts';
import { ApiError } from '@signpost/runtime';

export type Bucket = (typeof DEAD_LETTER_BUCKETS)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Longer than dead letters are kept. */
const LONGEST_MS = 31 * DAY_MS;

interface Width {
  readonly bucketMs: number;
  /** What is shown where nobody says since when. */
  readonly usualMs: number;
  readonly longestMs: number;
  readonly longest: string;
}

const WIDTHS: Readonly<Record<Bucket, Width>> = {
  minute: { bucketMs: MINUTE_MS, usualMs: HOUR_MS, longestMs: DAY_MS, longest: '24 hours' },
  hour: { bucketMs: HOUR_MS, usualMs: DAY_MS, longestMs: LONGEST_MS, longest: '31 days' },
  day: { bucketMs: DAY_MS, usualMs: LONGEST_MS, longestMs: LONGEST_MS, longest: '31 days' },
};

export interface HistogramWindow {
  readonly since: Date;
  readonly until: Date;
  readonly bucketMs: number;
}

/** @throws ApiError 400 for a time that is longer than its buckets allow, or ends before it begins */
export function histogramWindow(
  asked: { readonly bucket: Bucket; readonly since?: Date | undefined; readonly until?: Date | undefined },
  nowMs: number,
): HistogramWindow {
  const { bucketMs, usualMs, longestMs, longest } = WIDTHS[asked.bucket];
  // What dies at this very millisecond is part of it.
  const until = asked.until ?? new Date(nowMs + 1);
  const since = asked.since ?? new Date(Math.max(0, until.getTime() - usualMs));
  if (since > until) throw invalid('since cannot be later than until');
  if (until.getTime() - since.getTime() > longestMs + bucketMs) {
    throw invalid(
      `since cannot be more than ${longest} before until with bucket=${asked.bucket}: ask for less at once, or for wider buckets`,
    );
  }
  return { since, until, bucketMs };
}

const invalid = (detail: string): ApiError => new ApiError(400, 'invalid_range', detail);
