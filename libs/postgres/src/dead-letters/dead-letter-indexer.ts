import type pg from 'pg';
import { DeadLetterIndexer, LogRefusedError, type LetterSpan, type PlacedDeadLetter } from '@signpost/ports';
import { isRefused, reachable } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import { arraysOf, names, unnest } from '../delivery-log/columns.js';
import { LOCKS } from '../locks.js';
import { TOLD } from '../redelivery/told.js';
import { inTransaction } from '../transaction.js';
import { IS_LATEST, LETTER_COLUMNS, letterRows, type LetterRow } from './letter-rows.js';

/**
 * Writes batches of letters, one process at a time, and never beside a recorder that notes what was asked for again: each then
 * sees what the other has written, and no letter stays dead whose delivery is under way again.
 */
export class PostgresDeadLetterIndexer extends DeadLetterIndexer {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async write(letters: readonly PlacedDeadLetter[]): Promise<void> {
    if (letters.length > 0) await this.alone(batchOf(letters), upsert);
  }

  async replace({ partition, from, to }: LetterSpan, letters: readonly PlacedDeadLetter[]): Promise<void> {
    await this.alone(batchOf(letters), async (client, batch) => {
      const { rows } = batch;
      await client.query(DELETE_OTHERS, [
        partition,
        from,
        to,
        rows.map(({ letter }) => letter.delivery.id),
        rows.map(({ letter }) => letter.redrives),
        rows.map(({ position }) => position.offset),
      ]);
      if (rows.length > 0) await upsert(client, batch);
    });
  }

  async highestOffsets(): Promise<ReadonlyMap<number, number>> {
    const { rows } = await reachable(() =>
      this.database.log.query<{ partition: number; highest: string }>(
        'SELECT position_partition AS partition, max (position_offset) AS highest FROM dead_letters GROUP BY 1',
      ),
    );
    return new Map(rows.map(({ partition, highest }) => [partition, Number(highest)]));
  }

  private async alone(batch: Batch, work: Work): Promise<void> {
    try {
      await inTransaction(this.database.log, async (client) => {
        await client.query('SELECT pg_advisory_xact_lock ($1)', [LOCKS.deadLetters]);
        await work(client, batch);
      });
    } catch (error) {
      // A value or a constraint that they cannot meet, however often they are written.
      if (isRefused(error)) {
        throw new LogRefusedError('the database refuses a dead letter of the batch', {}, error);
      }
      throw error;
    }
  }
}

interface Batch {
  readonly rows: readonly LetterRow[];
  readonly values: Buffer[];
}

type Work = (client: pg.ClientBase, batch: Batch) => Promise<void>;

function batchOf(letters: readonly PlacedDeadLetter[]): Batch {
  try {
    const rows = letterRows(letters);
    return { rows, values: arraysOf([...LETTER_COLUMNS, IS_LATEST], rows) };
  } catch (error) {
    // A number that no column has room for.
    throw new LogRefusedError('a dead letter of the batch has a value that the index cannot take', {}, error);
  }
}

async function upsert(client: pg.ClientBase, { rows, values }: Batch): Promise<void> {
  await client.query({ name: 'index dead letters', text: UPSERT, values });
  const again = rows.filter(({ letter }) => letter.redrives > 0);
  if (again.length === 0) return;
  const ids = again.map(({ letter }) => letter.delivery.id);
  await client.query(CLOSE_EARLIER, [ids, again.map(({ letter }) => letter.redrives)]);
}

const given = unnest([...LETTER_COLUMNS, IS_LATEST], 'n');
const assigned = [...LETTER_COLUMNS.map(({ name }) => name), 'organisation_id', 'dead'];

// Subqueries rather than joins: each goes by its key, whatever the planner thinks of the batch.
const UPSERT = `INSERT INTO dead_letters AS l (${names(LETTER_COLUMNS)}, organisation_id, dead)
  SELECT ${names(LETTER_COLUMNS, 'n.')},
    (SELECT a.organisation_id FROM applications a WHERE a.id = n.application_id COLLATE "C"),
    n.is_latest
      AND NOT EXISTS (
        SELECT FROM deliveries d WHERE d.id = n.delivery_id COLLATE "C"
        AND (d.state = 'delivered' OR ${TOLD} > n.redelivery))
      AND NOT EXISTS (
        SELECT FROM dead_letters h WHERE h.delivery_id = n.delivery_id COLLATE "C" AND h.redelivery > n.redelivery)
  FROM ${given}
  ON CONFLICT (delivery_id, redelivery) DO UPDATE
    SET ${assigned.map((name) => `${name} = excluded.${name}`).join(', ')}
    WHERE (excluded.position_partition, excluded.position_offset) <= (l.position_partition, l.position_offset)`;

const CLOSE_EARLIER = `UPDATE dead_letters l SET dead = false
  FROM unnest ($1::text[], $2::smallint[]) AS n (delivery_id, redelivery)
  WHERE l.delivery_id = n.delivery_id COLLATE "C" AND l.redelivery < n.redelivery AND l.dead`;

const DELETE_OTHERS = `DELETE FROM dead_letters l
  WHERE l.position_partition = $1 AND l.position_offset >= $2 AND l.position_offset < $3 AND NOT EXISTS (
    SELECT FROM unnest ($4::text[], $5::smallint[], $6::bigint[]) AS k (delivery_id, redelivery, position_offset)
    WHERE k.delivery_id = l.delivery_id AND k.redelivery = l.redelivery AND k.position_offset = l.position_offset)`;
