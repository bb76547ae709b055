import type { ListStart } from '../api/pages.js';
import type { Screen } from '../surroundings.js';
import { painter, type Paint } from './colours.js';
import { ProgressBar } from './progress.js';
import { fields, table, type Column } from './table.js';

export interface OutputOptions {
  readonly isJson: boolean;
  readonly colours: { readonly out: boolean; readonly err: boolean };
}

/** Answers go to standard output, in JSON or for people; all that is only said goes to standard error. */
export class Output {
  readonly isJson: boolean;
  readonly paint: Paint;
  readonly paintError: Paint;

  constructor(
    private readonly stdout: Screen,
    private readonly stderr: Screen,
    { isJson, colours }: OutputOptions,
  ) {
    this.isJson = isJson;
    this.paint = painter(colours.out);
    this.paintError = painter(colours.err);
  }

  line(text = ''): void {
    this.stdout.write(`${text}\n`);
  }

  /** For the person, never for a program. */
  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** The whole answer of a command, for programs. */
  json(value: unknown): void {
    this.line(JSON.stringify(value, null, 2));
  }

  /** One of many, for programs. */
  jsonLine(value: unknown): void {
    this.line(JSON.stringify(value));
  }

  /** A list as the API gives it, for programs, or its table. Who is not told that it was cut takes it for all. */
  list<T>({ rows, isCut }: ListStart<T>, columns: readonly Column<T>[], whenNone: string): void {
    if (this.isJson) {
      this.json({ data: rows, done: !isCut });
      return;
    }
    this.table(rows, columns, whenNone);
    if (isCut)
      this.note(`There are more than these ${String(rows.length)}: --limit shows more, the other options less.`);
  }

  table<T>(rows: readonly T[], columns: readonly Column<T>[], whenNone: string): void {
    if (rows.length === 0) this.note(whenNone);
    else this.line(table(rows, columns, this.paint, this.stdout.isTTY === true ? this.stdout.columns : undefined));
  }

  fields(entries: readonly (readonly [string, string | number | undefined])[]): void {
    this.line(fields(entries, this.paint));
  }

  heading(text: string): void {
    this.line(`\n${this.paint('bold', text)}`);
  }

  progress(what: string): ProgressBar {
    return new ProgressBar(this.stderr, what, this.stderr.isTTY === true);
  }
}
