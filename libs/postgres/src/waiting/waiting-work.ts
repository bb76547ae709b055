import { REASON_CLASSES, type ReasonClass } from '@signpost/domain';
import { WaitingWork, type OpenRecoveries } from '@signpost/ports';
import { reachable } from '../connection.js';
import type { PostgresDatabase } from '../database.js';

/** Reads indexes alone that hold what waits and nothing else; see migration 35. */
export class PostgresWaitingWork extends WaitingWork {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async deadLetters(): Promise<Readonly<Record<ReasonClass, number>>> {
    const rows = await this.rows<{ class: string; number: string }>(DEAD_LETTERS, []);
    return byClass(rows);
  }

  async oldestDeadLetters(): Promise<Readonly<Record<ReasonClass, number>>> {
    const rows = await this.rows<{ class: string; number: number | null }>(OLDEST_DEAD_LETTERS, [REASON_CLASSES]);
    return byClass(rows);
  }

  async recoveries(): Promise<OpenRecoveries> {
    const [row] = await this.rows<Readonly<Record<keyof OpenRecoveries, string | null>>>(RECOVERIES, []);
    return {
      running: Number(row?.running ?? 0),
      paused: Number(row?.paused ?? 0),
      done: Number(row?.done ?? 0),
      left: Number(row?.left ?? 0),
    };
  }

  async oldestChange(): Promise<number> {
    const [row] = await this.rows<{ seconds: number }>(OLDEST_CHANGE, []);
    return Math.max(0, row?.seconds ?? 0);
  }

  private async rows<R extends object>(sql: string, values: unknown[]): Promise<R[]> {
    return (await reachable(() => this.database.log.query<R>(sql, values))).rows;
  }
}

function byClass(
  rows: readonly { readonly class: string; readonly number: number | string | null }[],
): Readonly<Record<ReasonClass, number>> {
  const found = new Map(rows.map((row) => [row.class, Math.max(0, Number(row.number ?? 0))]));
  return Object.fromEntries(REASON_CLASSES.map((one) => [one, found.get(one) ?? 0])) as Record<ReasonClass, number>;
}

const SECONDS_SINCE = (time: string): string => `extract (epoch FROM clock_timestamp() - ${time})::float8`;

export const DEAD_LETTERS =
  'SELECT reason_class AS class, count(*) AS number FROM dead_letters WHERE dead GROUP BY reason_class';

export const OLDEST_DEAD_LETTERS = `SELECT c.class, (
    SELECT ${SECONDS_SINCE('l.dead_at')} FROM dead_letters l
    WHERE l.dead AND l.reason_class = c.class ORDER BY l.dead_at LIMIT 1) AS number
  FROM unnest ($1::text[]) AS c (class)`;

const HANDLED = 'done + without_payload + under_way + too_often + already_owed';
export const RECOVERIES = `SELECT
    count(*) FILTER (WHERE status = 'running') AS running, count(*) FILTER (WHERE status = 'paused') AS paused,
    sum (${HANDLED}) AS done, sum (greatest (total - (${HANDLED}), 0)) AS left
  FROM recoveries WHERE status IN ('running', 'paused')`;

// Numbered as they are written: the first is the oldest, but for those of transactions that overlap.
export const OLDEST_CHANGE = `SELECT ${SECONDS_SINCE('at')} AS seconds FROM outbox ORDER BY sequence LIMIT 1`;
