import { IsNull, type EntityManager } from 'typeorm';
import { isId, newId, type Application, type ApplicationId, type OrganisationId } from '@signpost/domain';
import {
  ApplicationStore,
  type ApplicationFields,
  type Change,
  type KeptApplication,
  type ListPage,
} from '@signpost/ports';
import { applicationObject, audit } from '../audit/audit.js';
import type { PostgresDatabase } from '../database.js';
import { ApplicationEntity, EndpointEntity } from '../entities/index.js';
import { beyond, direction, markDirty, orTaken, withColumns } from './changes.js';
import { FORGOTTEN } from './endpoint.store.js';
import { forgetVersions } from './transformation-versions.js';

export class PostgresApplicationStore extends ApplicationStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  create(organisationId: OrganisationId, fields: ApplicationFields): Promise<KeptApplication> {
    const now = new Date();
    const row: ApplicationEntity = {
      id: newId('app', now.getTime()),
      organisationId,
      ...columns(fields),
      version: 1,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    };
    return orTaken('uid', fields.uid, () =>
      this.database.transaction(async (manager) => {
        await manager.insert(ApplicationEntity, row);
        await markDirty(manager, 'application', row.id);
        await note(manager, 'application.create', undefined, row);
        return kept(row);
      }),
    );
  }

  async get(organisationId: OrganisationId, idOrUid: string): Promise<KeptApplication | undefined> {
    const row = await this.database.query((manager) => find(manager, organisationId, idOrUid, false));
    return row === null ? undefined : kept(row);
  }

  async list(organisationId: OrganisationId, page: ListPage): Promise<readonly KeptApplication[]> {
    const from = beyond(page) as ApplicationId | undefined;
    const rows = await this.database.query((manager) =>
      manager.find(ApplicationEntity, {
        where: { organisationId, deletedAt: IsNull(), ...(from === undefined ? {} : { id: from }) },
        order: { id: direction(page) },
        take: page.limit,
      }),
    );
    return rows.map(kept);
  }

  update(
    organisationId: OrganisationId,
    idOrUid: string,
    change: Change<ApplicationFields>,
  ): Promise<KeptApplication | undefined> {
    return orTaken('uid', change.uid, () =>
      this.database.transaction(async (manager) => {
        const row = await find(manager, organisationId, idOrUid, true);
        if (row === null) return undefined;
        const after = withColumns(row, {
          ...columns({ ...kept(row), ...change } as ApplicationFields),
          version: row.version + 1,
          updatedAt: new Date(),
        });
        await manager.update(ApplicationEntity, { id: row.id }, after);
        await markDirty(manager, 'application', row.id);
        await note(manager, 'application.update', row, after);
        return kept(after);
      }),
    );
  }

  delete(organisationId: OrganisationId, idOrUid: string): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const row = await find(manager, organisationId, idOrUid, true);
      if (row === null) return false;
      const gone = { deletedAt: new Date(), version: () => 'version + 1' };
      await manager.update(ApplicationEntity, { id: row.id }, gone);
      await markDirty(manager, 'application', row.id);
      const where = { applicationId: row.id, deletedAt: IsNull() };
      const endpoints = await manager.find(EndpointEntity, { where, select: { id: true } });
      await manager.update(EndpointEntity, where, { ...FORGOTTEN, ...gone });
      await forgetVersions(manager, { applicationId: row.id });
      for (let from = 0; from < endpoints.length; from += OUTBOX_ROWS) {
        await markDirty(manager, 'endpoint', ...endpoints.slice(from, from + OUTBOX_ROWS).map(({ id }) => id));
      }
      await note(manager, 'application.delete', Object.assign({}, row, { endpoints: endpoints.length }), undefined);
      return true;
    });
  }
}

function note(
  manager: EntityManager,
  operation: string,
  before: (ApplicationEntity & { readonly endpoints?: number }) | undefined,
  after: ApplicationEntity | undefined,
): Promise<void> {
  const row = after ?? before;
  if (row === undefined) return Promise.resolve();
  const { id, organisationId } = row;
  return audit(manager, { organisationId, operation, object: applicationObject(id), before, after });
}

// A statement takes 65,535 parameters at most.
const OUTBOX_ROWS = 10_000;

async function find(
  manager: EntityManager,
  organisationId: OrganisationId,
  idOrUid: string,
  forUpdate: boolean,
): Promise<ApplicationEntity | null> {
  const lock = forUpdate ? { lock: { mode: 'pessimistic_write' as const } } : {};
  if (isId('app', idOrUid)) {
    const byId = await manager.findOne(ApplicationEntity, {
      where: { id: idOrUid, organisationId, deletedAt: IsNull() },
      ...lock,
    });
    if (byId !== null) return byId;
  }
  return manager.findOne(ApplicationEntity, { where: { uid: idOrUid, organisationId, deletedAt: IsNull() }, ...lock });
}

function columns(
  fields: ApplicationFields,
): Pick<
  ApplicationEntity,
  'uid' | 'name' | 'metadata' | 'throttleRate' | 'weight' | 'intakeQuota' | 'notifyEmails' | 'validation'
> {
  return {
    uid: fields.uid ?? null,
    name: fields.name,
    metadata: { ...fields.metadata },
    throttleRate: fields.throttleRate ?? null,
    weight: fields.weight ?? null,
    intakeQuota: fields.intakeQuota ?? null,
    notifyEmails: fields.notifyEmails === undefined ? null : [...fields.notifyEmails],
    validation: fields.validation === undefined ? null : { ...fields.validation },
  };
}

function kept(row: ApplicationEntity): KeptApplication {
  return {
    ...applicationState(row),
    metadata: row.metadata,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** What the data plane knows of it. */
export function applicationState(row: ApplicationEntity): Application {
  return {
    id: row.id,
    organisationId: row.organisationId,
    version: row.version,
    ...(row.uid === null ? {} : { uid: row.uid }),
    name: row.name,
    ...(row.throttleRate === null ? {} : { throttleRate: row.throttleRate }),
    ...(row.weight === null ? {} : { weight: row.weight }),
    ...(row.intakeQuota === null ? {} : { intakeQuota: row.intakeQuota }),
    ...(row.notifyEmails === null ? {} : { notifyEmails: row.notifyEmails }),
    ...(row.validation === null ? {} : { validation: row.validation }),
  };
}
