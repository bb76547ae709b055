import type { Colour, Paint } from './colours.js';
import { harmless, shortened, widthOf } from './width.js';

export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string | number | undefined;
  readonly colour?: (row: T) => Colour | undefined;
  readonly isRight?: boolean;
  /** Never shortened: ids are copied from there. */
  readonly isWhole?: boolean;
}

const GAP = '  ';
const LEAST = 8;

/** Rows under their titles, as wide as they need and no wider than `columns`. */
export function table<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  paint: Paint,
  screenColumns: number | undefined,
): string {
  const cells = rows.map((row) => columns.map((column) => harmless(String(column.of(row) ?? ''))));
  const needed = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...cells.map((line) => widthOf(line[at] ?? ''))),
  );
  const widths = fitted(needed, columns, screenColumns);
  const line = (texts: readonly string[], paintCell: (text: string, at: number) => string): string =>
    texts
      .map((text, at) => {
        const width = widths[at] ?? 0;
        const shown = shortened(text, width);
        const space = ' '.repeat(Math.max(0, width - widthOf(shown)));
        const painted = paintCell(shown, at);
        if (columns[at]?.isRight === true) return space + painted;
        return at === columns.length - 1 ? painted : painted + space;
      })
      .join(GAP)
      .trimEnd();
  const titles = line(
    columns.map(({ title }) => title.toUpperCase()),
    (text) => paint('dim', text),
  );
  const lines = rows.map((row, number) =>
    line(cells[number] ?? [], (text, at) => {
      const colour = columns[at]?.colour?.(row);
      return colour === undefined ? text : paint(colour, text);
    }),
  );
  return [titles, ...lines].join('\n');
}

/** Takes from the widest columns that may be shortened until all fit. */
function fitted(
  needed: readonly number[],
  columns: readonly Pick<Column<never>, 'isWhole'>[],
  screenColumns: number | undefined,
): readonly number[] {
  const widths = [...needed];
  if (screenColumns === undefined) return widths;
  const room = Math.max(0, screenColumns - GAP.length * (columns.length - 1));
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0) {
    let widest = -1;
    widths.forEach((width, at) => {
      if (columns[at]?.isWhole !== true && width > LEAST && width > (widths[widest] ?? 0)) widest = at;
    });
    const width = widths[widest];
    if (width === undefined) break;
    widths[widest] = width - 1;
    excess -= 1;
  }
  return widths;
}

/** Names and what they stand for, one a line; what is undefined is left out. */
export function fields(entries: readonly (readonly [string, string | number | undefined])[], paint: Paint): string {
  const shown = entries.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => widthOf(name)));
  return shown.map(([name, value]) => `${paint('dim', name.padEnd(width))}  ${harmless(String(value))}`).join('\n');
}
