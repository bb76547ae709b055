import type pg from 'pg';
import {
  deliveryIdOf,
  type ApplicationId,
  type DeliveryState,
  type EndpointId,
  type MessageGroup,
  type MessageId,
  type RunGroup,
} from '@signpost/domain';
import type { SuspectMessage, SuspectRun } from '@signpost/ports';
import { Where } from '../delivery-log/where.js';
import { judgedRuns, saidMessages, type Of, type Span } from './rows-of-span.js';

type Client = pg.ClientBase | pg.Pool;

export type MessagesLookedAt = MessageGroup & { readonly applicationId: ApplicationId };
export type RunsLookedAt = RunGroup & {
  readonly applicationId: ApplicationId;
  /** When the first wait ends, and the earliest of the latest facts, in milliseconds since 1970. */
  readonly nextDueMs?: number;
  readonly sinceMs?: number;
};

interface MessageRow {
  readonly application_id: ApplicationId;
  readonly is_recorded: boolean;
  readonly matched: MessageGroup['matched'];
  readonly count: number;
  readonly deliveries: number;
}

const IS_RECORDED = 'message_id IS NOT NULL';
const MATCHED = `CASE WHEN matched_id IS NULL THEN 'unknown' WHEN cardinality (endpoint_ids) = 0 THEN 'nobody' ELSE 'some' END`;

/** The messages of the span by what the log knows of them. */
export async function lookAtMessages(client: Client, of: Of, span: Span): Promise<readonly MessagesLookedAt[]> {
  const where = new Where();
  const { rows } = await client.query<MessageRow>(
    `WITH said AS (${saidMessages(where, of, span)})
     SELECT application_id, ${IS_RECORDED} AS is_recorded, ${MATCHED} AS matched, count(*)::int AS count,
       coalesce (sum (cardinality (endpoint_ids)), 0)::int AS deliveries
     FROM said GROUP BY 1, 2, 3`,
    where.values,
  );
  return rows.map(messageGroup);
}

/** Those that are unmatched, or matched and unrecorded. */
export async function suspectMessages(
  client: Client,
  of: Of,
  span: Span,
  limit: number,
): Promise<readonly SuspectMessage[]> {
  const where = new Where();
  const { rows } = await client.query<MessageRow & { id: MessageId }>(
    `WITH said AS (${saidMessages(where, of, span)})
     SELECT coalesce (message_id, matched_id) AS id, application_id, ${IS_RECORDED} AS is_recorded, ${MATCHED} AS matched,
       1 AS count, coalesce (cardinality (endpoint_ids), 0) AS deliveries
     FROM said WHERE message_id IS NULL OR matched_id IS NULL LIMIT ${where.parameter(limit)}`,
    where.values,
  );
  return rows.map((row) => ({ ...messageGroup(row), id: row.id }));
}

const messageGroup = (row: MessageRow): MessagesLookedAt => ({
  applicationId: row.application_id,
  isRecorded: row.is_recorded,
  matched: row.matched,
  count: row.count,
  deliveries: row.deliveries,
});

interface RunRow {
  readonly application_id: ApplicationId;
  readonly is_redelivery: boolean;
  readonly is_owed: boolean;
  readonly fates: number;
  readonly state: DeliveryState | null;
  readonly is_taken_over: boolean;
  readonly is_due: boolean;
  readonly is_overdue: boolean;
  readonly is_repeated: boolean;
  readonly count: number;
}

const ALIKE =
  'application_id, number > 0 AS is_redelivery, is_owed, fates, state, is_taken_over, is_due, is_overdue, is_repeated';

/** The runs of those messages' deliveries. `settledMs`: what was to follow before then is overdue; undefined: nothing is. */
export async function lookAtRuns(
  client: Client,
  of: Of,
  span: Span,
  settledMs: number | undefined,
): Promise<readonly RunsLookedAt[]> {
  const where = new Where();
  const { rows } = await client.query<RunRow & { next_due: Date | null; since_ms: string | null }>(
    `${judgedRuns(where, of, span, settledMs)}
     SELECT ${ALIKE}, count(*)::int AS count, min (waits_until) AS next_due, min (at_ms)::text AS since_ms
     FROM judged GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9`,
    where.values,
  );
  return rows.map((row) => ({
    ...runGroup(row),
    applicationId: row.application_id,
    ...(row.next_due === null ? {} : { nextDueMs: row.next_due.getTime() }),
    ...(row.since_ms === null ? {} : { sinceMs: Number(row.since_ms) }),
  }));
}

interface SuspectRow extends RunRow {
  readonly message_id: MessageId;
  readonly endpoint_id: EndpointId;
  readonly number: number;
}

/** Those that were not owed, that ended several times, or that are nowhere any more. */
export async function suspectRuns(
  client: Client,
  of: Of,
  span: Span,
  settledMs: number,
  limit: number,
): Promise<readonly SuspectRun[]> {
  const where = new Where();
  const { rows } = await client.query<SuspectRow>(
    `${judgedRuns(where, of, span, settledMs)}
     SELECT ${ALIKE}, 1 AS count, message_id, endpoint_id, number FROM judged
     WHERE NOT is_owed OR is_overdue OR (fates & (fates - 1) <> 0 AND NOT is_repeated)
       OR (fates = 0 AND state IS NULL AND NOT is_taken_over)
     LIMIT ${where.parameter(limit)}`,
    where.values,
  );
  return rows.map((row) => ({
    ...runGroup(row),
    id: row.message_id,
    applicationId: row.application_id,
    endpointId: row.endpoint_id,
    deliveryId: deliveryIdOf(row.message_id, row.endpoint_id),
    redelivery: row.number,
  }));
}

const runGroup = (row: RunRow): RunGroup => ({
  isRedelivery: row.is_redelivery,
  isOwed: row.is_owed,
  notes: row.fates,
  isTakenOver: row.is_taken_over,
  isDue: row.is_due,
  isOverdue: row.is_overdue,
  isRepeated: row.is_repeated,
  count: row.count,
  ...(row.state === null ? {} : { state: row.state }),
});
