/** A column of a batch: what unnest() makes of it on the other side, and where its value comes from. */
export interface Column<R> {
  readonly name: string;
  /** Element type of the array parameter. */
  readonly type: 'text' | 'bytea' | 'timestamptz' | 'bigint' | 'smallint' | 'real' | 'boolean';
  readonly value: (row: R) => string | number | boolean | Buffer | null;
}

/**
 * One array parameter for each column: one plan for batches of every size, and no limit on parameters. Arrays are
 * written by hand, since the driver's general way costs more than the rest of a batch.
 */
export function arraysOf<R>(columns: readonly Column<R>[], rows: readonly R[]): string[] {
  return columns.map((column) => {
    let text = '{';
    for (const [index, row] of rows.entries()) {
      if (index > 0) text += ',';
      text += element(column.value(row));
    }
    return `${text}}`;
  });
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

function element(value: string | number | boolean | Buffer | null): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoted(value);
  if (Buffer.isBuffer(value)) return `"\\\\x${value.toString('hex')}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  // A fact is read without a look at its fields: one that lacks a field is found out here.
  throw new TypeError('a field is missing or has another type');
}

function quoted(text: string): string {
  // Most texts hold nothing to escape, and indexOf finds that out faster than a pattern.
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
