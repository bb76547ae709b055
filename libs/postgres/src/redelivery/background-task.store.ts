import {
  lowestId,
  newId,
  type ApplicationId,
  type BackgroundTaskId,
  type EndpointId,
  type OrganisationId,
} from '@signpost/domain';
import {
  BackgroundTaskStore,
  type BackgroundTask,
  type BackgroundTaskFailure,
  type BackgroundTaskFilter,
  type BackgroundTaskStatus,
  type ListPage,
  type Recovery,
} from '@signpost/ports';
import { reachable } from '../connection.js';
import type { PostgresDatabase } from '../database.js';
import { Where } from '../delivery-log/where.js';

export class PostgresBackgroundTaskStore extends BackgroundTaskStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async create(recovery: Recovery): Promise<BackgroundTask> {
    const { organisationId, applicationId, endpointId, since, until } = recovery;
    const [row] = await this.rows(
      `INSERT INTO background_tasks (id, organisation_id, application_id, endpoint_id, since, until, looked_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
      [
        newId('qtask', Date.now()),
        organisationId,
        applicationId,
        endpointId,
        since,
        until,
        // No delivery has this id: the first that is looked at may be the first of its millisecond.
        lowestId('dlv', since.getTime()),
      ],
    );
    if (row === undefined) throw new Error('an inserted task was not returned');
    return task(row);
  }

  async get(organisationId: OrganisationId, id: string): Promise<BackgroundTask | undefined> {
    const [row] = await this.rows(`SELECT ${COLUMNS} FROM background_tasks WHERE organisation_id = $1 AND id = $2`, [
      organisationId,
      id,
    ]);
    return row === undefined ? undefined : task(row);
  }

  async list(
    organisationId: OrganisationId,
    { limit, order, beyond }: ListPage,
    filter: BackgroundTaskFilter,
  ): Promise<readonly BackgroundTask[]> {
    const where = new Where()
      .and('organisation_id = ?', organisationId)
      .andIf(filter.status, 'status = ?')
      .andIf(beyond, `id ${order === 'ascending' ? '>' : '<'} ?`);
    const rows = await this.rows(
      `SELECT ${COLUMNS} FROM background_tasks WHERE ${where.sql}
       ORDER BY id ${order === 'ascending' ? 'ASC' : 'DESC'} LIMIT ${String(Math.trunc(limit))}`,
      where.values,
    );
    return rows.map(task);
  }

  async cancel(organisationId: OrganisationId, id: string): Promise<BackgroundTask | undefined> {
    await this.rows(
      `UPDATE background_tasks SET status = 'failed', reason = 'cancelled', updated_at = now()
       WHERE organisation_id = $1 AND id = $2 AND status = 'running' RETURNING ${COLUMNS}`,
      [organisationId, id],
    );
    return this.get(organisationId, id);
  }

  private async rows(sql: string, values: unknown[]): Promise<TaskRow[]> {
    return (await reachable(() => this.database.log.query<TaskRow>(sql, values))).rows;
  }
}

const COLUMNS = `id, organisation_id, application_id, endpoint_id, since, until, status, reason, total, done,
  without_payload, under_way, too_often, created_at, updated_at`;

// The driver reads a bigint as text.
interface TaskRow {
  readonly id: BackgroundTaskId;
  readonly organisation_id: OrganisationId;
  readonly application_id: ApplicationId;
  readonly endpoint_id: EndpointId;
  readonly since: Date;
  readonly until: Date;
  readonly status: BackgroundTaskStatus;
  readonly reason: BackgroundTaskFailure | null;
  readonly total: string | null;
  readonly done: string;
  readonly without_payload: string;
  readonly under_way: string;
  readonly too_often: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

function task(row: TaskRow): BackgroundTask {
  return {
    id: row.id,
    organisationId: row.organisation_id,
    applicationId: row.application_id,
    endpointId: row.endpoint_id,
    since: row.since,
    until: row.until,
    status: row.status,
    done: Number(row.done),
    skipped: {
      withoutPayload: Number(row.without_payload),
      underWay: Number(row.under_way),
      tooOften: Number(row.too_often),
    },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.total === null ? {} : { total: Number(row.total) }),
  };
}
