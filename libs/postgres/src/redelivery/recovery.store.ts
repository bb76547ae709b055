import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { lowestId, type BackgroundTaskId, type EndpointId } from '@signpost/domain';
import {
  RecoveryStore,
  type BackgroundTaskFailure,
  type BatchLimits,
  type RecoveryBatch,
  type TaskLease,
} from '@signpost/ports';
import { reachable } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import { lookOn, numberedRows, withMessages, type Window } from './recovery-batch.js';
import { inTransaction, orAgain } from './transaction.js';

interface HeldTask {
  readonly endpoint_id: EndpointId;
  readonly since: Date;
  readonly until: Date;
  readonly looked_at: string;
  readonly sequence: string;
  readonly done: string;
}

/**
 * Takes a recovery forward in two steps, so that a crash between them repeats and never skips: what comes next is
 * numbered and written down, together with how far was looked; once it is with its lane, `done` follows.
 */
export class PostgresRecoveryStore extends RecoveryStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async claim(leaseMs: number): Promise<TaskLease | undefined> {
    const holder = randomUUID();
    const rows = await this.rows<{ id: BackgroundTaskId }>(
      `UPDATE background_tasks SET holder = $1, held_until = ${LEASE('$2')}
       WHERE id = (
         SELECT id FROM background_tasks WHERE status = 'running' AND held_until <= now()
         ORDER BY held_until LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [holder, leaseMs],
    );
    return rows[0] === undefined ? undefined : { id: rows[0].id, holder };
  }

  async count({ id, holder }: TaskLease): Promise<void> {
    const [task] = await this.rows<HeldTask>(
      `SELECT ${HELD} FROM background_tasks WHERE id = $1 AND holder = $2 AND total IS NULL`,
      [id, holder],
    );
    if (task === undefined) return;
    await this.rows(
      `UPDATE background_tasks SET total = (
         SELECT count(*) FROM deliveries
         WHERE endpoint_id = $3 AND id > $4 AND id < $5 AND state = 'dead-lettered')
       WHERE id = $1 AND holder = $2`,
      [id, holder, task.endpoint_id, task.looked_at, endOf(task)],
    );
  }

  next(lease: TaskLease, limits: BatchLimits, leaseMs: number): Promise<RecoveryBatch> {
    return orAgain(() =>
      inTransaction(this.database.log, async (client): Promise<RecoveryBatch> => {
        const task = await held(client, lease, leaseMs);
        if (task === undefined) return { kind: 'lost' };
        const endpointVersion = await versionOf(client, task.endpoint_id);
        if (endpointVersion === undefined) return { kind: 'endpoint-deleted' };
        // What was numbered and not confirmed comes first, as it was.
        const done = Number(task.done);
        const isOpen = done < Number(task.sequence);
        if (!isOpen && !(await lookOn(client, lease.id, windowOf(task), limits))) return { kind: 'finished' };
        const from = lowestId('dlv', task.since.getTime());
        const rows = await numberedRows(client, lease.id, { from, before: endOf(task), done }, limits.records);
        const redeliveries = await withMessages(client, rows);
        return { kind: 'batch', redeliveries, upTo: Number(rows.at(-1)?.sequence ?? done), endpointVersion };
      }),
    );
  }

  async confirm({ id, holder }: TaskLease, sequence: number): Promise<void> {
    await this.rows(
      `UPDATE background_tasks SET done = greatest (done, $3), updated_at = now() WHERE id = $1 AND holder = $2`,
      [id, holder, sequence],
    );
  }

  async finish({ id, holder }: TaskLease, failure?: BackgroundTaskFailure): Promise<void> {
    await this.rows(
      `UPDATE background_tasks SET status = $3, reason = $4, updated_at = now()
       WHERE id = $1 AND holder = $2 AND status = 'running'`,
      [id, holder, failure === undefined ? 'finished' : 'failed', failure ?? null],
    );
  }

  async release({ id, holder }: TaskLease): Promise<void> {
    await this.rows('UPDATE background_tasks SET holder = NULL, held_until = now() WHERE id = $1 AND holder = $2', [
      id,
      holder,
    ]);
  }

  async forget(before: Date): Promise<void> {
    await this.rows("DELETE FROM background_tasks WHERE status <> 'running' AND updated_at < $1", [before]);
  }

  private async rows<R extends object>(sql: string, values: unknown[]): Promise<R[]> {
    return (await reachable(() => this.database.log.query<R>(sql, values))).rows;
  }
}

const LEASE = (parameter: string): string => `now() + ${parameter}::float8 * interval '1 millisecond'`;
const HELD = 'endpoint_id, since, until, looked_at, sequence, done';

async function held(client: pg.ClientBase, { id, holder }: TaskLease, leaseMs: number): Promise<HeldTask | undefined> {
  const { rows } = await client.query<HeldTask>(
    `UPDATE background_tasks SET held_until = ${LEASE('$3')}
     WHERE id = $1 AND holder = $2 AND status = 'running' RETURNING ${HELD}`,
    [id, holder, leaseMs],
  );
  return rows[0];
}

async function versionOf(client: pg.ClientBase, endpointId: EndpointId): Promise<number | undefined> {
  const { rows } = await client.query<{ version: number }>(
    'SELECT version FROM endpoints WHERE id = $1 AND deleted_at IS NULL',
    [endpointId],
  );
  return rows[0]?.version;
}

function windowOf(task: HeldTask): Window {
  return {
    endpointId: task.endpoint_id,
    after: task.looked_at,
    before: endOf(task),
    sequence: Number(task.sequence),
  };
}

const endOf = ({ until }: HeldTask): string => lowestId('dlv', until.getTime());
