import type { AuditedKind } from '@signpost/contracts';
import {
  timeOfId,
  type Actor,
  type ApiKeyId,
  type ApplicationId,
  type AuditedChange,
  type AuditEntryId,
  type OrganisationId,
  type PortalTokenId,
} from '@signpost/domain';
import { AuditLog, type AuditedObject, type AuditEntry, type AuditFilter, type ListPage } from '@signpost/ports';
import type { PostgresDatabase } from '../database.js';
import { Where } from '../delivery-log/where.js';
import { writeEntry } from './audit.js';

interface Row {
  readonly id: AuditEntryId;
  readonly actor_kind: Actor['kind'];
  readonly actor_id: string | null;
  readonly actor_name: string | null;
  readonly operation: string;
  readonly object_kind: AuditedKind;
  readonly object_id: string;
  readonly application_id: ApplicationId | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

const COLUMNS =
  'id, actor_kind, actor_id, actor_name, operation, object_kind, object_id, application_id, before, after';

export class PostgresAuditLog extends AuditLog {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async record(
    organisationId: OrganisationId,
    operation: string,
    object: AuditedObject,
    change: AuditedChange,
  ): Promise<void> {
    await this.database.query((manager) => writeEntry(manager, { organisationId, operation, object }, change));
  }

  async list(organisationId: OrganisationId, page: ListPage, filter: AuditFilter): Promise<readonly AuditEntry[]> {
    const where = new Where()
      .and('organisation_id = ?', organisationId)
      .andIf(filter.kind, 'object_kind = ?')
      .andIf(filter.objectId, 'object_id = ?')
      .andIf(filter.applicationId, 'application_id = ?')
      .andIf(filter.actorKind, 'actor_kind = ?')
      .andIf(filter.actorId, 'actor_id = ?')
      .andIf(filter.operation, 'operation = ?')
      .page('id', 'audit', { ...page, before: filter.before, after: filter.after });
    const direction = page.order === 'ascending' ? 'ASC' : 'DESC';
    const sql = `SELECT ${COLUMNS} FROM audit_log WHERE ${where.sql} ORDER BY id ${direction} LIMIT ${String(page.limit)}`;
    return (await this.database.query<Row[]>((manager) => manager.query(sql, where.values))).map(entryOf);
  }
}

function entryOf(row: Row): AuditEntry {
  return {
    id: row.id,
    at: new Date(timeOfId(row.id) ?? 0),
    actor: actorOf(row),
    operation: row.operation,
    object: {
      kind: row.object_kind,
      id: row.object_id,
      ...(row.application_id === null ? {} : { applicationId: row.application_id }),
    },
    ...(row.before === null ? {} : { before: row.before }),
    ...(row.after === null ? {} : { after: row.after }),
  };
}

function actorOf({ actor_kind: kind, actor_id: id, actor_name: name }: Row): Actor {
  switch (kind) {
    case 'api-key':
      return { kind, id: (id ?? '') as ApiKeyId, name: name ?? '' };
    case 'portal-token':
      return { kind, id: (id ?? '') as PortalTokenId };
    case 'command-line':
      return { kind, name: name ?? '' };
    case 'signpost':
      return { kind };
  }
}
