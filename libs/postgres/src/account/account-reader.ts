import {
  lowestId,
  timeOfId,
  type Account,
  type ApplicationId,
  type MessageGroup,
  type RunGroup,
} from '@signpost/domain';
import {
  DeliveryAccountReader,
  type AccountProgress,
  type AccountScope,
  type AccountWindow,
  type MinuteAccount,
  type MinutePosition,
  type NamedMessage,
  type SuspectMessage,
  type SuspectRun,
} from '@signpost/ports';
import { reachable } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import { idTime, Where } from '../delivery-log/where.js';
import { accountIn, COUNT_COLUMNS, COUNT_SUMS, type CountedRow } from './columns.js';
import { lookAtMessages, lookAtRuns, suspectMessages, suspectRuns } from './look.js';
import { progressIn, type StateRow } from './progress.js';
import { MINUTE_MS } from './rows.js';
import { isOf, type Span } from './rows-of-span.js';

const DAY_MS = 86_400_000;

interface MinuteRow {
  readonly minute: string;
  readonly application_id: ApplicationId;
  readonly counted_at: Date;
}

export class PostgresDeliveryAccountReader extends DeliveryAccountReader {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async progress(): Promise<AccountProgress> {
    const [row] = await this.rows<StateRow>(
      'SELECT clock_timestamp() AS now, counted_from, settled_at FROM account_state',
      [],
    );
    if (row === undefined) throw new Error('the database holds no state of the account: its migrations are not done');
    const progress = progressIn(row);
    // The day before the last that is kept may be on its way out, one table after the other.
    const kept = new Date(row.now.getTime() - (this.database.config.logRetentionDays - 1) * DAY_MS);
    return { ...progress, countedFrom: kept > progress.countedFrom ? kept : progress.countedFrom };
  }

  async minutes(
    scope: AccountScope,
    window: AccountWindow,
    { limit, beyond }: { readonly limit: number; readonly beyond?: MinutePosition | undefined },
  ): Promise<readonly MinuteAccount[]> {
    const where = inWindow(scope, window);
    if (beyond !== undefined) {
      const [at, id] = [where.parameter(minuteId(beyond.at)), where.parameter(beyond.applicationId)];
      // The first condition, which the second implies, names the days.
      where.andThat(`minute >= ${at}`).andThat(`(minute > ${at} OR application_id > ${id})`);
    }
    const rows = await this.rows<MinuteRow & CountedRow>(
      `SELECT minute, application_id, counted_at, ${COUNT_COLUMNS} FROM account_minutes
       WHERE ${where.sql} ORDER BY minute, application_id LIMIT ${where.parameter(limit)}`,
      where.values,
    );
    return rows.map((row) => ({
      at: new Date(timeOfId(row.minute) ?? 0),
      applicationId: row.application_id,
      countedAt: row.counted_at,
      account: accountIn(row),
    }));
  }

  async total(scope: AccountScope, window: AccountWindow): Promise<Account> {
    const where = inWindow(scope, window);
    const [row = {}] = await this.rows<CountedRow>(
      `SELECT ${COUNT_SUMS} FROM account_minutes WHERE ${where.sql}`,
      where.values,
    );
    return accountIn(row);
  }

  async look(
    scope: AccountScope,
    window: AccountWindow,
    settledAt: Date,
  ): Promise<{ readonly messages: readonly MessageGroup[]; readonly runs: readonly RunGroup[] }> {
    const { log } = this.database;
    const messages = await reachable(() => lookAtMessages(log, scope, spanOf(window)));
    const runs = await reachable(() => lookAtRuns(log, scope, spanOf(window), settledAt.getTime()));
    return { messages, runs };
  }

  async suspects(
    scope: AccountScope,
    window: AccountWindow,
    settledAt: Date,
    limit: number,
  ): Promise<{ readonly messages: readonly SuspectMessage[]; readonly runs: readonly SuspectRun[] }> {
    const { log } = this.database;
    const messages = await reachable(() => suspectMessages(log, scope, spanOf(window), limit));
    const runs = await reachable(() => suspectRuns(log, scope, spanOf(window), settledAt.getTime(), limit));
    return { messages, runs };
  }

  async lastArrivals(minutes: readonly Date[]): Promise<ReadonlyMap<number, Date>> {
    const numbers = [...new Set(minutes.map((at) => Math.floor(idTime(at) / MINUTE_MS)))];
    const rows = await this.rows<{ minute: string; at: Date | null }>(
      `SELECT minute, greatest (
         (SELECT max (c.arrived_at) FROM account_minutes c WHERE c.minute = id COLLATE "C"),
         (SELECT max (m.at) FROM account_marks m WHERE m.minute = t.minute AND arrival)) AS at
       FROM unnest ($1::bigint[], $2::text[]) AS t (minute, id)`,
      [numbers, numbers.map((minute) => lowestId('msg', minute * MINUTE_MS))],
    );
    return new Map(rows.flatMap(({ minute, at }) => (at === null ? [] : [[Number(minute) * MINUTE_MS, at] as const])));
  }

  async unrecorded(scope: AccountScope, messages: readonly NamedMessage[]): Promise<readonly NamedMessage[]> {
    const where = new Where();
    const [ids, applications] = [
      where.parameter(messages.map(({ id }) => id)),
      where.parameter(messages.map(({ applicationId }) => applicationId)),
    ];
    const rows = await this.rows<{ id: NamedMessage['id']; application_id: ApplicationId }>(
      `SELECT id, application_id FROM unnest (${ids}::text[], ${applications}::text[]) AS t (id, application_id)
       WHERE ${isOf(where, scope)} AND NOT EXISTS (SELECT FROM messages m WHERE m.id = t.id COLLATE "C")
         AND NOT EXISTS (SELECT FROM matches f WHERE f.message_id = t.id COLLATE "C")`,
      where.values,
    );
    return rows.map((row) => ({ id: row.id, applicationId: row.application_id }));
  }

  private async rows<R extends object>(sql: string, values: unknown[]): Promise<R[]> {
    return (await reachable(() => this.database.log.query<R>(sql, values))).rows;
  }
}

const spanOf = ({ since, until }: AccountWindow): Span => ({ fromMs: idTime(since), toMs: idTime(until) });

/** The lowest message id of the minute that a time lies in. */
const minuteId = (at: Date): string => lowestId('msg', Math.floor(idTime(at) / MINUTE_MS) * MINUTE_MS);

function inWindow(scope: AccountScope, { since, until }: AccountWindow): Where {
  const where = new Where().and('minute >= ?', minuteId(since)).and('minute < ?', lowestId('msg', idTime(until)));
  return where.andThat(isOf(where, scope));
}
