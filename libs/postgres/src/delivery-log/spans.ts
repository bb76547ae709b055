import { timeOfId } from '@signpost/domain';
import type { LogPage } from '@signpost/ports';

/** A part of time, in milliseconds since 1970: `fromMs` belongs to it, `toMs` does not; undefined: no bound. */
export interface Span {
  readonly fromMs?: number;
  readonly toMs?: number;
}

const DAY_MS = 86_400_000;
/** A page that is not full after so many days looks further, at much more at once. */
const STEPS_MS: readonly number[] = [2 * DAY_MS, 16 * DAY_MS];

/**
 * What a list looks at, part by part from where it starts: most pages are full after a few days, and a query over all
 * days of the log costs several milliseconds before it has read anything.
 * `earliestMs`: nothing in the list is older.
 */
export function spansOf(page: LogPage, earliestMs: number, nowMs: number): readonly Span[] {
  return page.order === 'descending' ? downwards(page, earliestMs, nowMs) : upwards(page, earliestMs);
}

function downwards(page: LogPage, earliestMs: number, nowMs: number): readonly Span[] {
  const lowest = Math.max(earliestMs, page.after?.getTime() ?? 0);
  const start = Math.min(nowMs, page.before?.getTime() ?? Infinity, cursorMs(page) ?? Infinity);
  const edges = STEPS_MS.map((step) => start - step).filter((edge) => edge > lowest);
  return [...edges, lowest].map((edge, at) => {
    const above = edges[at - 1];
    return above === undefined ? { fromMs: edge } : { fromMs: edge, toMs: above };
  });
}

function upwards(page: LogPage, earliestMs: number): readonly Span[] {
  const start = Math.max(earliestMs, page.after?.getTime() ?? 0, cursorMs(page) ?? 0);
  const end = page.before?.getTime() ?? Infinity;
  const edges = STEPS_MS.map((step) => start + step).filter((edge) => edge < end);
  return [undefined, ...edges].map((from, at) => {
    const to = edges[at];
    // The first begins at the start, which is a bound of the page itself or the earliest that there can be.
    return { fromMs: from ?? start, ...(to === undefined ? {} : { toMs: to }) };
  });
}

function cursorMs({ beyond }: LogPage): number | undefined {
  return beyond === undefined ? undefined : timeOfId(beyond);
}

/** Reads part by part until the page is full. */
export async function readSpans<T>(
  spans: readonly Span[],
  limit: number,
  read: (span: Span, limit: number) => Promise<readonly T[]>,
): Promise<T[]> {
  const rows: T[] = [];
  for (const span of spans) {
    rows.push(...(await read(span, limit - rows.length)));
    if (rows.length >= limit) break;
  }
  return rows;
}

/** Clocks of different machines differ. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** Nothing that follows from what has this id is older: milliseconds since 1970. */
export function earliestAfter(id: string): number {
  return Math.max(0, (timeOfId(id) ?? 0) - CLOCKS_DIFFER_MS);
}
