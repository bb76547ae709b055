import type pg from 'pg';
import { DEAD_LETTER_RETENTION_MS, REJECTED_RETENTION_MS } from '@signpost/contracts';

/** Rows that one statement removes: what it locks, nobody else wants any more. */
const BATCH = 2_000;
/** Payloads may be large. */
const PAYLOAD_BATCH = 200;

export interface Expired {
  readonly idempotencyKeys: number;
  readonly eventIds: number;
  readonly payloads: number;
  readonly deadLetters: number;
  readonly rejected: number;
}

/** Removes what is past its time, in batches of which each is a short transaction. Several processes may do it at once. */
export async function expire(client: pg.ClientBase, eventIdWindowHours: number): Promise<Expired> {
  return {
    idempotencyKeys: await inBatches(client, BATCH, EXPIRED_KEYS, [BATCH]),
    eventIds: await inBatches(client, BATCH, EXPIRED_EVENT_IDS, [BATCH, eventIdWindowHours]),
    payloads: await inBatches(client, PAYLOAD_BATCH, EXPIRED_PAYLOADS, [PAYLOAD_BATCH]),
    deadLetters: await inBatches(client, BATCH, EXPIRED_DEAD_LETTERS, [BATCH, DEAD_LETTER_RETENTION_MS]),
    rejected: await inBatches(client, BATCH, EXPIRED_REJECTED, [BATCH, REJECTED_RETENTION_MS]),
  };
}

async function inBatches(client: pg.ClientBase, size: number, text: string, values: unknown[]): Promise<number> {
  for (let total = 0; ;) {
    const { rowCount } = await client.query(text, values);
    total += rowCount ?? 0;
    if ((rowCount ?? 0) < size) return total;
  }
}

// Who comes for a row meanwhile has it: what is locked is left for the next time.
const EXPIRED_KEYS = `DELETE FROM idempotency_keys WHERE scope = ANY (ARRAY (
  SELECT scope FROM idempotency_keys WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))`;

const EXPIRED_EVENT_IDS = `DELETE FROM event_ids WHERE (application_id, event_id) IN (
  SELECT application_id, event_id FROM event_ids WHERE reserved_at <= now() - $2::int * interval '1 hour'
  ORDER BY reserved_at LIMIT $1 FOR UPDATE SKIP LOCKED)`;

const EXPIRED_PAYLOADS = `UPDATE messages SET payload = NULL WHERE id = ANY (ARRAY (
  SELECT id FROM messages WHERE payload_expires_at IS NOT NULL AND payload IS NOT NULL AND payload_expires_at <= now()
  LIMIT $1 FOR UPDATE SKIP LOCKED))`;

// Their topic has forgotten them by then.
const EXPIRED_DEAD_LETTERS = `DELETE FROM dead_letters WHERE (delivery_id, redelivery) IN (
  SELECT delivery_id, redelivery FROM dead_letters WHERE dead_at <= now() - $2::float8 * interval '1 millisecond'
  ORDER BY dead_at LIMIT $1 FOR UPDATE SKIP LOCKED)`;

const EXPIRED_REJECTED = `DELETE FROM rejected_records WHERE id IN (
  SELECT id FROM rejected_records WHERE rejected_at <= now() - $2::float8 * interval '1 millisecond'
  ORDER BY rejected_at LIMIT $1 FOR UPDATE SKIP LOCKED)`;
