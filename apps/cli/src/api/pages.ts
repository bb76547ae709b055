import type { ApiClient, Query } from './client.js';

export interface Page<T> {
  readonly data: readonly T[];
  readonly iterator: string | null;
  readonly done: boolean;
}

const LARGEST_PAGE = 250;

/** Items of a list one after another, asked for as far as they are read. */
export async function* items<T>(
  client: ApiClient,
  path: string,
  query: Query = {},
  most = Infinity,
): AsyncGenerator<T, void, undefined> {
  let iterator: string | undefined;
  let left = most;
  while (left > 0) {
    const limit = Math.min(left, LARGEST_PAGE);
    const page: Page<T> = await client.get(path, { ...query, limit, iterator });
    const taken = page.data.slice(0, left);
    yield* taken;
    left -= taken.length;
    // A page may be empty and not the last: what it looked at fitted nothing.
    if (page.done || page.iterator === null) return;
    iterator = page.iterator;
  }
}

/** At most so many items of a list. */
export async function someItems<T>(client: ApiClient, path: string, query: Query, most: number): Promise<readonly T[]> {
  // Array.fromAsync would need Node 22.
  const all: T[] = [];
  for await (const item of items<T>(client, path, query, most)) all.push(item);
  return all;
}

/** The beginning of a list, and whether there is more of it. */
export interface ListStart<T> {
  readonly rows: readonly T[];
  readonly isCut: boolean;
}

/** As someItems. One more is asked for than is shown: a page that is not the last may be followed by nothing that fits. */
export async function listStart<T>(client: ApiClient, path: string, query: Query, most: number): Promise<ListStart<T>> {
  const rows = await someItems<T>(client, path, query, most + 1);
  return { rows: rows.slice(0, most), isCut: rows.length > most };
}
