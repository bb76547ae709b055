import type { AccountProgress } from '@signpost/ports';

export interface StateRow {
  readonly now: Date;
  readonly counted_from: Date;
  readonly settled_at: Date | null;
}

export const progressIn = (row: StateRow): AccountProgress => ({
  now: row.now,
  countedFrom: row.counted_from,
  ...(row.settled_at === null ? {} : { settledAt: row.settled_at }),
});
