import type { DeliveryId } from '@signpost/domain';
import {
  DeadLetterIndex,
  type DeadLetterHistogram,
  type DeadLetterSelection,
  type IndexedDeadLetter,
  type ListPage,
  type LogRows,
} from '@signpost/ports';
import { reachable } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import type { Query } from '../delivery-log/query.js';
import { Where } from '../delivery-log/where.js';
import { histogramIn, histogramSql, type HistogramRow } from './histogram.js';
import { INDEXED, indexed, type IndexedRow } from './letter-rows.js';
import { among, closestList, isNamed } from './letter-lists.js';
import { conditionsOf } from './conditions.js';

export class PostgresDeadLetterIndex extends DeadLetterIndex {
  private readonly query: Query;
  /** For what an index holds in the order that is asked for. */
  private readonly inOrder: Query;

  constructor(database: PostgresDatabase) {
    super();
    const queryOn =
      (pool: PostgresDatabase['log']): Query =>
      async <R extends object>(sql: string, { values }: Pick<Where, 'values'>) =>
        (await reachable(() => pool.query<R>(sql, values))).rows;
    this.query = queryOn(database.log);
    this.inOrder = queryOn(database.lists);
  }

  async list(selection: DeadLetterSelection, page: ListPage): Promise<LogRows<IndexedDeadLetter>> {
    if (isNamed(selection)) {
      const { sql, where } = among(selection, page);
      return { rows: (await this.query<IndexedRow>(sql, where)).map(indexed) };
    }
    const { sql, where, looked, fits } = closestList(selection, page);
    const rows = await this.inOrder<IndexedRow>(sql, where);
    const found = rows.filter(fits).slice(0, page.limit).map(indexed);
    const last = rows.at(-1);
    const isWhole = found.length === page.limit || rows.length < looked || last === undefined;
    return isWhole ? { rows: found } : { rows: found, stoppedAt: last.id };
  }

  async latest(
    { organisationId, applicationId }: Pick<DeadLetterSelection, 'organisationId' | 'applicationId'>,
    deliveryId: DeliveryId,
  ): Promise<IndexedDeadLetter | undefined> {
    const where = new Where()
      .and('delivery_id = ?', deliveryId)
      .and('organisation_id = ?', organisationId)
      .andIf(applicationId, 'application_id = ?');
    const sql = `SELECT ${INDEXED} FROM dead_letters WHERE ${where.sql} ORDER BY redelivery DESC LIMIT 1`;
    const [row] = await this.query<IndexedRow>(sql, where);
    return row === undefined ? undefined : indexed(row);
  }

  async histogram(selection: DeadLetterSelection, bucketMs: number, mostCells: number): Promise<DeadLetterHistogram> {
    const where = conditionsOf(selection);
    return histogramIn(await this.query<HistogramRow>(histogramSql(where, bucketMs, mostCells), where));
  }

  async count(selection: DeadLetterSelection): Promise<number> {
    const where = conditionsOf(selection);
    const sql = `SELECT count(*) AS count FROM dead_letters WHERE ${where.sql}`;
    const [row] = await this.query<{ count: string }>(sql, where);
    return Number(row?.count ?? 0);
  }
}
