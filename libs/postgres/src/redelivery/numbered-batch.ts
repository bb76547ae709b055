import type pg from 'pg';
import { lowestId, type DeliveryId, type EndpointId, type MessageId, type RecoveryId } from '@signpost/domain';
import type { NumberedRedelivery } from '@signpost/ports';
import { idTime } from '../delivery-log/where.js';
import { messagesById } from './messages.js';

/** Of a recovery: what was given a place, and is not confirmed. */
export interface OpenBatch {
  readonly id: RecoveryId;
  readonly isTrial: boolean;
  readonly since: Date;
  readonly until: Date;
  readonly confirmed: number;
}

export interface NumberedRow {
  readonly delivery_id: DeliveryId;
  readonly message_id: MessageId;
  readonly endpoint_id: EndpointId;
  /** 0: of a trial. */
  readonly number: number;
  readonly attempts_before: number;
  readonly takes_over: boolean;
  /** The driver reads a bigint as text. */
  readonly sequence: string;
}

/** In their order. */
export async function numberedRows(
  client: pg.ClientBase,
  { id, isTrial, since, until, confirmed }: OpenBatch,
): Promise<readonly NumberedRow[]> {
  // The window again: it names the days, so that others are not looked at.
  const values = [id, confirmed, lowestId('dlv', idTime(since)), lowestId('dlv', idTime(until))];
  const { rows } = await client.query<NumberedRow>(isTrial ? TRIED : NUMBERED, values);
  return rows;
}

const IN_WINDOW = 'delivery_id >= $3 AND delivery_id < $4';
// Whoever died before they could say so may have handed over what counts as never sent.
const NUMBERED = `SELECT delivery_id, message_id, endpoint_id, number, attempts_before, sequence,
    EXISTS (SELECT FROM redeliveries e
      WHERE e.delivery_id = r.delivery_id AND e.number < r.number AND e.result IN ('withdrawn', 'asked')) AS takes_over
  FROM redeliveries r
  WHERE task_id = $1 AND sequence > $2 AND coalesce (result, '') NOT IN ('left-out', 'withdrawn') AND ${IN_WINDOW} ORDER BY sequence`;
// What was answered before a crash is not asked again.
const TRIED = `SELECT delivery_id, message_id, endpoint_id, 0 AS number, 0 AS attempts_before, sequence, false AS takes_over
  FROM recovery_records
  WHERE recovery_id = $1 AND sequence > $2 AND result IS NULL AND ${IN_WINDOW} ORDER BY sequence`;

/** Without what has lost its payload since it was numbered: that is noted as left out. */
export async function withMessages(
  client: pg.ClientBase,
  { id, isTrial }: OpenBatch,
  rows: readonly NumberedRow[],
): Promise<readonly NumberedRedelivery[]> {
  if (rows.length === 0) return [];
  const messages = await messagesById(
    client,
    rows.map((row) => row.message_id),
  );
  const gone = rows.filter((row) => !messages.has(row.message_id));
  if (gone.length > 0) await leaveOut(client, id, isTrial, gone);
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
        takesOver: row.takes_over,
        message,
      },
    ];
  });
}

async function leaveOut(
  client: pg.ClientBase,
  id: RecoveryId,
  isTrial: boolean,
  gone: readonly NumberedRow[],
): Promise<void> {
  const ids = gone.map((row) => row.delivery_id);
  const table = isTrial ? 'recovery_records' : 'redeliveries';
  const by = isTrial ? 'recovery_id' : 'task_id';
  const { rowCount } = await client.query(
    `UPDATE ${table} SET why = 'withoutPayload', result = 'left-out', settled_at = now()
     WHERE ${by} = $1 AND delivery_id = ANY ($2::text[]) AND result IS NULL`,
    [id, ids],
  );
  await client.query('UPDATE recoveries SET without_payload = without_payload + $2 WHERE id = $1', [id, rowCount ?? 0]);
}

/** What will not be handed over any more: its delivery is free for whoever asks next. */
export async function withdraw(
  client: pg.ClientBase,
  { id, confirmed }: Pick<OpenBatch, 'id' | 'confirmed'>,
): Promise<void> {
  for (const [table, by] of [
    ['redeliveries', 'task_id'],
    ['recovery_records', 'recovery_id'],
  ] as const) {
    await client.query(
      `UPDATE ${table} SET result = 'withdrawn', settled_at = now()
       WHERE ${by} = $1 AND sequence > $2 AND result IS NULL`,
      [id, confirmed],
    );
  }
  await client.query('UPDATE recoveries SET confirmed = sequence, updated_at = now() WHERE id = $1', [id]);
}
