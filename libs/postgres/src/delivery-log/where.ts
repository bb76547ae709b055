import { lowestId, type IdPrefix } from '@signpost/domain';
import type { LogPage } from '@signpost/ports';
import type { Span } from './spans.js';

/** Conditions joined by AND, with their parameters. */
export class Where {
  private readonly conditions: string[] = [];

  /** `values`: the statement's, which several Where may share. */
  constructor(readonly values: unknown[] = []) {}

  /** A parameter that stands for the value. */
  parameter(value: unknown): string {
    this.values.push(value);
    return `$${String(this.values.length)}`;
  }

  /** `?` stands for the value. */
  and(condition: string, value: unknown): this {
    this.conditions.push(condition.replace('?', this.parameter(value)));
    return this;
  }

  andIf(value: unknown, condition: string): this {
    return value === undefined ? this : this.and(condition, value);
  }

  /** A condition without a value. */
  andThat(condition: string): this {
    this.conditions.push(condition);
    return this;
  }

  /** The page's times and cursor as bounds of the id: they name the days, so that others are not looked at. */
  page(column: string, prefix: IdPrefix, page: LogPage): this {
    if (page.before !== undefined) this.and(`${column} < ?`, lowestId(prefix, idTime(page.before)));
    if (page.after !== undefined) this.and(`${column} >= ?`, lowestId(prefix, idTime(page.after) + 1));
    if (page.beyond !== undefined) this.and(`${column} ${page.order === 'ascending' ? '>' : '<'} ?`, page.beyond);
    return this;
  }

  span(column: string, prefix: IdPrefix, { fromMs, toMs }: Span): this {
    if (fromMs !== undefined) this.and(`${column} >= ?`, lowestId(prefix, fromMs));
    if (toMs !== undefined) this.and(`${column} < ?`, lowestId(prefix, toMs));
    return this;
  }

  get sql(): string {
    return this.conditions.join(' AND ');
  }
}

/** Ids carry no time outside these. */
const LAST_MS = 62 ** 8 - 2;
/** Milliseconds since 1970, as far as ids reach. */
export const idTime = (time: Date): number => Math.min(LAST_MS, Math.max(0, time.getTime()));
