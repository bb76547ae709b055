import { lowestId, type IdPrefix } from '@signpost/domain';
import type { LogPage } from '@signpost/ports';

/** Conditions joined by AND, with their parameters. */
export class Where {
  readonly values: unknown[] = [];
  private readonly conditions: string[] = [];

  /** `?` stands for the value. */
  and(condition: string, value: unknown): this {
    this.values.push(value);
    this.conditions.push(condition.replace('?', `$${String(this.values.length)}`));
    return this;
  }

  andIf(value: unknown, condition: string): this {
    return value === undefined ? this : this.and(condition, value);
  }

  /** The page's times and cursor as bounds of the id: they name the days, so that others are not looked at. */
  page(column: string, prefix: IdPrefix, page: LogPage): this {
    if (page.before !== undefined) this.and(`${column} < ?`, lowestId(prefix, atLeastZero(page.before)));
    if (page.after !== undefined) this.and(`${column} >= ?`, lowestId(prefix, atLeastZero(page.after) + 1));
    if (page.beyond !== undefined) this.and(`${column} ${page.order === 'ascending' ? '>' : '<'} ?`, page.beyond);
    return this;
  }

  get sql(): string {
    return this.conditions.join(' AND ');
  }
}

const atLeastZero = (time: Date): number => Math.max(0, time.getTime());
