import type pg from 'pg';
import type { OrganisationId, RecoveryId, RejectedId } from '@signpost/domain';
import type { BatchLimits, NumberedRejection, RecoveryBatch, RecoverySelection } from '@signpost/ports';
import { Where } from '../delivery-log/where.js';
import { correctionOf, type CorrectionRow } from '../rejected/rejected-index.js';
import { openSelection, rejectedWhere, sourceOf, type RejectedRow } from '../rejected/rejected-rows.js';

/** A recovery of rejected records, and how far it is. */
export interface RejectedWork {
  readonly id: RecoveryId;
  readonly organisationId: OrganisationId;
  readonly selection: RecoverySelection;
  readonly lookedAt: string;
  readonly sequence: number;
  readonly confirmed: number;
}

interface NumberedRow
  extends
    CorrectionRow,
    Pick<
      RejectedRow,
      'id' | 'source_topic' | 'source_partition' | 'source_offset' | 'position_partition' | 'position_offset'
    > {
  readonly redrives: number;
  readonly organisation_id: OrganisationId;
  readonly redriven_at: Date;
  readonly sequence: string;
}

/** What was numbered and not confirmed, as it was; else the next that are open, each with its number. */
export async function nextRejected(
  client: pg.ClientBase,
  work: RejectedWork,
  limits: BatchLimits,
): Promise<RecoveryBatch> {
  if (work.confirmed < work.sequence) return batchOf(client, work.id, work.confirmed);
  const where = rejectedWhere(openSelection(work.organisationId, work.selection), new Where()).and(
    'id > ?',
    work.lookedAt,
  );
  where.and('redrives < ?', limits.perDelivery);
  const limit = String(Math.trunc(limits.records));
  const [from, id] = [where.parameter(work.sequence), where.parameter(work.id)];
  const { rows } = await client.query<{ id: RejectedId }>(
    `UPDATE rejected_records r SET redrives = r.redrives + 1, recovery_id = ${id}, sequence = ${from} + due.place,
       redriven_at = now()
     FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
       SELECT id FROM rejected_records WHERE ${where.sql} ORDER BY id LIMIT ${limit} FOR UPDATE) open_ones) due
     WHERE r.id = due.id RETURNING r.id`,
    where.values,
  );
  const last = rows
    .map((row) => row.id)
    .sort()
    .at(-1);
  if (last === undefined) return { kind: 'finished' };
  await client.query(
    'UPDATE recoveries SET looked_at = $2, sequence = sequence + $3, updated_at = now() WHERE id = $1',
    [work.id, last, rows.length],
  );
  return batchOf(client, work.id, work.confirmed);
}

async function batchOf(client: pg.ClientBase, id: RecoveryId, confirmed: number): Promise<RecoveryBatch> {
  const { rows } = await client.query<NumberedRow>(
    `SELECT id, source_topic, source_partition, source_offset, position_partition, position_offset, redrives, redriven_at,
       organisation_id, sequence, corrected_value, corrected_headers
     FROM rejected_records WHERE recovery_id = $1 AND sequence > $2 ORDER BY sequence`,
    [id, confirmed],
  );
  const { rows: places } = await client.query<{ sequence: string }>('SELECT sequence FROM recoveries WHERE id = $1', [
    id,
  ]);
  return { kind: 'rejected', rejected: rows.map(numbered), upTo: Number(places[0]?.sequence) };
}

function numbered(row: NumberedRow): NumberedRejection {
  return {
    redrive: {
      source: sourceOf(row),
      number: row.redrives,
      atMs: row.redriven_at.getTime(),
      organisationId: row.organisation_id,
    },
    position: { partition: row.position_partition, offset: Number(row.position_offset) },
    correction: correctionOf(row),
  };
}

/** What will not be handed over any more is open again. */
export async function withdrawRejected(client: pg.ClientBase, id: RecoveryId, confirmed: number): Promise<void> {
  await client.query(
    `UPDATE rejected_records SET redrives = redrives - 1, recovery_id = NULL, sequence = NULL
     WHERE recovery_id = $1 AND sequence > $2`,
    [id, confirmed],
  );
}

/** Statement that counts what it has before it. */
export function rejectedSelected(organisationId: OrganisationId, selection: RecoverySelection, where: Where): string {
  rejectedWhere(openSelection(organisationId, selection), where);
  return `SELECT source_topic AS topic, code AS reason FROM rejected_records WHERE ${where.sql}`;
}
