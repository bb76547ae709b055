import type { DeadLetterSelection, ListPage } from '@signpost/ports';
import { LOOKED_AT } from '../delivery-log/labels.js';
import { mergedList } from '../delivery-log/merged-list.js';
import { ordered } from '../delivery-log/query.js';
import type { Span } from '../delivery-log/spans.js';
import { idTime, type Where } from '../delivery-log/where.js';
import { causesFor } from './causes.js';
import { conditionsOf, diedIn, scopeOf } from './conditions.js';
import { INDEXED, type IndexedRow } from './letter-rows.js';

interface Statement {
  readonly sql: string;
  readonly where: Where;
}

/** Whether it names what it is about: that is little, and found by its key. */
export const isNamed = ({ messageIds, deliveryIds }: DeadLetterSelection): boolean =>
  messageIds !== undefined || deliveryIds !== undefined;

/** Those of the named that fit. */
export function among(selection: DeadLetterSelection, page: ListPage): Statement {
  const where = conditionsOf(selection);
  where.andIf(page.beyond, `id ${page.order === 'ascending' ? '>' : '<'} ?`);
  return { sql: `SELECT ${INDEXED} FROM dead_letters WHERE ${where.sql} ${ordered('id', page)}`, where };
}

type Fits = (row: IndexedRow) => boolean;

/** The list that holds the selection most closely; what else is asked is looked for among the next `looked` of it. */
export function closestList(
  selection: DeadLetterSelection,
  page: ListPage,
): Statement & { readonly looked: number; readonly fits: Fits } {
  const { key, others } = closestKey(selection);
  const looked = others.length === 0 ? page.limit : Math.max(page.limit, LOOKED_AT);
  const where = diedIn(selection, scopeOf(selection)).andIf(
    page.beyond,
    `id ${page.order === 'ascending' ? '>' : '<'} ?`,
  );
  // The index is one of what has a status.
  if (key.column === 'last_status') where.andThat('last_status IS NOT NULL');
  const { state } = selection;
  const states = state === undefined ? [true, false] : [state === 'dead'];
  const keys = [{ column: 'dead', type: 'boolean', values: states } as const, key];
  const list = { columns: INDEXED, table: 'dead_letters', keys, order: 'id', prefix: 'dl' } as const;
  const sql = mergedList(list, where, { ...page, limit: looked }, spanOf(selection));
  return { sql, where, looked, fits: (row) => others.every((fits) => fits(row)) };
}

/** Of the filters that are given the one that is likely to be the rarest, and what is left of the others. */
function closestKey(selection: DeadLetterSelection) {
  const { statuses, eventTypes } = selection;
  const causes = causesFor(selection);
  const ofCause: Fits = ({ cause }) => causes.includes(cause);
  const ofType: Fits = ({ event_type: type }) => eventTypes?.includes(type) === true;
  const isAnyCause = selection.reasons === undefined && selection.reasonClass === undefined;
  const othersOf = (...filters: readonly (Fits | false)[]) => filters.filter((one) => one !== false);
  if (statuses !== undefined) {
    const key = { column: 'last_status', type: 'smallint', values: statuses } as const;
    return { key, others: othersOf(eventTypes !== undefined && ofType, !isAnyCause && ofCause) };
  }
  if (eventTypes !== undefined) {
    const key = { column: 'event_type', type: 'text', values: eventTypes } as const;
    return { key, others: othersOf(!isAnyCause && ofCause) };
  }
  return { key: { column: 'cause', type: 'smallint', values: causes } as const, others: [] };
}

function spanOf({ since, until }: DeadLetterSelection): Span {
  return {
    ...(since === undefined ? {} : { fromMs: idTime(since) }),
    ...(until === undefined ? {} : { toMs: idTime(until) }),
  };
}
