import type pg from 'pg';
import type { BackgroundTaskId, DeliveryId, EndpointId, MessageId } from '@signpost/domain';
import type { BatchLimits, NumberedRedelivery, SkippedRedeliveries } from '@signpost/ports';
import { HAS_PAYLOAD, messagesById } from './messages.js';
import { TOLD } from './told.js';

/** What of a task has not been looked at. */
export interface Window {
  readonly endpointId: EndpointId;
  /** Delivery ids, both exclusive. */
  readonly after: string;
  readonly before: string;
  /** The last that was numbered. */
  readonly sequence: number;
}

interface Candidate {
  readonly id: DeliveryId;
  readonly message_id: MessageId;
  readonly attempts: number;
  /** The redelivery whose state the log shows, and the highest that was asked for. */
  readonly told: number;
  readonly asked: number;
  /** Null when the payload is gone. */
  readonly bytes: number | null;
}

interface Chosen {
  readonly due: readonly Candidate[];
  readonly skipped: SkippedRedeliveries;
  readonly lookedAt: DeliveryId;
}

/** Numbers the next of the window and notes how far it looked. False when there is nothing more. */
export async function lookOn(
  client: pg.ClientBase,
  id: BackgroundTaskId,
  window: Window,
  limits: BatchLimits,
): Promise<boolean> {
  const chosen = choose(await candidates(client, window, limits.records), limits);
  if (chosen === undefined) return false;
  const { due, skipped, lookedAt } = chosen;
  await client.query(
    `INSERT INTO redeliveries (delivery_id, message_id, endpoint_id, task_id, number, attempts_before, sequence)
     SELECT delivery_id, message_id, $1, $2, number, attempts_before, $3::bigint + place
     FROM unnest ($4::text[], $5::text[], $6::smallint[], $7::smallint[])
       WITH ORDINALITY AS due (delivery_id, message_id, number, attempts_before, place)`,
    [
      window.endpointId,
      id,
      window.sequence,
      due.map((one) => one.id),
      due.map((one) => one.message_id),
      due.map((one) => one.asked + 1),
      due.map((one) => one.attempts),
    ],
  );
  await client.query(
    `UPDATE background_tasks SET looked_at = $2, sequence = sequence + $3, without_payload = without_payload + $4,
       under_way = under_way + $5, too_often = too_often + $6, updated_at = now() WHERE id = $1`,
    [id, lookedAt, due.length, skipped.withoutPayload, skipped.underWay, skipped.tooOften],
  );
  return true;
}

// Subqueries rather than joins: each goes by the key into one day, whatever the planner thinks.
async function candidates(client: pg.ClientBase, window: Window, limit: number): Promise<readonly Candidate[]> {
  const { rows } = await client.query<Candidate>(
    `SELECT d.id, d.message_id, d.attempts, ${TOLD} AS told,
       coalesce ((SELECT max (r.number) FROM redeliveries r WHERE r.delivery_id = d.id), 0) AS asked,
       (SELECT octet_length (payload) FROM messages WHERE id = d.message_id AND ${HAS_PAYLOAD}) AS bytes
     FROM deliveries d
     WHERE d.endpoint_id = $1 AND d.id > $2 AND d.id < $3 AND d.state = 'dead-lettered'
     ORDER BY d.id LIMIT $4`,
    [window.endpointId, window.after, window.before, limit],
  );
  return rows;
}

/** As many as fit. Undefined when there is nothing to look at. */
function choose(all: readonly Candidate[], { bytes: room, perDelivery }: BatchLimits): Chosen | undefined {
  const due: Candidate[] = [];
  const skipped = { withoutPayload: 0, underWay: 0, tooOften: 0 };
  let lookedAt: DeliveryId | undefined;
  let bytes = 0;
  for (const one of all) {
    if (one.bytes === null) skipped.withoutPayload += 1;
    else if (one.asked > one.told) skipped.underWay += 1;
    else if (one.asked >= perDelivery) skipped.tooOften += 1;
    else {
      bytes += one.bytes;
      if (due.length > 0 && bytes > room) break;
      due.push(one);
    }
    lookedAt = one.id;
  }
  return lookedAt === undefined ? undefined : { due, skipped, lookedAt };
}

interface NumberedRow {
  readonly delivery_id: DeliveryId;
  readonly message_id: MessageId;
  readonly endpoint_id: EndpointId;
  readonly number: number;
  readonly attempts_before: number;
  /** The driver reads a bigint as text. */
  readonly sequence: string;
}

/** What of the task was numbered and is not confirmed, in its order. */
export async function numberedRows(
  client: pg.ClientBase,
  id: BackgroundTaskId,
  { from, before, done }: { readonly from: string; readonly before: string; readonly done: number },
  limit: number,
): Promise<readonly NumberedRow[]> {
  // The task's window again: it names the days, so that others are not looked at.
  const { rows } = await client.query<NumberedRow>(
    `SELECT delivery_id, message_id, endpoint_id, number, attempts_before, sequence FROM redeliveries
     WHERE task_id = $1 AND sequence > $2 AND delivery_id > $3 AND delivery_id < $4 ORDER BY sequence LIMIT $5`,
    [id, done, from, before, limit],
  );
  return rows;
}

/** Without what has lost its payload since it was numbered. */
export async function withMessages(
  client: pg.ClientBase,
  rows: readonly NumberedRow[],
): Promise<readonly NumberedRedelivery[]> {
  if (rows.length === 0) return [];
  const messages = await messagesById(
    client,
    rows.map((row) => row.message_id),
  );
  return rows.flatMap((row) => {
    const message = messages.get(row.message_id);
    if (message === undefined) return [];
    return [
      {
        deliveryId: row.delivery_id,
        endpointId: row.endpoint_id,
        number: row.number,
        attemptsBefore: row.attempts_before,
        sequence: Number(row.sequence),
        message,
      },
    ];
  });
}
