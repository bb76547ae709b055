import type pg from 'pg';
import { DIFFERENCES, lowestId, isToCount, timeOfId, type Difference } from '@signpost/domain';
import { DeliveryAccountBooks, type AccountProgress, type AccountTurn } from '@signpost/ports';
import { reachable } from '../connection.js';
import { inTransaction } from '../transaction.js';
import type { PostgresDatabase } from '../database.js';
import { LOCKS } from '../locks.js';
import { accountIn, COUNT_SUMS, type CountedRow } from './columns.js';
import { countMinute } from './count.js';
import { progressIn, type StateRow } from './progress.js';
import { MINUTE_MS } from './rows.js';

const DAY_MS = 86_400_000;
/** Minutes that one look for work may find: of a day and more of them there is always one whose turn it is. */
const FOUND = 10_000;

/** Counts minutes from the log's rows: a count is a function of them, so that repeats and crashes do not show in it. */
export class PostgresDeliveryAccountBooks extends DeliveryAccountBooks {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async hold(holder: string, forMs: number): Promise<AccountProgress | undefined> {
    const [row] = await this.rows<StateRow>(
      `UPDATE account_state SET holder = $1, held_until = now() + $2::float8 * interval '1 millisecond'
       WHERE holder = $1 OR held_until <= now() RETURNING clock_timestamp() AS now, counted_from, settled_at`,
      [holder, forMs],
    );
    return row === undefined ? undefined : progressIn(row);
  }

  async settled(at: Date): Promise<void> {
    await this.rows('UPDATE account_state SET settled_at = greatest (settled_at, $1)', [at]);
  }

  async count(settledAt: Date | undefined, { forMs, turnMs, signal }: AccountTurn): Promise<number> {
    const until = performance.now() + forMs;
    let counted = 0;
    for (const minute of await this.toCount(turnMs)) {
      if (performance.now() >= until) break;
      await inTransaction(this.database.log, async (client) => {
        // Whoever held the right before may still be at it.
        await client.query('SELECT pg_advisory_xact_lock($1)', [LOCKS.account]);
        await countMinute(client, minute, { settledMs: settledAt?.getTime(), nowMs: await nowOf(client), signal });
      });
      counted += 1;
    }
    return counted;
  }

  async differences(): Promise<Readonly<Record<Difference, number>>> {
    const [row = {}] = await this.rows<CountedRow>(
      `SELECT ${COUNT_SUMS} FROM account_minutes WHERE difference > 0`,
      [],
    );
    const { differences } = accountIn(row);
    return Object.fromEntries(DIFFERENCES.map((kind) => [kind, differences[kind]])) as Record<Difference, number>;
  }

  async release(holder: string): Promise<void> {
    await this.rows(`UPDATE account_state SET holder = NULL, held_until = '-infinity' WHERE holder = $1`, [holder]);
  }

  /** The longest waiting first, without those that were counted a moment ago. */
  private async toCount(turnMs: number): Promise<readonly number[]> {
    const nowMs = Date.now();
    await this.forget(nowMs);
    const marked = await this.rows<{ minute: string; since: Date }>(
      `SELECT minute, min (at) AS since FROM account_marks GROUP BY minute ORDER BY since LIMIT ${String(FOUND)}`,
      [],
    );
    const due = await this.rows<{ minute: string; since: Date }>(
      `SELECT minute, min (look_at) AS since FROM account_minutes
       WHERE look_at <= now() GROUP BY minute ORDER BY since LIMIT ${String(FOUND)}`,
      [],
    );
    const since = new Map<number, number>();
    for (const row of due) since.set((timeOfId(row.minute) ?? 0) / MINUTE_MS, row.since.getTime());
    for (const row of marked) {
      const minute = Number(row.minute);
      since.set(minute, Math.min(since.get(minute) ?? Infinity, row.since.getTime()));
    }
    const countedAt = await this.countedAt([...since.keys()]);
    return [...since]
      .filter(([minute]) => isToCount(minute * MINUTE_MS, countedAt.get(minute), nowMs, turnMs))
      .sort(([, a], [, b]) => a - b)
      .map(([minute]) => minute);
  }

  /** When each of these minutes was last counted, in milliseconds since 1970. */
  private async countedAt(minutes: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const rows = await this.rows<{ minute: string; at: Date }>(
      'SELECT minute, max (counted_at) AS at FROM account_minutes WHERE minute = ANY ($1) GROUP BY minute',
      [minutes.map((minute) => lowestId('msg', minute * MINUTE_MS))],
    );
    return new Map(rows.map(({ minute, at }) => [(timeOfId(minute) ?? 0) / MINUTE_MS, at.getTime()]));
  }

  /** Marks of what is not in the account any more, or was recorded before it began. */
  private async forget(nowMs: number): Promise<void> {
    const keptMs = nowMs - (this.database.config.logRetentionDays - 1) * DAY_MS;
    await this.rows(
      `DELETE FROM account_marks WHERE minute < greatest ($1::bigint,
         (SELECT ceil (extract (epoch FROM counted_from) / 60)::bigint FROM account_state))`,
      [Math.ceil(keptMs / MINUTE_MS)],
    );
  }

  private async rows<R extends object>(sql: string, values: unknown[]): Promise<R[]> {
    return (await reachable(() => this.database.log.query<R>(sql, values))).rows;
  }
}

async function nowOf(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return rows[0]?.now.getTime() ?? Date.now();
}
