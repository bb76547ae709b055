import { In, type EntityManager } from 'typeorm';
import type { ApiKeyId, ApplicationId, ControlChange, ControlKind, EndpointId, OrganisationId } from '@signpost/domain';
import { apiKeyState } from '../control-plane/account.store.js';
import { applicationState } from '../control-plane/application.store.js';
import { endpointState } from '../control-plane/endpoint.store.js';
import { eventTypeState } from '../control-plane/event-type.store.js';
import { ApiKeyEntity, ApplicationEntity, EndpointEntity, EventTypeEntity } from '../entities/index.js';

interface Row {
  readonly version: number;
  readonly deletedAt: Date | null;
}

/** The current state of each of these ids of one kind; what is deleted has a version and no state. */
export async function currentStates(
  manager: EntityManager,
  kind: ControlKind,
  ids: readonly string[],
): Promise<ControlChange[]> {
  switch (kind) {
    case 'application': {
      const rows = await manager.findBy(ApplicationEntity, { id: In(ids as ApplicationId[]) });
      return rows.map((row) => ({ kind, id: row.id, ...versioned(row, applicationState) }));
    }
    case 'endpoint': {
      const rows = await manager.findBy(EndpointEntity, { id: In(ids as EndpointId[]) });
      return rows.map((row) => ({ kind, id: row.id, ...versioned(row, endpointState) }));
    }
    case 'event-type': {
      const names = ids.map((id) => {
        const slash = id.indexOf('/');
        return { organisationId: id.slice(0, slash) as OrganisationId, name: id.slice(slash + 1) };
      });
      const rows = await manager.find(EventTypeEntity, { where: names });
      return rows.map((row) => ({
        kind,
        id: `${row.organisationId}/${row.name}`,
        ...versioned(row, eventTypeState),
      }));
    }
    case 'api-key': {
      const rows = await manager.findBy(ApiKeyEntity, { id: In(ids as ApiKeyId[]) });
      return rows.map((row) => ({ kind, id: row.id, ...versioned(row, apiKeyState) }));
    }
  }
}

function versioned<R extends Row, S>(row: R, state: (row: R) => S): { version: number; state: S | undefined } {
  return { version: row.version, state: row.deletedAt === null ? state(row) : undefined };
}
