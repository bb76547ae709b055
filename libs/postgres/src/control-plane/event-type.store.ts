import { In, IsNull, Or, type EntityManager } from 'typeorm';
import { newestSchema, uidKey, type EventType, type OrganisationId } from '@signpost/domain';
import {
  EventTypeStore,
  NameTakenError,
  type Change,
  type EventTypeFields,
  type KeptEventType,
  type ListPage,
  type ShownEventTypes,
} from '@signpost/ports';
import { audit } from '../audit/audit.js';
import type { PostgresDatabase } from '../database.js';
import { EventTypeEntity } from '../entities/index.js';
import { beyond, direction, markDirty, orTaken, withColumns } from './changes.js';

export class PostgresEventTypeStore extends EventTypeStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  create(
    organisationId: OrganisationId,
    name: string,
    fields: EventTypeFields | ((archived: KeptEventType | undefined) => EventTypeFields),
  ): Promise<KeptEventType> {
    const now = new Date();
    return orTaken('name', name, () =>
      this.database.transaction(async (manager) => {
        // A deleted row of this name comes back to life, so that its version goes on.
        const before = await manager.findOne(EventTypeEntity, {
          where: { organisationId, name },
          lock: { mode: 'pessimistic_write' },
        });
        if (before !== null && before.deletedAt === null && !before.archived) throw new NameTakenError('name', name);
        const isBack = before !== null && before.deletedAt === null;
        const row: EventTypeEntity = {
          organisationId,
          name,
          ...columns(typeof fields === 'function' ? fields(isBack ? kept(before) : undefined) : fields),
          version: (before?.version ?? 0) + 1,
          createdAt: isBack ? before.createdAt : now,
          updatedAt: now,
          deletedAt: null,
        };
        if (before === null) await manager.insert(EventTypeEntity, asInserted(row));
        else await manager.update(EventTypeEntity, { organisationId, name }, asInserted(row));
        await markDirty(manager, 'event-type', uidKey(organisationId, name));
        await note(manager, 'event-type.create', isBack ? before : undefined, row);
        return kept(row);
      }),
    );
  }

  async get(organisationId: OrganisationId, name: string): Promise<KeptEventType | undefined> {
    const row = await this.database.query((manager) =>
      manager.findOne(EventTypeEntity, { where: { organisationId, name, deletedAt: IsNull() } }),
    );
    return row === null ? undefined : kept(row);
  }

  async list(
    organisationId: OrganisationId,
    page: ListPage,
    { archived, featureFlags }: ShownEventTypes,
  ): Promise<readonly KeptEventType[]> {
    const from = beyond(page);
    const rows = await this.database.query((manager) =>
      manager.find(EventTypeEntity, {
        where: {
          organisationId,
          deletedAt: IsNull(),
          ...(archived ? {} : { archived: false }),
          ...(featureFlags === undefined ? {} : { featureFlag: Or(IsNull(), In([...featureFlags])) }),
          ...(from === undefined ? {} : { name: from }),
        },
        order: { name: direction(page) },
        take: page.limit,
      }),
    );
    return rows.map(kept);
  }

  update(
    organisationId: OrganisationId,
    name: string,
    change: Change<EventTypeFields> | ((kept: KeptEventType) => Change<EventTypeFields>),
  ): Promise<KeptEventType | undefined> {
    return this.database.transaction(async (manager) => {
      const row = await locked(manager, organisationId, name);
      if (row === null) return undefined;
      const changed = typeof change === 'function' ? change(kept(row)) : change;
      const after = withColumns(row, columns({ ...kept(row), ...changed } as EventTypeFields));
      const saved = await save(manager, after);
      await note(manager, 'event-type.update', row, saved);
      return kept(saved);
    });
  }

  delete(organisationId: OrganisationId, name: string): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const row = await locked(manager, organisationId, name);
      if (row === null) return false;
      await save(manager, withColumns(row, { deletedAt: new Date() }));
      await note(manager, 'event-type.delete', row, undefined);
      return true;
    });
  }
}

function locked(manager: EntityManager, organisationId: OrganisationId, name: string): Promise<EventTypeEntity | null> {
  return manager.findOne(EventTypeEntity, {
    where: { organisationId, name, deletedAt: IsNull() },
    lock: { mode: 'pessimistic_write' },
  });
}

async function save(manager: EntityManager, row: EventTypeEntity): Promise<EventTypeEntity> {
  const after = withColumns(row, { version: row.version + 1, updatedAt: new Date() });
  await manager.update(EventTypeEntity, { organisationId: row.organisationId, name: row.name }, asInserted(after));
  await markDirty(manager, 'event-type', uidKey(row.organisationId, row.name));
  return after;
}

function note(
  manager: EntityManager,
  operation: string,
  before: EventTypeEntity | undefined,
  after: EventTypeEntity | undefined,
): Promise<void> {
  const row = after ?? before;
  if (row === undefined) return Promise.resolve();
  const { organisationId, name } = row;
  return audit(manager, { organisationId, operation, object: { kind: 'event-type', id: name }, before, after });
}

function columns(fields: EventTypeFields) {
  return {
    description: fields.description,
    archived: fields.archived,
    deprecated: fields.deprecated,
    featureFlag: fields.featureFlag ?? null,
    schemas: fields.schemas === undefined ? null : { ...fields.schemas },
    timeToLiveMs: fields.timeToLiveMs ?? null,
    coalesce: fields.coalesce ?? null,
    validation: fields.validation ?? null,
  };
}

// TypeORM's type for a written row takes the schemas' unknown values for functions.
const asInserted = (row: EventTypeEntity) => row as Omit<EventTypeEntity, 'schemas'> & { schemas: object | null };

function kept(row: EventTypeEntity): KeptEventType {
  return {
    organisationId: row.organisationId,
    name: row.name,
    version: row.version,
    description: row.description,
    archived: row.archived,
    deprecated: row.deprecated,
    ...(row.featureFlag === null ? {} : { featureFlag: row.featureFlag }),
    ...(row.schemas === null ? {} : { schemas: row.schemas }),
    ...usefulness(row),
    ...(row.validation === null ? {} : { validation: row.validation }),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** What the data plane knows of it. */
export function eventTypeState(row: EventTypeEntity): EventType {
  const { organisationId, name, version, archived, validation } = row;
  const schema = newestSchema(row.schemas ?? undefined);
  return {
    organisationId,
    name,
    version,
    archived,
    ...usefulness(row),
    ...(validation === null ? {} : { validation }),
    ...(schema === undefined ? {} : { schema: JSON.stringify(schema) }),
  };
}

function usefulness({ timeToLiveMs, coalesce }: EventTypeEntity): Pick<EventType, 'timeToLiveMs' | 'coalesce'> {
  return { ...(timeToLiveMs === null ? {} : { timeToLiveMs }), ...(coalesce === null ? {} : { coalesce }) };
}
