import type { EntityManager } from 'typeorm';
import { auditedChange, newId, type ApplicationId, type AuditedChange, type OrganisationId } from '@signpost/domain';
import type { AuditedObject } from '@signpost/ports';
import { acting } from '@signpost/runtime';

export interface ChangeNote {
  /** Undefined: that of the object's application. */
  readonly organisationId?: OrganisationId | undefined;
  /** What is done, for what no operation of the API does. */
  readonly operation: string;
  readonly object: AuditedObject;
  /** Rows before and after: absent for what did not exist, or does not any more. */
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}

/** Has to run in the transaction of the change itself: then there is no change without its entry, and no entry without its change. */
export async function audit(manager: EntityManager, note: ChangeNote): Promise<void> {
  const change = auditedChange(fieldsOf(note.before), fieldsOf(note.after));
  await writeEntry(manager, note, change);
}

export async function writeEntry(
  manager: EntityManager,
  { organisationId, operation, object }: Pick<ChangeNote, 'organisationId' | 'operation' | 'object'>,
  { before, after }: AuditedChange,
): Promise<void> {
  const { actor, operation: asked } = acting();
  await manager.query(INSERT, [
    newId('audit', Date.now()),
    organisationId ?? null,
    object.applicationId ?? null,
    actor.kind,
    'id' in actor ? actor.id : null,
    'name' in actor ? actor.name : null,
    asked ?? operation,
    object.kind,
    object.id,
    before ?? null,
    after ?? null,
  ]);
}

const INSERT = `INSERT INTO audit_log (
    id, organisation_id, application_id, actor_kind, actor_id, actor_name, operation, object_kind, object_id, before, after
  ) VALUES (
    $1, COALESCE($2::text, (SELECT organisation_id FROM applications WHERE id = $3)), $3, $4, $5, $6, $7, $8, $9, $10, $11
  )`;

/** What says nothing about the change: names of the row itself, and what the store keeps books with. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'id',
  'organisationId',
  'applicationId',
  'version',
  'createdAt',
  'updatedAt',
  'deletedAt',
]);

function fieldsOf(row: object | undefined): Record<string, unknown> | undefined {
  if (row === undefined) return undefined;
  return Object.fromEntries(Object.entries(row).filter(([name]) => !BOOKKEEPING.has(name)));
}

export const applicationObject = (id: ApplicationId): AuditedObject => ({ kind: 'application', id, applicationId: id });
