import type { ListPage } from '@signpost/ports';

interface Asked {
  readonly limit: number;
  readonly order: 'ascending' | 'descending';
  readonly iterator?: string | undefined;
}

export interface ListAnswer<T> {
  readonly data: readonly T[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
}

const isBackwards = (asked: Asked): boolean => asked.iterator?.startsWith('-') === true;

/** The rows to read for a page: one more than it shows, which tells whether there is a next. */
export function pageOf(asked: Asked): ListPage {
  const { limit, order, iterator } = asked;
  if (!isBackwards(asked)) return { limit: limit + 1, order, ...(iterator === undefined ? {} : { beyond: iterator }) };
  const opposite = order === 'ascending' ? 'descending' : 'ascending';
  return { limit: limit + 1, order: opposite, ...(iterator === undefined ? {} : { beyond: iterator.slice(1) }) };
}

/** What a list answered: rows, or rows and where the search for more has stopped. */
interface Read<R> {
  readonly rows: readonly R[];
  readonly stoppedAt?: string;
}

/** The page of what was read; an iterator that begins with "-" leads backwards, and its page is in order all the same. */
export function listAnswer<R, T>(
  asked: Asked,
  rows: readonly R[],
  idOf: (row: R) => string,
  out: (row: R) => T,
): ListAnswer<T> {
  return soughtAnswer(asked, { rows }, idOf, out);
}

/** The same where the search may have stopped before the page was full: the list goes on from there, even if nothing is shown. */
export function soughtAnswer<R, T>(
  asked: Asked,
  { rows, stoppedAt }: Read<R>,
  idOf: (row: R) => string,
  out: (row: R) => T,
): ListAnswer<T> {
  const shown = rows.slice(0, asked.limit);
  const ids = shown.map(idOf);
  if (stoppedAt !== undefined) ids.push(stoppedAt);
  if (isBackwards(asked)) {
    shown.reverse();
    ids.reverse();
  }
  const [first] = ids;
  return {
    data: shown.map(out),
    iterator: ids.at(-1) ?? null,
    prevIterator: first === undefined ? null : `-${first}`,
    done: rows.length <= asked.limit && stoppedAt === undefined,
  };
}
