import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { sqlStateOf } from '../connection.js';
import { LOCKS } from '../locks.js';
import { dayOfPartition, daysNeeded, isExpired, LOG_TABLES, retentionBound, type Day, type LogTable } from './days.js';

const DAYS_AHEAD = 7;
// Attaching and detaching want a short lock on the whole table. Who has to wait for it makes every writer behind it
// wait too; so it is asked for briefly, and again later.
const LOCK_TIMEOUT_MS = 200;
const LOCK_TRIES = 25;
const LONGEST_PAUSE_MS = 2_000;
const EXPIRED_ROWS = 5_000;

const LOCK_NOT_AVAILABLE = '55P03';

export interface PartitionChanges {
  readonly made: readonly string[];
  readonly dropped: readonly string[];
}

/**
 * Makes the days ahead and drops the expired ones, for all of the log's tables. One process at a time; when
 * another is at it, there is nothing to do. Each table has a partition beside its days for ids of odd times.
 */
export async function keepPartitions(
  client: pg.ClientBase,
  nowMs: number,
  retentionDays: number,
): Promise<PartitionChanges> {
  const made: string[] = [];
  const dropped: string[] = [];
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
    LOCKS.partitions,
  ]);
  if (rows[0]?.locked !== true) return { made, dropped };
  try {
    for (const table of Object.keys(LOG_TABLES) as LogTable[]) {
      const existing = await partitionsOf(client, table);
      for (const day of daysNeeded(table, nowMs, DAYS_AHEAD)) {
        if (existing.includes(day.partition)) continue;
        await patiently(client, () => makeDay(client, table, day));
        made.push(day.partition);
      }
      for (const partition of existing) {
        const startMs = dayOfPartition(table, partition);
        if (startMs === undefined || !isExpired(startMs, nowMs, retentionDays)) continue;
        await patiently(client, () => client.query(`ALTER TABLE ${table} DETACH PARTITION ${partition}`));
        dropped.push(partition);
      }
      await dropDetached(client, table, nowMs, retentionDays);
      await expireOther(client, table, retentionBound(table, nowMs, retentionDays));
    }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCKS.partitions]);
  }
  return { made, dropped };
}

async function partitionsOf(client: pg.ClientBase, table: LogTable): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT child.relname AS name FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
     WHERE inhparent = $1::regclass ORDER BY 1`,
    [table],
  );
  return rows.map((row) => row.name);
}

/** Built beside the table and then attached: attaching holds up no writer of other days. */
async function makeDay(client: pg.ClientBase, table: LogTable, day: Day): Promise<void> {
  const { key } = LOG_TABLES[table];
  await client.query(`CREATE TABLE ${day.partition} (LIKE ${table} INCLUDING ALL)`);
  // Nobody writes a row of this day between its rows being moved and the day being there.
  await client.query(`LOCK TABLE ${table}_other IN ACCESS EXCLUSIVE MODE`);
  // Rows of this day that came before it was made.
  await client.query(
    `WITH early AS (DELETE FROM ${table}_other WHERE ${key} >= $1 AND ${key} < $2 RETURNING *)
     INSERT INTO ${day.partition} SELECT * FROM early`,
    [day.from, day.to],
  );
  await client.query(
    `ALTER TABLE ${table} ATTACH PARTITION ${day.partition} FOR VALUES FROM ('${day.from}') TO ('${day.to}')`,
  );
  if (table === 'deliveries') await client.query(`ALTER TABLE ${day.partition} SET (fillfactor = 85)`);
}

/** Also what a process left behind that died between detaching and dropping. */
async function dropDetached(
  client: pg.ClientBase,
  table: LogTable,
  nowMs: number,
  retentionDays: number,
): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relkind = 'r' AND NOT relispartition AND relnamespace = current_schema()::regnamespace AND relname LIKE $1`,
    [`${table}\\_%`],
  );
  for (const { name } of rows) {
    const startMs = dayOfPartition(table, name);
    if (startMs !== undefined && isExpired(startMs, nowMs, retentionDays)) await client.query(`DROP TABLE ${name}`);
  }
}

async function expireOther(client: pg.ClientBase, table: LogTable, bound: string): Promise<void> {
  const { key } = LOG_TABLES[table];
  for (;;) {
    const { rowCount } = await client.query(
      `DELETE FROM ${table}_other WHERE ${key} IN (SELECT ${key} FROM ${table}_other WHERE ${key} < $1 LIMIT ${String(EXPIRED_ROWS)})`,
      [bound],
    );
    if ((rowCount ?? 0) < EXPIRED_ROWS) return;
  }
}

async function patiently(client: pg.ClientBase, change: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query('BEGIN');
      await client.query(`SET LOCAL lock_timeout = '${String(LOCK_TIMEOUT_MS)}ms'`);
      await change();
      await client.query('COMMIT');
      return;
    } catch (error) {
      await client.query('ROLLBACK');
      if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE || attempt === LOCK_TRIES) throw error;
      await wait(Math.min(LONGEST_PAUSE_MS, attempt * LOCK_TIMEOUT_MS));
    }
  }
}
