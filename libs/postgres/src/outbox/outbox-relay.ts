import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { controlRecord, TOPICS } from '@signpost/contracts';
import { CONTROL_KINDS, type ControlKind } from '@signpost/domain';
import { Log } from '@signpost/observability';
import { ControlPublisher, type RecordSink } from '@signpost/ports';
import { connectionOptions } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import { LOCKS } from '../locks.js';
import { currentStates } from './control-states.js';

const POLL_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;
const BATCH = 500;

interface Note {
  readonly sequence: string;
  readonly kind: ControlKind;
  readonly id: string;
}

/**
 * Publishes the current state of whatever the outbox names, then removes the notes that it read: what changes
 * meanwhile has a note of its own. An advisory lock sees to one relay at a time, so that no slow relay writes an
 * older state after a newer one. A relay that lost its session while records were on their way notes them again
 * once they have arrived, since the next relay may have overtaken it.
 */
export class OutboxRelay extends ControlPublisher {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  /** Published under a session that was lost before the notes could be removed. */
  private unsure: Note[] = [];

  constructor(
    private readonly database: PostgresDatabase,
    private readonly log: Log,
  ) {
    super();
  }

  start(sink: RecordSink): void {
    this.running ??= this.run(sink);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  async rebuild(): Promise<void> {
    await this.database.query((manager) =>
      manager.query(`INSERT INTO outbox (kind, id)
        SELECT 'application', id FROM applications
        UNION ALL SELECT 'endpoint', id FROM endpoints
        UNION ALL SELECT 'event-type', organisation_id || '/' || name FROM event_types
        UNION ALL SELECT 'api-key', id FROM api_keys`),
    );
  }

  private isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(sink: RecordSink): Promise<void> {
    for (let failures = 0; !this.isStopped();) {
      const session = new Session(this.database.config);
      try {
        await session.open();
        if (failures > 0) this.log.info('the outbox relay works again');
        failures = 0;
        await this.follow(session, sink);
      } catch (error) {
        if (this.isStopped()) return;
        failures += 1;
        this.log.warn('the outbox relay lost the database or Kafka; changes wait in the outbox', {
          reason: error instanceof Error ? error.message : String(error),
        });
        await this.pause(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures));
      } finally {
        await session.close();
      }
    }
  }

  private async follow(session: Session, sink: RecordSink): Promise<void> {
    while (!this.isStopped()) {
      if (await session.leads()) {
        await this.noteAgain(session);
        while (!this.isStopped() && (await this.relayBatch(session, sink)) === BATCH);
      }
      await session.news(POLL_MS, this.stopping.signal);
    }
  }

  private async relayBatch(session: Session, sink: RecordSink): Promise<number> {
    const notes = await session.query<Note>('SELECT sequence, kind, id FROM outbox ORDER BY sequence LIMIT $1', [
      BATCH,
    ]);
    if (notes.length === 0) return 0;
    try {
      for (const kind of CONTROL_KINDS) {
        const ids = [...new Set(notes.filter((note) => note.kind === kind).map((note) => note.id))];
        if (ids.length === 0) continue;
        const states = await this.database.query((manager) => currentStates(manager, kind, ids));
        await this.unlessStopped(
          Promise.all(states.map((change) => sink.append({ topic: TOPICS.control, ...controlRecord(change) }))),
        );
      }
      await session.query('DELETE FROM outbox WHERE sequence = ANY ($1::bigint[])', [
        notes.map((note) => note.sequence),
      ]);
    } catch (error) {
      this.unsure.push(...notes);
      throw error;
    }
    return notes.length;
  }

  private async noteAgain(session: Session): Promise<void> {
    const unsure = this.unsure;
    if (unsure.length === 0) return;
    await session.query('INSERT INTO outbox (kind, id) SELECT * FROM unnest ($1::text[], $2::text[])', [
      unsure.map((note) => note.kind),
      unsure.map((note) => note.id),
    ]);
    this.unsure = [];
  }

  /** Kafka may be out of reach for long; what is not confirmed then keeps its note. */
  private async unlessStopped(work: Promise<unknown>): Promise<void> {
    const { signal } = this.stopping;
    let onAbort: () => void = () => undefined;
    const stopped = new Promise<never>((_, reject) => {
      onAbort = () => reject(new Error('the outbox relay is stopping'));
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      await Promise.race([work, stopped]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      work.catch(() => undefined);
    }
  }

  private async pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

/** One connection: it listens, and the advisory lock lives and ends with it. */
class Session {
  private readonly client: pg.Client;
  private failure: Error | undefined;
  private heard = false;
  private wake: () => void = () => undefined;
  private isLeader = false;

  constructor(config: PostgresDatabase['config']) {
    this.client = new pg.Client({ ...connectionOptions(config, 'outbox relay'), query_timeout: 30_000 });
    this.client.on('error', (error) => {
      this.lost(error);
    });
    this.client.on('end', () => {
      this.lost(new Error('the connection ended'));
    });
    this.client.on('notification', () => {
      this.heard = true;
      this.wake();
    });
  }

  async open(): Promise<void> {
    await this.client.connect();
    await this.client.query('LISTEN signpost_outbox');
  }

  async leads(): Promise<boolean> {
    if (this.isLeader) return true;
    const [row] = await this.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [LOCKS.relay]);
    this.isLeader = row?.locked === true;
    return this.isLeader;
  }

  async query<R extends object>(sql: string, values: readonly unknown[]): Promise<R[]> {
    if (this.failure !== undefined) throw this.failure;
    return (await this.client.query<R>(sql, [...values])).rows;
  }

  /** Resolves when something was announced since the last call, or after `withinMs`. Rejects when the connection is lost. */
  async news(withinMs: number, signal: AbortSignal): Promise<void> {
    if (!this.heard && this.failure === undefined && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          this.wake = () => undefined;
          resolve();
        };
        const timer = setTimeout(done, withinMs);
        signal.addEventListener('abort', done, { once: true });
        this.wake = done;
      });
    }
    this.heard = false;
    if (this.failure !== undefined) throw this.failure;
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }

  private lost(error: Error): void {
    this.failure ??= error;
    this.wake();
  }
}
