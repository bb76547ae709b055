import pg from 'pg';
import type { PostgresConfig } from './config.js';
import { connectionOptions, reachable } from './connection.js';
import { dataSource } from './database.js';
import { keepPartitions } from './delivery-log/partitions.js';
import { LOCKS } from './locks.js';

/**
 * Brings the database to this version's form and makes the delivery log's first days. Several processes may do
 * it at once: one does, the others wait and find it done.
 * @throws DatabaseUnavailableError while the database is out of reach
 */
export async function migrate(config: PostgresConfig): Promise<void> {
  await reachable(async () => {
    const client = new pg.Client(connectionOptions(config, 'migration'));
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT pg_advisory_lock($1)', [LOCKS.migrate]);
      await runMigrations(config);
      await keepPartitions(client, Date.now(), config.logRetentionDays);
    } finally {
      // Ends the session, and with it the lock.
      await client.end().catch(() => undefined);
    }
  });
}

async function runMigrations(config: PostgresConfig): Promise<void> {
  const source = dataSource({ ...config, poolSize: 1 }, () => undefined);
  try {
    await source.initialize();
    await source.runMigrations({ transaction: 'each' });
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}
