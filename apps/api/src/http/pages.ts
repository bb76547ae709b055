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

/** The page of what was read; an iterator that begins with "-" leads backwards, and its page is in order all the same. */
export function listAnswer<R, T>(
  asked: Asked,
  rows: readonly R[],
  idOf: (row: R) => string,
  out: (row: R) => T,
): ListAnswer<T> {
  const shown = rows.slice(0, asked.limit);
  if (isBackwards(asked)) shown.reverse();
  const [first] = shown;
  const last = shown.at(-1);
  return {
    data: shown.map(out),
    iterator: last === undefined ? null : idOf(last),
    prevIterator: first === undefined ? null : `-${idOf(first)}`,
    done: rows.length <= asked.limit,
  };
}
