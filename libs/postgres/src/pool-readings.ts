import type { Metrics } from '@signpost/observability';
import type { PostgresDatabase } from './database.js';

/** How many connections each pool has, may have, and is waited for: asked of the pools at each scrape. */
export function showPools({ of }: Metrics, database: PostgresDatabase): void {
  for (const pool of ['log', 'lists', 'intake', 'control-plane'] as const) {
    const use = (): ReturnType<PostgresDatabase['poolUse']> => database.poolUse(pool);
    of.databaseConnections.onScrape(() => use().busy, { pool, state: 'busy' });
    of.databaseConnections.onScrape(() => use().idle, { pool, state: 'idle' });
    of.databaseLimit.onScrape(() => use().limit, { pool });
    of.databaseAwaited.onScrape(() => use().awaited, { pool });
  }
}
