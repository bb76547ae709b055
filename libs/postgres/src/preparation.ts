import { setTimeout as wait } from 'node:timers/promises';
import { Health, Log } from '@signpost/observability';
import { DatabaseUnavailableError } from '@signpost/ports';
import type { PostgresDatabase } from './database.js';
import { migrate } from './migrate.js';

const LONGEST_PAUSE_MS = 5_000;
const CHECK_WITHIN_MS = 1_500;

/** Brings the database to this version's form, however long it takes to answer; readiness says so until then. */
export class DatabasePreparation {
  private readonly stopping = new AbortController();
  private preparing: Promise<void> | undefined;
  private prepared = false;

  constructor(
    private readonly database: PostgresDatabase,
    private readonly log: Log,
    private readonly health: Health,
  ) {}

  /** Adds the readiness check and starts to migrate, trying until the database answers; rejects when a migration itself fails. */
  start(): Promise<void> {
    if (this.preparing === undefined) {
      this.health.addReadiness('postgres', () => this.check());
      this.preparing = this.prepare();
      // Who only wants it begun need not wait for it.
      this.preparing.catch(() => undefined);
    }
    return this.preparing;
  }

  stop(): void {
    this.stopping.abort();
  }

  private async check(): Promise<void> {
    if (!this.prepared) throw new Error('the database has not answered yet, or is being migrated: check DATABASE_URL');
    const slow = wait(CHECK_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new Error(`the database did not answer within ${String(CHECK_WITHIN_MS)} ms`);
    });
    await Promise.race([this.database.check(), slow]);
  }

  private async prepare(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        await migrate(this.database.config);
        this.prepared = true;
        return;
      } catch (error) {
        if (!(error instanceof DatabaseUnavailableError)) {
          this.log.error('the database could not be migrated', error);
          throw error;
        }
        failures += 1;
        this.log.warn('the database does not answer; tried again', { failures });
        await wait(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
