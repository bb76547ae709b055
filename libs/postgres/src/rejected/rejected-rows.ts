import { lowestId, type Actor, type OrganisationId, type RejectedId } from '@signpost/domain';
import type { IndexedRejection, RecoverySelection, RejectedSelection } from '@signpost/ports';
import { idTime, Where } from '../delivery-log/where.js';

export const REJECTED = `id, code, reason, source_topic, source_partition, source_offset, position_partition, position_offset,
  rejected_at, is_cut, redrives, open, corrected_at, corrected_by`;

// The driver reads a bigint as text.
export interface RejectedRow {
  readonly id: RejectedId;
  readonly code: string;
  readonly reason: string;
  readonly source_topic: string;
  readonly source_partition: number;
  readonly source_offset: string;
  readonly position_partition: number;
  readonly position_offset: string;
  readonly rejected_at: Date;
  readonly is_cut: boolean;
  readonly redrives: number;
  readonly open: boolean;
  readonly corrected_at: Date | null;
  readonly corrected_by: Actor | null;
}

export function indexedRejection(row: RejectedRow): IndexedRejection {
  return {
    id: row.id,
    code: row.code,
    reason: row.reason,
    source: sourceOf(row),
    position: { partition: row.position_partition, offset: Number(row.position_offset) },
    rejectedAt: row.rejected_at,
    isCut: row.is_cut,
    redrives: row.redrives,
    state: row.open ? 'open' : 'redriven',
    ...(row.corrected_at === null ? {} : { correctedAt: row.corrected_at }),
    ...(row.corrected_by === null ? {} : { correctedBy: row.corrected_by }),
  };
}

export const sourceOf = (
  row: Pick<RejectedRow, 'source_topic' | 'source_partition' | 'source_offset'>,
): IndexedRejection['source'] => ({
  topic: row.source_topic,
  partition: row.source_partition,
  offset: Number(row.source_offset),
});

/** All that a selection asks, as conditions of one row. */
export function rejectedWhere(selection: RejectedSelection, where = new Where()): Where {
  const { organisationId, codes, topics, ids, since, until, state } = selection;
  return where
    .and('organisation_id = ?', organisationId)
    .andIf(state === undefined ? undefined : state === 'open', 'open = ?')
    .andIf(codes, 'code = ANY (?::text[])')
    .andIf(topics, 'source_topic = ANY (?::text[])')
    .andIf(ids, 'id = ANY (?::text[])')
    .andIf(since && lowestId('rej', idTime(since)), 'id >= ?')
    .andIf(until && lowestId('rej', idTime(until)), 'id < ?');
}

/** What a recovery of rejected records is over: those that are open. */
export function openSelection(organisationId: OrganisationId, selection: RecoverySelection): RejectedSelection {
  const { codes, topics, rejectedIds, since, until } = selection;
  return {
    organisationId,
    state: 'open',
    since,
    until,
    ...(codes === undefined ? {} : { codes }),
    ...(topics === undefined ? {} : { topics }),
    ...(rejectedIds === undefined ? {} : { ids: rejectedIds }),
  };
}
