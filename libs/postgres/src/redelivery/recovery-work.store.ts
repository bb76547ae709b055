import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { EndpointId, OrganisationId, RecoveryId, RecoveryStatus } from '@signpost/domain';
import {
  RecoveryWork,
  type BatchLimits,
  type Recovery,
  type RecoveryBatch,
  type RecoveryFailure,
  type RecoveryLease,
  type RecoveryWait,
  type TrialResult,
} from '@signpost/ports';
import { reachable } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import { Where } from '../delivery-log/where.js';
import { numberedRows, withdraw, withMessages, type OpenBatch } from './numbered-batch.js';
import { lookOn } from './recovery-batch.js';
import { nextRejected, rejectedSelected, withdrawRejected } from './rejected-batch.js';
import { selectedOf } from './recovery-preview.js';
import { RECOVERIES, RECOVERY, recoveryOf, selectionOf, type RecoveryRow, type SelectionRow } from './recovery-rows.js';
import { endpointOf, nextEndpoint } from './source-endpoints.js';
import { inTransaction, orAgain } from '../transaction.js';

/** Endpoints without any record that one step passes. */
const MOST_PASSED = 200;

interface HeldRow extends SelectionRow {
  readonly id: RecoveryId;
  readonly organisation_id: OrganisationId;
  readonly to_url: string | null;
  readonly at_endpoint: string;
  readonly looked_at: string;
  readonly sequence: string;
  readonly confirmed: string;
}

/**
 * Takes a recovery forward in two steps, so that a crash between them repeats and never skips: what comes next is
 * numbered and written down, together with how far was looked; once it is where it goes, `confirmed` follows.
 */
export class PostgresRecoveryWork extends RecoveryWork {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async claim(leaseMs: number): Promise<{ readonly lease: RecoveryLease; readonly recovery: Recovery } | undefined> {
    for (;;) {
      const holder = randomUUID();
      const [claimed] = await this.rows<{ id: RecoveryId; status: RecoveryStatus }>(CLAIM, [holder, leaseMs]);
      if (claimed === undefined) return undefined;
      const lease = { id: claimed.id, holder };
      if (claimed.status !== 'running') {
        await this.clear(lease);
        continue;
      }
      const [row] = await this.rows<RecoveryRow>(`SELECT ${RECOVERY} FROM ${RECOVERIES} WHERE r.id = $1`, [lease.id]);
      if (row !== undefined) return { lease, recovery: recoveryOf(row) };
    }
  }

  async count({ id, holder }: RecoveryLease): Promise<void> {
    const [held] = await this.rows<HeldRow>(
      `SELECT ${HELD} FROM recoveries WHERE id = $1 AND holder = $2 AND total IS NULL`,
      [id, holder],
    );
    if (held === undefined) return;
    const source = { kind: held.kind, selection: selectionOf(held) };
    const where = new Where();
    const selected =
      held.kind === 'rejected'
        ? rejectedSelected(held.organisation_id, source.selection, where)
        : await selectedOf(this.database.log, held.organisation_id, source, where);
    const [counted] = await this.rows<{ count: string }>(`SELECT count(*) FROM (${selected}) s`, where.values);
    // Dead letters that were handed over before it was counted are dead letters no more, and rejected records not open.
    const before = held.kind === 'redrive' || held.kind === 'rejected' ? Number(held.sequence) : 0;
    await this.rows('UPDATE recoveries SET total = $2 WHERE id = $1', [id, Number(counted?.count ?? 0) + before]);
  }

  async renew({ id, holder }: RecoveryLease, leaseMs: number): Promise<boolean> {
    const rows = await this.rows(
      `UPDATE recoveries SET held_until = ${LEASE('$3')} WHERE id = $1 AND holder = $2 RETURNING id`,
      [id, holder, leaseMs],
    );
    return rows.length > 0;
  }

  next(lease: RecoveryLease, limits: BatchLimits, leaseMs: number): Promise<RecoveryBatch> {
    return orAgain(() =>
      inTransaction(this.database.log, async (client): Promise<RecoveryBatch> => {
        const held = await heldBy(client, lease, leaseMs);
        if (held === undefined) return { kind: 'lost' };
        if (held.kind === 'rejected') return nextRejected(client, rejectedWork(held), limits);
        // What was numbered and not confirmed comes first, as it was.
        if (Number(held.confirmed) < Number(held.sequence)) {
          const open = await openBatch(client, held);
          if (open !== undefined) return open;
          if (held.endpoint_id !== null) return { kind: 'endpoint-deleted' };
          await withdraw(client, { id: lease.id, confirmed: Number(held.confirmed) });
        }
        return lookFurther(client, { ...held, confirmed: held.sequence }, limits);
      }),
    );
  }

  async underWay({ id }: RecoveryLease, most: number): Promise<number> {
    const [row] = await this.rows<{ count: number }>(
      `SELECT count(*)::int AS count FROM (
         SELECT FROM redeliveries WHERE task_id = $1 AND result IS NULL
           AND sequence <= (SELECT confirmed FROM recoveries WHERE id = $1) LIMIT $2) o`,
      [id, most],
    );
    return row?.count ?? 0;
  }

  async confirm({ id, holder }: RecoveryLease, upTo: number, handedOver: number): Promise<void> {
    await this.rows(CONFIRM, [id, holder, upTo, handedOver]);
  }

  async confirmRejected({ id, holder }: RecoveryLease, upTo: number, handedOver: number, gone: number): Promise<void> {
    await this.rows(
      `UPDATE recoveries SET confirmed = $3, done = done + $4, without_payload = without_payload + $5, updated_at = now()
       WHERE id = $1 AND holder = $2 AND confirmed < $3`,
      [id, holder, upTo, handedOver, gone],
    );
  }

  async answered({ id, holder }: RecoveryLease, upTo: number, results: readonly TrialResult[]): Promise<void> {
    await inTransaction(this.database.log, async (client) => {
      const { rows } = await client.query<{ result: TrialResult['result'] }>(ANSWERED, [
        id,
        results.map(({ sequence }) => sequence),
        results.map(({ result }) => result),
        results.map(({ why }) => why ?? null),
        results.map(({ status }) => status ?? null),
      ]);
      const delivered = rows.filter(({ result }) => result === 'delivered').length;
      await client.query(COUNT_RESULTS, [id, delivered, rows.length - delivered]);
      await client.query(CONFIRM, [id, holder, upTo, rows.length]);
    });
  }

  async finish({ id, holder }: RecoveryLease, failure?: RecoveryFailure): Promise<void> {
    await this.rows(
      `UPDATE recoveries SET status = $3, failure = $4, waiting = NULL, held_until = now(), updated_at = now()
       WHERE id = $1 AND holder = $2 AND status = 'running'`,
      [id, holder, failure === undefined ? 'finished' : 'failed', failure ?? null],
    );
  }

  async release({ id, holder }: RecoveryLease, afterMs = 0, waiting?: RecoveryWait): Promise<void> {
    await this.rows(
      `UPDATE recoveries SET holder = NULL, held_until = ${LEASE('$3')}, waiting = coalesce ($4::jsonb, waiting)
       WHERE id = $1 AND holder = $2`,
      [id, holder, afterMs, waiting === undefined ? null : JSON.stringify(waiting)],
    );
  }

  async forget(before: Date): Promise<void> {
    await this.rows(
      `WITH gone AS (
         DELETE FROM recoveries WHERE status NOT IN ('running', 'paused') AND updated_at < $1 RETURNING id)
       DELETE FROM recovery_results WHERE recovery_id IN (SELECT id FROM gone)`,
      [before],
    );
  }

  /** It has ended, and nobody hands over what was numbered last. */
  private async clear(lease: RecoveryLease): Promise<void> {
    await inTransaction(this.database.log, async (client) => {
      const { rows } = await client.query<{ confirmed: string }>(
        'SELECT confirmed FROM recoveries WHERE id = $1 AND holder = $2 FOR UPDATE',
        [lease.id, lease.holder],
      );
      if (rows[0] === undefined) return;
      const confirmed = Number(rows[0].confirmed);
      await withdrawRejected(client, lease.id, confirmed);
      await withdraw(client, { id: lease.id, confirmed });
    });
  }

  private async rows<R extends object>(sql: string, values: unknown[]): Promise<R[]> {
    return (await reachable(() => this.database.log.query<R>(sql, values))).rows;
  }
}

const LEASE = (parameter: string): string => `now() + ${parameter}::float8 * interval '1 millisecond'`;
const HELD = `id, organisation_id, kind, application_id, endpoint_id, since, until, selection, to_url, at_endpoint, looked_at,
  sequence, confirmed`;

const CLAIM = `UPDATE recoveries SET holder = $1, held_until = ${LEASE('$2')}
  WHERE id = (
    SELECT id FROM recoveries
    WHERE (status = 'running' OR (status IN ('aborted', 'failed') AND confirmed < sequence)) AND held_until <= now()
    ORDER BY held_until LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id, status`;
// Whatever its status: what is on its way when it is paused or aborted has gone.
const CONFIRM = `UPDATE recoveries SET confirmed = $3, done = done + $4, waiting = NULL, updated_at = now()
  WHERE id = $1 AND holder = $2 AND confirmed < $3`;
const ANSWERED = `UPDATE recovery_records r SET result = t.result, why = t.why, status = t.status, settled_at = now()
  FROM unnest ($2::bigint[], $3::text[], $4::text[], $5::smallint[]) AS t (sequence, result, why, status)
  WHERE r.recovery_id = $1 AND r.sequence = ANY ($2) AND r.sequence = t.sequence AND r.result IS NULL RETURNING r.result`;
const COUNT_RESULTS = `INSERT INTO recovery_results AS c (recovery_id, delivered, failed) VALUES ($1, $2, $3)
  ON CONFLICT (recovery_id) DO UPDATE SET
    delivered = c.delivered + excluded.delivered, failed = c.failed + excluded.failed`;

async function heldBy(
  client: pg.ClientBase,
  { id, holder }: RecoveryLease,
  leaseMs: number,
): Promise<HeldRow | undefined> {
  const { rows } = await client.query<HeldRow>(
    `UPDATE recoveries SET held_until = ${LEASE('$3')}
     WHERE id = $1 AND holder = $2 AND status = 'running' RETURNING ${HELD}`,
    [id, holder, leaseMs],
  );
  return rows[0];
}

const rejectedWork = (held: HeldRow): Parameters<typeof nextRejected>[1] => ({
  id: held.id,
  organisationId: held.organisation_id,
  selection: selectionOf(held),
  lookedAt: held.looked_at,
  sequence: Number(held.sequence),
  confirmed: Number(held.confirmed),
});

/** Undefined when its endpoint is gone. */
async function openBatch(client: pg.ClientBase, held: HeldRow): Promise<RecoveryBatch | undefined> {
  const endpoint = await endpointOf(client, held.at_endpoint as EndpointId);
  if (endpoint === undefined) return undefined;
  const open: OpenBatch = {
    id: held.id,
    isTrial: held.to_url !== null,
    since: held.since,
    until: held.until,
    confirmed: Number(held.confirmed),
  };
  return {
    kind: 'batch',
    redeliveries: await withMessages(client, open, await numberedRows(client, open)),
    upTo: await lastPlace(client, held.id),
    endpointId: endpoint.id,
    endpointVersion: endpoint.version,
  };
}

async function lastPlace(client: pg.ClientBase, id: RecoveryId): Promise<number> {
  const { rows } = await client.query<{ sequence: string }>('SELECT sequence FROM recoveries WHERE id = $1', [id]);
  return Number(rows[0]?.sequence);
}

/** On in this endpoint, then in the next, until something is found, or for so many of them. */
async function lookFurther(client: pg.ClientBase, held: HeldRow, limits: BatchLimits): Promise<RecoveryBatch> {
  const selection = selectionOf(held);
  const source = { kind: held.kind, selection };
  const { id, organisation_id: organisationId, to_url: toUrl, sequence } = held;
  let endpoint = held.at_endpoint === '' ? undefined : await endpointOf(client, held.at_endpoint as EndpointId);
  let lookedAt = endpoint === undefined ? undefined : held.looked_at;
  let at = held.at_endpoint;
  for (let passed = 0; passed < MOST_PASSED; passed += 1) {
    if (endpoint !== undefined) {
      const position = { id, source, isTrial: toUrl !== null, lookedAt, sequence: Number(sequence) };
      const { isEnd, placed } = await lookOn(client, position, endpoint, limits);
      if (placed > 0 || !isEnd) {
        const now = { ...held, at_endpoint: endpoint.id };
        // Deleted this moment: the next step takes back what it was given, and says so or goes on.
        return (await openBatch(client, now)) ?? nothing(Number(held.confirmed));
      }
      at = endpoint.id;
    }
    endpoint = await nextEndpoint(client, organisationId, selection, at);
    lookedAt = undefined;
    if (endpoint === undefined) return { kind: (await isGone(client, held)) ? 'endpoint-deleted' : 'finished' };
  }
  return nothing(Number(sequence));
}

const nothing = (upTo: number): RecoveryBatch => ({
  kind: 'batch',
  redeliveries: [],
  upTo,
  endpointId: undefined,
  endpointVersion: 0,
});

/** The only endpoint that it is about was deleted. */
async function isGone(client: pg.ClientBase, { endpoint_id: id }: HeldRow): Promise<boolean> {
  return id !== null && (await endpointOf(client, id)) === undefined;
}
