import type { AuditedKind } from '@signpost/contracts';
import type { Actor, ApplicationId, AuditedChange, AuditEntryId, OrganisationId } from '@signpost/domain';
import type { ListPage } from './control-plane.js';

export interface AuditedObject {
  readonly kind: AuditedKind;
  readonly id: string;
  /** The application that it belongs to, or is. */
  readonly applicationId?: ApplicationId | undefined;
}

export interface AuditEntry extends AuditedChange {
  readonly id: AuditEntryId;
  readonly at: Date;
  readonly actor: Actor;
  /** As the API reference names it; of what Signpost did by itself, what it did: 'endpoint.disable'. */
  readonly operation: string;
  readonly object: AuditedObject;
}

export interface AuditFilter {
  readonly kind?: AuditedKind | undefined;
  /** Of the object. */
  readonly objectId?: string | undefined;
  readonly applicationId?: string | undefined;
  readonly actorKind?: Actor['kind'] | undefined;
  readonly actorId?: string | undefined;
  readonly operation?: string | undefined;
  readonly before?: Date | undefined;
  readonly after?: Date | undefined;
}

/**
 * Who changed what. Changes of the control plane are written by its stores, in the transaction of the change itself. What leaves
 * no row there (a message sent again, content expunged) is recorded here by whoever does it, before they do it.
 */
export abstract class AuditLog {
  /** On behalf of whoever acts now. Resolves once it is kept. */
  abstract record(
    organisationId: OrganisationId,
    operation: string,
    object: AuditedObject,
    change: AuditedChange,
  ): Promise<void>;
  abstract list(organisationId: OrganisationId, page: ListPage, filter: AuditFilter): Promise<readonly AuditEntry[]>;
}
