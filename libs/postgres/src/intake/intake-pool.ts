import pg from 'pg';
import { DatabaseUnavailableError } from '@signpost/ports';
import type { PostgresConfig } from '../config.js';
import { connectionOptions, reachable, sqlStateOf } from '../connection.js';

const CONNECTIONS = 6;
// Somebody waits for the answer, and intake goes on without: it does not wait for long.
const CONNECT_WITHIN_MS = 1_000;
const STATEMENT_TIMEOUT_MS = 2_000;
const DEADLOCK_TRIES = 3;

const DEADLOCK = '40P01';
/** A statement that took too long, and a table that no migration has made yet. */
const NOT_NOW = new Set(['57014', '42P01']);

export function openIntakePool(config: PostgresConfig, onError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOptions(config, 'intake'),
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    max: CONNECTIONS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 500,
  });
  pool.on('error', onError);
  return pool;
}

/**
 * Without a name, so that each is planned for the tables as they are: a plan kept from when they were empty would read them whole.
 * @throws DatabaseUnavailableError when the database is out of reach, too slow or not migrated yet
 */
export async function ask<R extends pg.QueryResultRow>(
  pool: pg.Pool,
  text: string,
  values: unknown[],
): Promise<readonly R[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await reachable(() => pool.query<R>(text, values))).rows;
    } catch (error) {
      const state = sqlStateOf(error) ?? '';
      if (NOT_NOW.has(state)) throw new DatabaseUnavailableError('the database cannot answer yet', {}, error);
      if (state !== DEADLOCK || attempt === DEADLOCK_TRIES) throw error;
    }
  }
}
