import { ASKED_FOR, boundsAt, FATE_BITS, lowestId } from '@signpost/domain';
import type { AccountScope } from '@signpost/ports';
import { REDELIVERY_BIT } from '../delivery-log/standing.js';
import type { Where } from '../delivery-log/where.js';

/** Of messages accepted from `fromMs` on, before `toMs`, in milliseconds since 1970. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Undefined: all applications, of every organisation. */
export type Of = AccountScope | undefined;

/** Messages and matchings of the span, side by side: either may be without the other. */
export const saidMessages = (where: Where, of: Of, span: Span): string => `
  SELECT coalesce (m.application_id, f.application_id) AS application_id, m.id AS message_id, f.message_id AS matched_id,
    f.endpoint_ids
  FROM (SELECT id, application_id FROM messages WHERE ${within(where, 'id', 'msg', span)} AND ${isOf(where, of)}) m
  FULL JOIN (SELECT message_id, application_id, endpoint_ids FROM matches
    WHERE ${within(where, 'message_id', 'msg', span)} AND ${isOf(where, of)}) f ON f.message_id = m.id`;

/**
 * WITH …, judged AS: one row for each run of those messages' deliveries, with all that the account judges it by. A run has a state
 * only as long as it has no fate and no later run has taken its place.
 */
export function judgedRuns(where: Where, of: Of, span: Span, settledMs = 0): string {
  const bounds = boundsAt(settledMs);
  return `WITH said AS (${saidMessages(where, of, span)}),
    owed AS (SELECT application_id, matched_id AS message_id, unnest (endpoint_ids) AS endpoint_id
      FROM said WHERE matched_id IS NOT NULL),
    every AS (${firstRuns(where, of, span)} UNION ALL ${redeliveries(where, of, span)}),
    placed AS (SELECT application_id, message_id, endpoint_id, number, is_owed, fates, is_repeated,
      CASE WHEN fates = 0 AND NOT is_taken_over THEN state END AS state,
      fates = 0 AND is_taken_over AS is_taken_over,
      CASE WHEN fates = 0 AND NOT is_taken_over AND state = 'waiting' THEN next_attempt_at END AS waits_until,
      CASE WHEN fates = 0 THEN at_ms END AS at_ms FROM every),
    judged AS (SELECT *,
      coalesce (waits_until <= now(), state = 'waiting', false) AS is_due,
      coalesce (CASE
        WHEN is_taken_over THEN false
        WHEN state = 'parked' THEN at_ms < ${where.parameter(bounds.parkedMs)}::bigint
        WHEN waits_until IS NOT NULL THEN waits_until < ${where.parameter(new Date(bounds.returningMs))}::timestamptz
        ELSE at_ms < ${where.parameter(bounds.returningMs)}::bigint END, false) AS is_overdue
      FROM placed)`;
}

/** Milliseconds since 1970 of the fact that a standing is of. */
const AT_MS = '(standing >> 12) & 8796093022207';

/** Deliveries as they were first owed, and what became of them, side by side. */
const firstRuns = (where: Where, of: Of, span: Span): string => `
  SELECT coalesce (o.application_id, d.application_id) AS application_id,
    coalesce (o.message_id, d.message_id) AS message_id, coalesce (o.endpoint_id, d.endpoint_id) AS endpoint_id,
    0 AS number, o.message_id IS NOT NULL AS is_owed, coalesce (d.first_run, 0) & ${BITS} AS fates,
    d.state, d.next_attempt_at, coalesce (((d.standing >> ${String(REDELIVERY_BIT)}) & 63) > 0, false) AS is_taken_over,
    d.at_ms, ${isRepeated('coalesce (d.first_run, 0)', 'd.message_id', 'd.id', where, span)} AS is_repeated
  FROM owed o FULL JOIN (
    SELECT id, application_id, message_id, endpoint_id, first_run, state, next_attempt_at, standing, ${AT_MS} AS at_ms
    FROM deliveries WHERE ${within(where, 'id', 'dlv', span)} AND ${isOf(where, of)}) d
  ON d.message_id = o.message_id AND d.endpoint_id = o.endpoint_id
  -- What was only ever asked for again was never owed at first.
  WHERE o.message_id IS NOT NULL OR d.first_run <> 0`;

/** A redelivery is owed once it was asked for: its fact says so, or the row that gave it its number. */
const redeliveries = (where: Where, of: Of, span: Span): string => `
  SELECT application_id, message_id, endpoint_id, number::int, notes & ${String(ASKED_FOR)} <> 0
      OR EXISTS (SELECT FROM redeliveries a WHERE a.delivery_id = r.delivery_id AND a.number = r.number),
    notes & ${BITS}, state, next_attempt_at,
    EXISTS (SELECT FROM runs l WHERE l.delivery_id = r.delivery_id AND l.number > r.number), (extract (epoch FROM at) * 1000)::bigint,
    ${isRepeated('notes', 'r.message_id', 'r.delivery_id', where, span)}
  FROM runs r WHERE ${within(where, 'delivery_id', 'dlv', span)} AND ${isOf(where, of)}`;

const BITS = String(FATE_BITS);

/** Looked up only for a run that was told several fates. */
const isRepeated = (notes: string, messageId: string, deliveryId: string, where: Where, { fromMs }: Span): string => `
  CASE WHEN (${notes} & ${BITS}) & ((${notes} & ${BITS}) - 1) = 0 THEN false
  ELSE EXISTS (SELECT FROM attempts t WHERE t.message_id = ${messageId} AND t.delivery_id = ${deliveryId} AND t.repeated
    AND t.id >= ${where.parameter(lowestId('atmpt', fromMs))}) END`;

const within = (where: Where, column: string, prefix: 'msg' | 'dlv', { fromMs, toMs }: Span): string =>
  `${column} >= ${where.parameter(lowestId(prefix, fromMs))} AND ${column} < ${where.parameter(lowestId(prefix, toMs))}`;

/** Which applications. They keep their organisation when they are deleted. */
export function isOf(where: Where, of: Of): string {
  if (of === undefined) return 'true';
  const { organisationId, applicationId } = of;
  const organisation = where.parameter(organisationId);
  if (applicationId === undefined)
    return `application_id IN (SELECT id FROM applications WHERE organisation_id = ${organisation})`;
  const application = where.parameter(applicationId);
  return `application_id = ${application} AND EXISTS (SELECT FROM applications WHERE id = ${application} AND organisation_id = ${organisation})`;
}
