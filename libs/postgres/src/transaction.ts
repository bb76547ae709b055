import type pg from 'pg';
import { reachable, sqlStateOf } from './connection.js';

/** @throws DatabaseUnavailableError while the database is out of reach */
export function inTransaction<T>(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  return reachable(async () => {
    const client = await pool.connect();
    let broken: unknown;
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      broken = error;
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      // Only what the server refused by a state leaves the connection as it was.
      client.release(broken !== undefined && sqlStateOf(broken) === undefined);
    }
  });
}

/** A unique violation, and a deadlock: two may number the same deliveries in different orders. */
const AGAIN = ['23505', '40P01'];
const MOST_TRIES = 5;

/** Numbers are the next after the highest: of two that ask at once for one delivery, one asks again. */
export async function orAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      if (!AGAIN.includes(sqlStateOf(error) ?? '') || tried === MOST_TRIES) throw error;
    }
  }
}
