import type pg from 'pg';
import { lowestId } from '@signpost/domain';
import { Log } from '@signpost/observability';
import type { PostgresConfig } from '../config.js';
import { Keeper } from '../keeper.js';
import { LOCKS } from '../locks.js';

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
/** Few enough that nobody who writes has to wait for the deletion. */
const BATCH = 5_000;
/** A token that has ended is kept for so long, so that the audit log's entries can still be told from each other. */
const ENDED_TOKEN_MS = DAY_MS;

/** Deletes entries of the audit log that are older than their retention, and portal tokens that ended: looks every hour. */
export class AccessKeeper extends Keeper {
  constructor(config: PostgresConfig, log: Log) {
    const failed = 'old entries of the audit log could not be deleted';
    super(config, log, { name: 'access', everyMs: EVERY_MS, failed });
  }

  protected override async keep(client: pg.ClientBase, signal: AbortSignal): Promise<void> {
    const deleted = await deleteExpired(client, Date.now(), this.config.auditRetentionDays, signal);
    if (deleted > 0) this.log.info('old entries of the audit log and ended portal tokens were deleted', { deleted });
  }
}

/** How many rows went. One process at a time; when another is at it, there is nothing to do. */
export async function deleteExpired(
  client: pg.ClientBase,
  nowMs: number,
  retentionDays: number,
  signal?: AbortSignal,
): Promise<number> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [LOCKS.access]);
  if (rows[0]?.locked !== true) return 0;
  try {
    const entries = ['audit_log', 'id', lowestId('audit', nowMs - retentionDays * DAY_MS)] as const;
    const tokens = ['portal_tokens', 'expires_at', new Date(nowMs - ENDED_TOKEN_MS)] as const;
    let deleted = 0;
    for (const [table, column, bound] of [entries, tokens]) {
      for (let batch = BATCH; batch === BATCH && signal?.aborted !== true; deleted += batch) {
        const { rowCount } = await client.query(
          `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE ${column} < $1 ORDER BY ${column} LIMIT ${String(BATCH)})`,
          [bound],
        );
        batch = rowCount ?? 0;
      }
    }
    return deleted;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCKS.access]);
  }
}
