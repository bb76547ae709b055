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

/** Steps of a graph, as long as a point of it is wide. */
export const step = (column: string): string =>
  `date_bin(interval '$__interval_ms milliseconds', ${column}, timestamptz 'epoch') AS time`;

export function table(sql: string, emptyBecause?: string): SqlQuery {
  return { kind: 'sql', sql, shape: 'table', ...(emptyBecause === undefined ? {} : { emptyBecause }) };
}

export function graph(sql: string, emptyBecause?: string): SqlQuery {
  return { kind: 'sql', sql, shape: 'time_series', ...(emptyBecause === undefined ? {} : { emptyBecause }) };
}
