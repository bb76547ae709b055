import type pg from 'pg';
import { Log } from '@signpost/observability';
import type { PostgresConfig } from '../config.js';
import { expire } from '../intake/expiry.js';
import { Keeper } from '../keeper.js';
import { keepPartitions } from './partitions.js';

const EVERY_MS = 600_000;

/**
 * Keeps the delivery log's days, and removes payloads, event ids and idempotency keys that are past their time: looks
 * every ten minutes. Days are made a week ahead, so that a database that is down costs nothing.
 */
export class PartitionKeeper extends Keeper {
  constructor(config: PostgresConfig, log: Log) {
    const failed = 'the delivery log could not be looked after';
    super(config, log, { name: 'partitions', everyMs: EVERY_MS, failed });
  }

  protected override async keep(client: pg.ClientBase): Promise<void> {
    const { made, dropped } = await keepPartitions(client, Date.now(), this.config.logRetentionDays);
    if (made.length + dropped.length > 0) this.log.info('partitions of the delivery log changed', { made, dropped });
    const expired = await expire(client, this.config.eventIdWindowHours);
    this.log.debug('what was past its time is removed', { ...expired });
  }
}
