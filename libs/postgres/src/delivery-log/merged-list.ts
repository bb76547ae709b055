import { lowestId, type IdPrefix } from '@signpost/domain';
import type { LogPage } from '@signpost/ports';
import type { Span } from './spans.js';
import { idTime, type Where } from './where.js';

interface Key {
  readonly column: string;
  readonly type: 'text' | 'smallint' | 'boolean';
  readonly values: readonly unknown[];
}

/** One list out of several, each of which an index holds in its order: what `where` compares, then the keys, then the id. */
export interface MergedList {
  readonly columns: string;
  readonly table: string;
  readonly keys: readonly Key[];
  /** The column of ids that the list is in the order of. */
  readonly order: string;
  readonly prefix: IdPrefix;
}

/**
 * Row comparisons in place of an equality for each key: told that the keys are equal, the planner takes any index in the
 * order of the ids, the primary key too, and reads all rows of all endpoints when what is asked for is rarer than it thinks.
 */
export function mergedList(list: MergedList, where: Where, page: LogPage, span: Span): string {
  const { columns, table, keys, order, prefix } = list;
  const direction = page.order === 'ascending' ? 'ASC' : 'DESC';
  const limit = String(Math.trunc(page.limit));
  const sources = keys.map(
    ({ type, values }, at) => `unnest(${where.parameter(values)}::${type}[]) AS k${String(at)} (value)`,
  );
  const row = [...keys.map(({ column }) => column), order];
  const bound = (id: string) => [...keys.map((_, at) => `k${String(at)}.value`), where.parameter(id)].join(', ');
  const [lowest, highest] = reachOf(prefix, page, span);
  return `SELECT found.* FROM ${sources.join(' CROSS JOIN ')} CROSS JOIN LATERAL (
    SELECT ${columns} FROM ${table}
    WHERE ${where.sql} AND (${row.join(', ')}) >= (${bound(lowest)}) AND (${row.join(', ')}) <= (${bound(highest)})
    ORDER BY ${row.map((column) => `${column} ${direction}`).join(', ')} LIMIT ${limit}
  ) found ORDER BY found.${order} ${direction} LIMIT ${limit}`;
}

/** Where the page's ids lie, at most: what an index is entered with, so that a late page costs no more than the first. */
function reachOf(prefix: IdPrefix, page: LogPage, { fromMs, toMs }: Span): readonly [string, string] {
  const from = [`${prefix}_`];
  const to = [`${prefix}_~`];
  if (fromMs !== undefined) from.push(lowestId(prefix, fromMs));
  if (toMs !== undefined) to.push(lowestId(prefix, toMs));
  if (page.after !== undefined) from.push(lowestId(prefix, idTime(page.after)));
  if (page.before !== undefined) to.push(lowestId(prefix, idTime(page.before)));
  if (page.beyond !== undefined) (page.order === 'ascending' ? from : to).push(page.beyond);
  return [from.reduce((a, b) => (a > b ? a : b)), to.reduce((a, b) => (a < b ? a : b))];
}
