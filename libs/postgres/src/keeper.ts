import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { Log } from '@signpost/observability';
import type { PostgresConfig } from './config.js';
import { connectionOptions } from './connection.js';

const AFTER_FAILURE_MS = 60_000;

/** Looks after something in the database now and then, over a connection of its own each time. */
export abstract class Keeper {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  protected constructor(
    protected readonly config: PostgresConfig,
    protected readonly log: Log,
    /** `name`: of its connections. `failed`: what is logged when it could not be done. */
    private readonly task: { readonly name: string; readonly everyMs: number; readonly failed: string },
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  protected abstract keep(client: pg.ClientBase, signal: AbortSignal): Promise<void>;

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const { everyMs, failed } = this.task;
    while (!signal.aborted) {
      const pauseMs = await this.keepOnce(signal).then(
        () => everyMs,
        (error: unknown) => {
          this.log.warn(`${failed}; tried again in a minute`, {
            reason: error instanceof Error ? error.message : String(error),
          });
          return AFTER_FAILURE_MS;
        },
      );
      await wait(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async keepOnce(signal: AbortSignal): Promise<void> {
    const client = new pg.Client(connectionOptions(this.config, this.task.name));
    client.on('error', () => undefined);
    try {
      await client.connect();
      await this.keep(client, signal);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
