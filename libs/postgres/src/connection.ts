import pg from 'pg';
import { DatabaseUnavailableError } from '@signpost/ports';
import type { PostgresConfig } from './config.js';

const CONNECT_WITHIN_MS = 5_000;

/** How every connection is made. A peer that vanished without a word is noticed by keep-alive and by statement time-outs. */
export function connectionOptions(config: PostgresConfig, name: string): pg.ClientConfig {
  return {
    connectionString: config.url,
    ssl: config.tls,
    application_name: `signpost ${name}`,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
  };
}

export interface PoolOptions {
  /** In the name that the server knows its connections by. */
  readonly name: string;
  /** Connections at most. */
  readonly size: number;
  readonly connectWithinMs?: number;
  readonly statementTimeoutMs: number;
  /** Beyond the server's own bound: a server that is gone answers neither. */
  readonly answerTimeoutMs: number;
  /** Of the server's settings, as `name=value`. */
  readonly settings?: readonly string[];
}

export function openPool(config: PostgresConfig, options: PoolOptions, onError: (error: Error) => void): pg.Pool {
  const { name, size, connectWithinMs = CONNECT_WITHIN_MS, settings = [] } = options;
  const pool = new pg.Pool({
    ...connectionOptions(config, name),
    connectionTimeoutMillis: connectWithinMs,
    max: size,
    ...(settings.length === 0 ? {} : { options: settings.map((setting) => `-c ${setting}`).join(' ') }),
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.answerTimeoutMs,
  });
  // An idle connection that breaks is replaced at the next query.
  pool.on('error', onError);
  // One that breaks between two statements of whoever has it would end the process, if nobody listened; their next one fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** SQLSTATE of a PostgreSQL error, undefined for anything else. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = property(error, 'code');
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !NETWORK_CODES.has(code) ? code : undefined;
}

/** Whether it is a value or a constraint that the statement cannot meet, however often it is run. */
export function isRefused(error: unknown): boolean {
  // 22: a value; 23: a constraint; 54: larger than an index or a row can be.
  return /^(22|23|54)/.test(sqlStateOf(error) ?? '');
}

/** Whether the database is out of reach or refuses all work for now, so that the same call may succeed later. */
export function isUnavailable(error: unknown): boolean {
  const code = property(error, 'code');
  if (typeof code === 'string' && NETWORK_CODES.has(code)) return true;
  const state = sqlStateOf(error);
  // 08: connection; 53: out of resources; 57P0x: shutting down or starting; 25006: a standby that takes no writes.
  if (state !== undefined) return /^(08|53|57P0|25006)/.test(state);
  const message = property(error, 'message');
  return (
    typeof message === 'string' &&
    /Connection terminated|timeout exceeded when trying to connect|Query read timeout|connection error|not queryable|Client was closed/i.test(
      message,
    )
  );
}

/** @throws DatabaseUnavailableError in place of whatever the driver throws while the database is out of reach */
export async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUnavailable(error)) throw new DatabaseUnavailableError('the database is out of reach', {}, error);
    throw error;
  }
}

function property(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null && name in error
    ? (error as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
