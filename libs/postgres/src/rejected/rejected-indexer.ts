import { coordinatesText } from '@signpost/contracts';
import { derivedId } from '@signpost/domain';
import { LogRefusedError, RejectedIndexer, type PlacedRejection } from '@signpost/ports';
import { isRefused } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import { arraysOf, names, unnest, type Column } from '../delivery-log/columns.js';
import { storable } from '../delivery-log/stored-text.js';
import { inTransaction } from '../transaction.js';

const LONGEST_REASON = 2_000;

const COLUMNS: readonly Column<PlacedRejection>[] = [
  { name: 'id', type: 'text', value: ({ rejection }) => idOf(rejection) },
  { name: 'organisation_id', type: 'text', value: ({ rejection }) => rejection.organisationId ?? null },
  { name: 'code', type: 'text', value: ({ rejection }) => storable(rejection.code) },
  { name: 'reason', type: 'text', value: ({ rejection }) => storable(rejection.reason.slice(0, LONGEST_REASON)) },
  { name: 'source_topic', type: 'text', value: ({ rejection }) => storable(rejection.source.topic) },
  { name: 'source_partition', type: 'bigint', value: ({ rejection }) => BigInt(rejection.source.partition) },
  { name: 'source_offset', type: 'bigint', value: ({ rejection }) => BigInt(rejection.source.offset) },
  { name: 'position_partition', type: 'bigint', value: ({ position }) => BigInt(position.partition) },
  { name: 'position_offset', type: 'bigint', value: ({ position }) => BigInt(position.offset) },
  { name: 'rejected_at', type: 'timestamptz', value: ({ rejection }) => rejection.atMs },
  { name: 'is_cut', type: 'boolean', value: ({ rejection }) => rejection.isCut === true },
  { name: 'rejected_after', type: 'smallint', value: ({ rejection }) => rejection.redrives ?? 0 },
];

const idOf = ({ source, atMs }: PlacedRejection['rejection']): string =>
  derivedId('rej', atMs, coordinatesText(source));

export class PostgresRejectedIndexer extends RejectedIndexer {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async write(rejections: readonly PlacedRejection[]): Promise<void> {
    if (rejections.length === 0) return;
    const values = valuesOf(rejections);
    try {
      await inTransaction(this.database.log, async (client) => {
        await client.query({ name: 'index rejected records', text: UPSERT, values });
      });
    } catch (error) {
      if (!isRefused(error)) throw error;
      throw new LogRefusedError('the database refuses a rejected record of the batch', {}, error);
    }
  }
}

function valuesOf(rejections: readonly PlacedRejection[]): Buffer[] {
  try {
    return arraysOf(COLUMNS, latestOfEach(rejections));
  } catch (error) {
    // A number that no column has room for, or a text that is none.
    throw new LogRefusedError('a rejected record of the batch has a value that the index cannot take', {}, error);
  }
}

/** One row for each record of a source: what it was rejected for after the last re-drive. */
function latestOfEach(rejections: readonly PlacedRejection[]): readonly PlacedRejection[] {
  const latest = new Map<string, PlacedRejection>();
  for (const one of rejections) {
    const key = coordinatesText(one.rejection.source);
    const known = latest.get(key);
    if (known === undefined || (one.rejection.redrives ?? 0) > (known.rejection.redrives ?? 0)) latest.set(key, one);
  }
  return [...latest.values()].sort((a, b) => (idOf(a.rejection) < idOf(b.rejection) ? -1 : 1));
}

// Of an installation with one organisation whatever is nobody's is its.
const OWNER = `coalesce (n.organisation_id, (SELECT min (o.id) FROM organisations o HAVING count(*) = 1))`;
const REPLACED = ['code', 'reason', 'position_partition', 'position_offset', 'rejected_at', 'is_cut', 'rejected_after'];

// Rejected again, what sent it has failed with it.
const UPSERT = `WITH written AS (
    INSERT INTO rejected_records AS r (${names(COLUMNS)}, redrives)
    SELECT ${names(COLUMNS, 'n.').replace('n.organisation_id', OWNER)}, n.rejected_after FROM ${unnest(COLUMNS, 'n')}
    ON CONFLICT (source_topic, source_partition, source_offset) DO UPDATE
      SET ${REPLACED.map((name) => `${name} = excluded.${name}`).join(', ')},
        redrives = greatest (r.redrives, excluded.rejected_after)
      WHERE excluded.rejected_after > r.rejected_after
    RETURNING r.recovery_id, r.open, r.rejected_after)
  INSERT INTO recovery_results AS c (recovery_id, delivered, failed)
  SELECT recovery_id, 0, count(*) FROM written
  WHERE recovery_id IS NOT NULL AND open AND rejected_after > 0 GROUP BY recovery_id ORDER BY recovery_id
  ON CONFLICT (recovery_id) DO UPDATE SET failed = c.failed + excluded.failed`;
