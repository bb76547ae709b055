import type pg from 'pg';
import type { DeliveryId, EndpointId, RecoveryId } from '@signpost/domain';
import type { BatchLimits, SkippedRecords, SkipReason } from '@signpost/ports';
import { HIGHEST_REDELIVERY } from '../delivery-log/standing.js';
import { HAS_PAYLOAD } from './messages.js';
import { NEVER_SENT } from './never-sent.js';
import {
  beginningOf,
  lookAt,
  sourceStatesOf,
  type Found,
  type Source,
  type SourceEndpoint,
} from './recovery-source.js';

/** How far a recovery is. */
export interface Position {
  readonly id: RecoveryId;
  readonly source: Source;
  /** It goes to another URL: no redelivery, and so nothing that another run could be in the way of. */
  readonly isTrial: boolean;
  /** Of the endpoint that is looked at; undefined: nothing of it yet. */
  readonly lookedAt: string | undefined;
  /** The last place that was given. */
  readonly sequence: number;
}

interface Candidate extends Found {
  /** The highest redelivery of it, and how many of them have gone. */
  readonly asked: number;
  readonly sent: number;
  readonly isOpen: boolean;
  /** It is no more what it was found as: another recovery has sent it meanwhile. */
  readonly isOther: boolean;
  readonly isOwed: boolean;
  /** Null when the payload is gone. */
  readonly bytes: number | null;
}

interface Placed {
  readonly sequence: number;
  readonly one: Candidate;
  /** Undefined: it is handed over. */
  readonly leftOut?: SkipReason;
}

/**
 * Gives the next of an endpoint their places: what is handed over is numbered, what is left out is noted with why, and how
 * far was looked with both. Returns whether the endpoint has nothing beyond.
 */
export async function lookOn(
  client: pg.ClientBase,
  position: Position,
  endpoint: SourceEndpoint,
  limits: BatchLimits,
): Promise<{ readonly isEnd: boolean; readonly placed: number }> {
  const { source, lookedAt: after = beginningOf(source) } = position;
  const { found, lookedAt, isEnd } = await lookAt(client, source, endpoint, after, limits.records);
  const placed = placeAll(await known(client, source, endpoint.id, found), position, limits);
  const isCut = placed.length < found.length;
  const upTo = isCut ? placed.at(-1)?.one.cursor : lookedAt;
  const due = placed.filter(({ leftOut }) => leftOut === undefined);
  const leftOut = placed.filter((one) => one.leftOut !== undefined);
  if (position.isTrial) await insertRecords(client, position.id, placed);
  else {
    await number(client, position.id, due);
    await insertRecords(client, position.id, leftOut);
  }
  const at = { endpointId: endpoint.id, lookedAt: upTo ?? after };
  await advance(client, position.id, at, placed.length, leftOut);
  return { isEnd: isEnd && !isCut, placed: placed.length };
}

/** What the log knows of those that were found. Subqueries rather than joins: each goes by the key into one day. */
async function known(
  client: pg.ClientBase,
  source: Source,
  endpointId: EndpointId,
  found: readonly Found[],
): Promise<readonly Candidate[]> {
  if (found.length === 0) return [];
  const { kind } = source;
  const owed = `(EXISTS (SELECT FROM deliveries d WHERE d.id = u.id)
    OR EXISTS (SELECT FROM matches m WHERE m.message_id = u.message_id AND $3::text = ANY (m.endpoint_ids)))`;
  const { rows } = await client.query<{
    id: DeliveryId;
    asked: number;
    sent: number;
    open: boolean;
    other: boolean;
    owed: boolean;
    bytes: number | null;
  }>(
    `SELECT u.id, ${kind === 'backfill' ? owed : '$3::text IS NULL'} AS owed,
       coalesce ((SELECT max (r.number) FROM redeliveries r WHERE r.delivery_id = u.id), 0) AS asked,
       (SELECT count(*)::int FROM redeliveries r WHERE r.delivery_id = u.id AND NOT ${NEVER_SENT}) AS sent,
       EXISTS (SELECT FROM redeliveries r WHERE r.delivery_id = u.id
         AND (r.result IS NULL OR r.result IN ('retrying', 'asked')) AND NOT ${NEVER_SENT}) AS open,
       $4::text[] <> '{}' AND NOT EXISTS (
         SELECT FROM deliveries d WHERE d.id = u.id AND d.state = ANY ($4::text[])) AS other,
       (SELECT octet_length (payload) FROM messages WHERE id = u.message_id AND ${HAS_PAYLOAD}) AS bytes
     FROM (SELECT d COLLATE "C" AS id, m COLLATE "C" AS message_id FROM unnest ($1::text[], $2::text[]) AS u (d, m)) u`,
    [found.map((one) => one.deliveryId), found.map((one) => one.messageId), endpointId, sourceStatesOf(source)],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return found.flatMap((one) => {
    const row = byId.get(one.deliveryId);
    return row === undefined ? [] : [{ ...one, ...row, isOpen: row.open, isOther: row.other, isOwed: row.owed }];
  });
}

/** As many as fit, in their order. */
function placeAll(
  all: readonly Candidate[],
  { sequence, isTrial }: Position,
  { bytes: room, perDelivery }: BatchLimits,
): readonly Placed[] {
  const placed: Placed[] = [];
  let bytes = 0;
  let due = 0;
  for (const one of all) {
    const place = { sequence: sequence + placed.length + 1, one };
    const leftOut = whyLeftOut(one, isTrial, perDelivery);
    if (leftOut === undefined) {
      bytes += one.bytes ?? 0;
      if (due > 0 && bytes > room) break;
      due += 1;
      placed.push(place);
    } else placed.push({ ...place, leftOut });
  }
  return placed;
}

function whyLeftOut(
  { bytes, isOpen, isOther, isOwed, asked, sent }: Candidate,
  isTrial: boolean,
  perDelivery: number,
): SkipReason | undefined {
  if (bytes === null) return 'withoutPayload';
  if (isTrial) return undefined;
  if (isOpen || isOther) return 'underWay';
  if (isOwed) return 'alreadyOwed';
  return sent >= perDelivery || asked >= HIGHEST_REDELIVERY ? 'tooOften' : undefined;
}

function countsOf(leftOut: readonly Placed[]): SkippedRecords {
  const of = (reason: SkipReason) => leftOut.filter((one) => one.leftOut === reason).length;
  return {
    withoutPayload: of('withoutPayload'),
    underWay: of('underWay'),
    tooOften: of('tooOften'),
    alreadyOwed: of('alreadyOwed'),
  };
}

async function number(client: pg.ClientBase, id: RecoveryId, due: readonly Placed[]): Promise<void> {
  if (due.length === 0) return;
  await client.query(
    `INSERT INTO redeliveries (task_id, delivery_id, message_id, endpoint_id, number, attempts_before, sequence)
     SELECT $1, * FROM unnest ($2::text[], $3::text[], $4::text[], $5::smallint[], $6::smallint[], $7::bigint[])`,
    [
      id,
      due.map(({ one }) => one.deliveryId),
      due.map(({ one }) => one.messageId),
      due.map(({ one }) => one.endpointId),
      due.map(({ one }) => one.asked + 1),
      due.map(({ one }) => one.attempts ?? 0),
      due.map(({ sequence }) => sequence),
    ],
  );
}

async function insertRecords(client: pg.ClientBase, id: RecoveryId, placed: readonly Placed[]): Promise<void> {
  if (placed.length === 0) return;
  await client.query(
    `INSERT INTO recovery_records (recovery_id, delivery_id, message_id, endpoint_id, sequence, result, why, settled_at)
     SELECT $1, u.delivery_id, u.message_id, u.endpoint_id, u.sequence,
       CASE WHEN u.why IS NOT NULL THEN 'left-out' END, u.why, CASE WHEN u.why IS NOT NULL THEN now() END
     FROM unnest ($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
       AS u (delivery_id, message_id, endpoint_id, sequence, why)`,
    [
      id,
      placed.map(({ one }) => one.deliveryId),
      placed.map(({ one }) => one.messageId),
      placed.map(({ one }) => one.endpointId),
      placed.map(({ sequence }) => sequence),
      placed.map(({ leftOut }) => leftOut ?? null),
    ],
  );
}

async function advance(
  client: pg.ClientBase,
  id: RecoveryId,
  { endpointId, lookedAt }: { readonly endpointId: EndpointId; readonly lookedAt: string },
  placed: number,
  leftOut: readonly Placed[],
): Promise<void> {
  const { withoutPayload, underWay, tooOften, alreadyOwed } = countsOf(leftOut);
  await client.query(
    `UPDATE recoveries SET at_endpoint = $2, looked_at = $3, sequence = sequence + $4,
       without_payload = without_payload + $5, under_way = under_way + $6, too_often = too_often + $7,
       already_owed = already_owed + $8, updated_at = now()
     WHERE id = $1`,
    [id, endpointId, lookedAt, placed, withoutPayload, underWay, tooOften, alreadyOwed],
  );
}
