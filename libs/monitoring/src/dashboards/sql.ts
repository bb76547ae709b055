import type { SqlQuery } from './definition.js';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The smallest id of a prefix at or after a second since 1970: ids begin with their milliseconds in base 62, so bounds of
 * ids are bounds of time, and what keeps to them reads the days and the part of an index that are shown, and nothing else.
 */
export function lowestIdAt(prefix: string, second: string): string {
  const digit = `mod(div(${second}::numeric * 1000, 62::numeric ^ place), 62)::integer`;
  return `(SELECT '${prefix}_' || string_agg(substr('${DIGITS}', 1 + ${digit}, 1), '' ORDER BY place DESC) || repeat('0', 19) FROM generate_series(0, 7) AS place)`;
}

/** Within the time that is shown, by an id. */
export function shown(column: string, prefix: string): string {
  const from = lowestIdAt(prefix, '$__unixEpochFrom()');
  const to = lowestIdAt(prefix, '($__unixEpochTo() + 1)');
  return `${column} >= ${from} AND ${column} < ${to}`;
}

interface OfChosen {
  readonly table: string;
  /** The column that the index has between endpoint and id, and those of its few values that are wanted. */
  readonly by: string;
  readonly values: readonly number[];
  readonly columns: string;
  readonly id: readonly [column: string, prefix: string];
}

/**
 * Rows of the chosen endpoints and the time that is shown: one part of the index for each endpoint and value. PostgreSQL
 * knows nothing of the bounds before it runs, and would rather read all that happened in that time: OFFSET 0 keeps it from that.
 */
export function ofChosen({ table: from, by, values, columns, id: [column, prefix] }: OfChosen): string {
  return `unnest(ARRAY[\${endpoint:sqlstring}]) AS chosen (endpoint)
CROSS JOIN unnest(ARRAY[${values.join(', ')}]::smallint[]) AS of (value)
CROSS JOIN LATERAL (
  SELECT ${columns} FROM ${from}
  WHERE endpoint_id = chosen.endpoint AND ${by} = of.value AND ${shown(column, prefix)}
  OFFSET 0
) AS found`;
}

/** Steps of a graph, as long as a point of it is wide. */
export const step = (column: string): string =>
  `date_bin(interval '$__interval_ms milliseconds', ${column}, timestamptz 'epoch') AS time`;

export function table(sql: string, emptyBecause?: string): SqlQuery {
  return { kind: 'sql', sql, shape: 'table', ...(emptyBecause === undefined ? {} : { emptyBecause }) };
}

export function graph(sql: string, emptyBecause?: string): SqlQuery {
  return { kind: 'sql', sql, shape: 'time_series', ...(emptyBecause === undefined ? {} : { emptyBecause }) };
}
