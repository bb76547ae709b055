import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { Log } from '@signpost/observability';
import type { PostgresConfig } from '../config.js';
import { connectionOptions } from '../connection.js';
import { expire } from '../intake/expiry.js';
import { keepPartitions } from './partitions.js';

const EVERY_MS = 600_000;
const AFTER_FAILURE_MS = 60_000;

/**
 * Keeps the delivery log's days, and removes payloads, event ids and idempotency keys that are past their time: looks
 * every ten minutes. Days are made a week ahead, so that a database that is down costs nothing.
 */
export class PartitionKeeper {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly config: PostgresConfig,
    private readonly log: Log,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const pauseMs = await this.keep().then(
        () => EVERY_MS,
        (error: unknown) => {
          this.log.warn('the delivery log could not be looked after; tried again in a minute', {
            reason: error instanceof Error ? error.message : String(error),
          });
          return AFTER_FAILURE_MS;
        },
      );
      await wait(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async keep(): Promise<void> {
    const client = new pg.Client(connectionOptions(this.config, 'partitions'));
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { made, dropped } = await keepPartitions(client, Date.now(), this.config.logRetentionDays);
      if (made.length + dropped.length > 0) this.log.info('partitions of the delivery log changed', { made, dropped });
      const expired = await expire(client, this.config.eventIdWindowHours);
      this.log.debug('what was past its time is removed', { ...expired });
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
