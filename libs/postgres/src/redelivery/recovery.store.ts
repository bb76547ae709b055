import {
  recoveryStep,
  type ApplicationId,
  type DeliveryId,
  type EndpointId,
  type MessageId,
  type OrganisationId,
  type RecoveryId,
  type RecoveryStep,
} from '@signpost/domain';
import {
  RecoveryStore,
  type ListPage,
  type RecordResult,
  type Recovery,
  type RecoveryFilter,
  type RecoveryPlan,
  type RecoveryPreview,
  type RecoveryRecord,
} from '@signpost/ports';
import { reachable } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import { Where } from '../delivery-log/where.js';
import { preview } from './recovery-preview.js';
import { narrowingOf, RECOVERIES, RECOVERY, recoveryOf, type RecoveryRow } from './recovery-rows.js';
import { inTransaction } from '../transaction.js';

export class PostgresRecoveryStore extends RecoveryStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async create(id: RecoveryId, plan: RecoveryPlan): Promise<Recovery> {
    const { selection } = plan;
    await this.rows(
      `INSERT INTO recoveries (id, organisation_id, application_id, endpoint_id, since, until, looked_at, task, kind,
         selection, to_url, why, actor, per_second, concurrency, only_while_healthy)
       VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        id,
        plan.organisationId,
        selection.applicationId ?? null,
        selection.endpointId ?? null,
        selection.since,
        selection.until,
        plan.task ?? null,
        plan.kind,
        JSON.stringify(narrowingOf(selection)),
        plan.toUrl ?? null,
        plan.why ?? null,
        JSON.stringify(plan.by),
        plan.perSecond ?? null,
        plan.concurrency ?? null,
        plan.onlyWhileHealthy,
      ],
    );
    const made = await this.get(plan.organisationId, id);
    if (made === undefined) throw new Error('a recovery that was just made is not there');
    return made;
  }

  async get(organisationId: OrganisationId, id: string): Promise<Recovery | undefined> {
    const [row] = await this.rows<RecoveryRow>(
      `SELECT ${RECOVERY} FROM ${RECOVERIES} WHERE r.organisation_id = $1 AND r.id = $2`,
      [organisationId, id],
    );
    return row === undefined ? undefined : recoveryOf(row);
  }

  async list(
    organisationId: OrganisationId,
    { limit, order, beyond }: ListPage,
    { statuses, onlyTasks = false }: RecoveryFilter,
  ): Promise<readonly Recovery[]> {
    const where = new Where()
      .and('r.organisation_id = ?', organisationId)
      .andIf(statuses, 'r.status = ANY (?::text[])')
      .andIf(beyond, `r.id ${order === 'ascending' ? '>' : '<'} ?`);
    if (onlyTasks) where.andThat('r.task IS NOT NULL');
    const rows = await this.rows<RecoveryRow>(
      `SELECT ${RECOVERY} FROM ${RECOVERIES} WHERE ${where.sql}
       ORDER BY r.id ${order === 'ascending' ? 'ASC' : 'DESC'} LIMIT ${String(Math.trunc(limit))}`,
      where.values,
    );
    return rows.map(recoveryOf);
  }

  command(
    organisationId: OrganisationId,
    id: string,
    command: 'pause' | 'resume' | 'abort',
  ): Promise<{ readonly step: RecoveryStep; readonly recovery: Recovery } | undefined> {
    return inTransaction(this.database.log, async (client) => {
      const { rows: locked } = await client.query<Pick<RecoveryRow, 'status'>>(
        'SELECT status FROM recoveries WHERE organisation_id = $1 AND id = $2 FOR UPDATE',
        [organisationId, id],
      );
      if (locked[0] === undefined) return undefined;
      const step = recoveryStep(locked[0].status, command);
      if (step.kind === 'to') {
        await client.query('UPDATE recoveries SET status = $2, waiting = NULL, updated_at = now() WHERE id = $1', [
          id,
          step.status,
        ]);
      }
      // Whoever waits with it looks at once.
      if (command === 'resume') {
        await client.query('UPDATE recoveries SET held_until = now() WHERE id = $1 AND holder IS NULL', [id]);
      }
      const { rows } = await client.query<RecoveryRow>(`SELECT ${RECOVERY} FROM ${RECOVERIES} WHERE r.id = $1`, [id]);
      return rows[0] === undefined ? undefined : { step, recovery: recoveryOf(rows[0]) };
    });
  }

  async records(
    id: RecoveryId,
    { limit, order, beyond }: ListPage,
    { result }: { readonly result?: RecordResult | undefined },
  ): Promise<readonly RecoveryRecord[]> {
    const [direction, sign] = order === 'ascending' ? ['ASC', '>'] : ['DESC', '<'];
    const parts = [HANDED_OVER, OTHERS].map((part) => part.replace('BEYOND', `sequence ${sign} $2`));
    const ordered = parts.map(
      (part) =>
        `(SELECT * FROM (${part}) p WHERE $3::text IS NULL OR p.result = $3 ORDER BY p.sequence ${direction} LIMIT $4)`,
    );
    const rows = await this.rows<RecordRow>(
      `SELECT * FROM (${ordered.join(' UNION ALL ')}) both_of ORDER BY sequence ${direction} LIMIT $4`,
      [id, Number(beyond ?? (order === 'ascending' ? 0 : Number.MAX_SAFE_INTEGER)), result ?? null, limit],
    );
    return rows.map(recordOf);
  }

  preview(plan: Pick<RecoveryPlan, 'organisationId' | 'kind' | 'selection'>): Promise<RecoveryPreview> {
    return reachable(() => preview(this.database.log, plan.organisationId, plan));
  }

  async applicationOf(organisationId: OrganisationId, endpointId: string): Promise<ApplicationId | undefined> {
    const [row] = await this.rows<{ id: ApplicationId }>(
      `SELECT a.id FROM endpoints e JOIN applications a ON a.id = e.application_id
       WHERE e.id = $2 AND a.organisation_id = $1 AND e.deleted_at IS NULL`,
      [organisationId, endpointId],
    );
    return row?.id;
  }

  private async rows<R extends object>(sql: string, values: unknown[]): Promise<R[]> {
    return (await reachable(() => this.database.log.query<R>(sql, values))).rows;
  }
}

// What ended otherwise than by being delivered has failed; by which fate, `why` says.
const HANDED_OVER = `SELECT sequence, delivery_id, message_id, endpoint_id, number AS redelivery, settled_at, NULL::smallint AS status,
    CASE WHEN result IS NULL THEN 'handed-over'
      WHEN result IN ('retrying', 'delivered', 'left-out', 'withdrawn') THEN result ELSE 'failed' END AS result,
    CASE WHEN why IS NOT NULL THEN why WHEN result NOT IN ('retrying', 'delivered', 'withdrawn') THEN result END AS why
  FROM redeliveries WHERE task_id = $1 AND BEYOND`;
const OTHERS = `SELECT sequence, delivery_id, message_id, endpoint_id, NULL::smallint AS redelivery, settled_at, status,
    coalesce (result, 'handed-over') AS result, why
  FROM recovery_records WHERE recovery_id = $1 AND BEYOND`;

interface RecordRow {
  readonly sequence: string;
  readonly delivery_id: DeliveryId;
  readonly message_id: MessageId;
  readonly endpoint_id: EndpointId;
  readonly redelivery: number | null;
  readonly settled_at: Date | null;
  readonly status: number | null;
  readonly result: RecordResult;
  readonly why: string | null;
}

function recordOf(row: RecordRow): RecoveryRecord {
  return {
    sequence: Number(row.sequence),
    deliveryId: row.delivery_id,
    messageId: row.message_id,
    endpointId: row.endpoint_id,
    result: row.result,
    ...(row.why === null ? {} : { why: row.why }),
    ...(row.status === null ? {} : { status: row.status }),
    ...(row.redelivery === null ? {} : { redelivery: row.redelivery }),
    ...(row.settled_at === null ? {} : { at: row.settled_at }),
  };
}
