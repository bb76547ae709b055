import {
  lowestId,
  timeOfId,
  type ApplicationId,
  type AskedChange,
  type ContentFilter,
  type DeliveryPermission,
  type EndpointId,
  type EndpointPause,
} from '@signpost/domain';
import type { EndpointEver, ExplainedMessage } from '@signpost/ports';
import type { Query } from '../delivery-log/query.js';
import { Where } from '../delivery-log/where.js';

/** Changes of one endpoint that are looked at; of one with more since it is not known what it was. */
const MOST_CHANGES = 100;

interface EndpointRow {
  readonly id: EndpointId;
  readonly uid: string | null;
  readonly url: string;
  readonly version: number;
  readonly disabled: boolean;
  readonly disabled_reason: string | null;
  readonly paused: EndpointPause | null;
  readonly permission: DeliveryPermission | null;
  readonly throttle_rate: number | null;
  readonly event_types: readonly string[] | null;
  readonly channels: readonly string[] | null;
  readonly filters: readonly ContentFilter[] | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly deleted_at: Date | null;
}

interface ChangeRow {
  readonly object_id: EndpointId;
  readonly id: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

const COLUMNS = `id, uid, url, version, disabled, disabled_reason, paused, permission, throttle_rate, event_types, channels, filters,
  created_at, updated_at, deleted_at`;

/** Endpoints of an application, those deleted since included. */
export class EndpointsEver {
  constructor(private readonly query: Query) {}

  async id(applicationId: ApplicationId, idOrUid: string): Promise<EndpointId | undefined> {
    const where = new Where().and('application_id = ?', applicationId);
    const named = where.parameter(idOrUid);
    const sql = `SELECT id FROM endpoints WHERE ${where.sql} AND (id = ${named} OR uid = ${named})
      ORDER BY (id = ${named}) DESC, (deleted_at IS NULL) DESC, id DESC LIMIT 1`;
    return (await this.query<{ id: EndpointId }>(sql, where))[0]?.id;
  }

  async some(applicationId: ApplicationId, ids: readonly EndpointId[]): Promise<readonly EndpointEver[]> {
    if (ids.length === 0) return [];
    const where = new Where().and('id = ANY (?::text[])', ids).and('application_id = ?', applicationId);
    return (await this.query<EndpointRow>(`SELECT ${COLUMNS} FROM endpoints WHERE ${where.sql}`, where)).map(kept);
  }

  /** Beside those, in the order of their ids: what there was when the message was accepted, and what has come since. */
  async others(
    message: ExplainedMessage,
    without: readonly EndpointId[],
    page: { readonly limit: number; readonly beyond: string | undefined },
  ): Promise<readonly EndpointEver[]> {
    if (page.limit === 0) return [];
    const where = considered(message, without).andIf(page.beyond, 'id > ?');
    const sql = `SELECT ${COLUMNS} FROM endpoints WHERE ${where.sql} ORDER BY id LIMIT ${String(page.limit)}`;
    return (await this.query<EndpointRow>(sql, where)).map(kept);
  }

  async countOthers(message: ExplainedMessage, without: readonly EndpointId[]): Promise<number> {
    const where = considered(message, without);
    const rows = await this.query<{ count: string }>(`SELECT count(*) FROM endpoints WHERE ${where.sql}`, where);
    return Number(rows[0]?.count ?? 0);
  }

  /** By endpoint, what was changed from that moment on; nothing for those of which it may not all be kept. */
  async changes(ids: readonly EndpointId[], since: Date): Promise<ReadonlyMap<EndpointId, readonly AskedChange[]>> {
    if (ids.length === 0) return new Map();
    const where = new Where();
    const from = where.parameter(lowestId('audit', since.getTime()));
    // The log is shortened from its oldest entry on: whatever is older than the moment shows that it reaches so far.
    const sql = `SELECT c.* FROM unnest(${where.parameter(ids)}::text[]) AS e (id)
      JOIN endpoints ON endpoints.id = e.id JOIN applications a ON a.id = endpoints.application_id
      CROSS JOIN LATERAL (
        SELECT object_id, id, before, after FROM audit_log
        WHERE organisation_id = a.organisation_id AND object_id = e.id AND id >= ${from}
        ORDER BY id LIMIT ${String(MOST_CHANGES + 1)}
      ) c
      WHERE EXISTS (SELECT FROM audit_log l WHERE l.organisation_id = a.organisation_id AND l.id < ${from})`;
    const changes = new Map<EndpointId, AskedChange[]>();
    for (const row of await this.query<ChangeRow>(sql, where)) {
      changes.set(row.object_id, [...(changes.get(row.object_id) ?? []), changeOf(row)]);
    }
    return new Map([...changes].filter(([, list]) => list.length <= MOST_CHANGES));
  }
}

function considered({ applicationId, acceptedAt }: ExplainedMessage, without: readonly EndpointId[]): Where {
  return new Where()
    .and('application_id = ?', applicationId)
    .and('id <> ALL (?::text[])', without)
    .and('(deleted_at IS NULL OR deleted_at > ?)', acceptedAt);
}

function changeOf({ id, before, after }: ChangeRow): AskedChange {
  const atMs = timeOfId(id) ?? 0;
  return { atMs, ...(before === null ? {} : { before }), ...(after === null ? {} : { after }) };
}

function kept(row: EndpointRow): EndpointEver {
  return {
    id: row.id,
    url: row.url,
    version: row.version,
    disabled: row.disabled,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.uid === null ? {} : { uid: row.uid }),
    ...(row.disabled_reason === null ? {} : { disabledReason: row.disabled_reason }),
    ...(row.paused === null ? {} : { paused: row.paused }),
    ...(row.permission === null ? {} : { permission: row.permission }),
    ...(row.throttle_rate === null ? {} : { throttleRate: row.throttle_rate }),
    ...(row.event_types === null ? {} : { eventTypes: row.event_types }),
    ...(row.channels === null ? {} : { channels: row.channels }),
    ...(row.filters === null ? {} : { filters: row.filters }),
    ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
  };
}
