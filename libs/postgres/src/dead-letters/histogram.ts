import type { EndpointId } from '@signpost/domain';
import type { DeadLetterHistogram } from '@signpost/ports';
import type { Where } from '../delivery-log/where.js';
import { causeIn } from './causes.js';

/** A cell; or, without a time, the total of a cause, or of all of them. The driver reads a bigint as text. */
export interface HistogramRow {
  readonly at: Date | null;
  readonly endpoint_id: EndpointId | null;
  readonly cause: number | null;
  readonly count: string | null;
  readonly cells: string | null;
  readonly endpoints: string | null;
}

/** Reads an index alone, and counts once: the totals are those of the cells. */
export function histogramSql(where: Where, bucketMs: number, mostCells: number): string {
  const conditions = where.sql;
  const width = `${where.parameter(bucketMs)}::float8 * interval '1 millisecond'`;
  return `WITH cells AS MATERIALIZED (
      SELECT date_bin (${width}, dead_at, timestamptz 'epoch') AS at, endpoint_id, cause, count(*) AS count
      FROM dead_letters WHERE ${conditions} GROUP BY 1, 2, 3)
    (SELECT at, endpoint_id, cause, count, NULL::bigint AS cells, NULL::bigint AS endpoints FROM cells
      ORDER BY count DESC, at, endpoint_id, cause LIMIT ${where.parameter(mostCells)}::bigint)
    UNION ALL SELECT NULL, NULL, cause, sum(count)::bigint, NULL, NULL FROM cells GROUP BY cause
    UNION ALL SELECT NULL, NULL, NULL, sum(count)::bigint, count(*), count(DISTINCT endpoint_id) FROM cells`;
}

export function histogramIn(rows: readonly HistogramRow[]): DeadLetterHistogram {
  const whole = rows.find(({ cells }) => cells !== null);
  return {
    cells: rows
      .flatMap(({ at, endpoint_id: endpointId, cause, count }) =>
        at === null || endpointId === null || cause === null
          ? []
          : [{ at, endpointId, ...causeIn(cause), count: Number(count) }],
      )
      .sort((a, b) => a.at.getTime() - b.at.getTime() || (a.endpointId < b.endpointId ? -1 : 1)),
    totals: {
      count: Number(whole?.count ?? 0),
      cells: Number(whole?.cells ?? 0),
      endpoints: Number(whole?.endpoints ?? 0),
      byReason: rows
        .flatMap(({ at, cause, count }) =>
          at === null && cause !== null ? [{ ...causeIn(cause), count: Number(count) }] : [],
        )
        .sort((a, b) => b.count - a.count),
    },
  };
}
