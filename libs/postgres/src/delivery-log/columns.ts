import { binaryArray, type Element, type ElementType } from './binary-array.js';

/** A column of a batch: what unnest() makes of it on the other side, and where its value comes from. */
export interface Column<R> {
  readonly name: string;
  /** Element type of the array parameter. */
  readonly type: ElementType;
  readonly value: (row: R) => Element;
}

/** One array parameter for each column: one plan for batches of every size, and no limit on parameters. */
export function arraysOf<R>(columns: readonly Column<R>[], rows: readonly R[]): Buffer[] {
  return columns.map(({ type, value }) => binaryArray(type, rows.map(value)));
}

/** unnest ($1::text[], $2::bigint[], …) AS alias (first, second, …) */
export function unnest<R>(columns: readonly Column<R>[], alias: string): string {
  const arrays = columns.map((column, index) => `$${String(index + 1)}::${column.type}[]`);
  return `unnest (${arrays.join(', ')}) AS ${alias} (${columns.map((column) => column.name).join(', ')})`;
}

export function names<R>(columns: readonly Column<R>[], prefix = ''): string {
  return columns.map((column) => `${prefix}${column.name}`).join(', ');
}

/** A PostgreSQL array literal in one text, for columns that are arrays themselves: unnest() would flatten them. */
export function arrayLiteral(values: readonly string[]): string {
  return `{${values.map((value) => quoted(value)).join(',')}}`;
}

function quoted(text: string): string {
  // Most texts hold nothing to escape, and indexOf finds that out faster than a pattern.
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
