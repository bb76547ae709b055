import type pg from 'pg';
import { DatabaseUnavailableError } from '@signpost/ports';
import { reachable, sqlStateOf, type PoolOptions } from '../connection.js';

/** Somebody waits for the answer, and intake goes on without: it does not wait for long. */
export const INTAKE_POOL: PoolOptions = {
  name: 'intake',
  size: 6,
  connectWithinMs: 1_000,
  statementTimeoutMs: 2_000,
  answerTimeoutMs: 2_500,
};

const DEADLOCK_TRIES = 3;

const DEADLOCK = '40P01';
/** A statement that took too long, and a table that no migration has made yet. */
const NOT_NOW = new Set(['57014', '42P01']);

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
