import { IsNull, MoreThan, Or, type EntityManager } from 'typeorm';
import { newId, scopesOf, type ApiKey, type ApiKeyId, type OrganisationId } from '@signpost/domain';
import { AccountStore, type ApiKeyFields, type KeptApiKey, type ListPage } from '@signpost/ports';
import { acting } from '@signpost/runtime';
import { audit } from '../audit/audit.js';
import type { PostgresDatabase } from '../database.js';
import { ApiKeyEntity, OrganisationEntity } from '../entities/index.js';
import { beyond, direction, markDirty, withColumns } from './changes.js';

export class PostgresAccountStore extends AccountStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  organisation(name: string): Promise<OrganisationId> {
    const now = new Date();
    return this.database.transaction(async (manager) => {
      await manager
        .createQueryBuilder()
        .insert()
        .into(OrganisationEntity)
        .values({ id: newId('org', now.getTime()), name, createdAt: now })
        .orIgnore()
        .execute();
      return (await manager.findOneOrFail(OrganisationEntity, { where: { name } })).id;
    });
  }

  addApiKey(organisationId: OrganisationId, key: ApiKeyFields): Promise<KeptApiKey> {
    const now = new Date();
    const { scopes, ...fields } = key;
    return this.database.transaction(async (manager) => {
      const known = await manager.findOne(ApiKeyEntity, { where: { hash: key.hash } });
      if (known !== null) {
        await markDirty(manager, 'api-key', known.id);
        return kept(known);
      }
      const row: ApiKeyEntity = {
        id: newId('key', now.getTime()),
        organisationId,
        ...fields,
        scopes: scopes === undefined ? null : [...scopes],
        createdBy: acting().actor,
        version: 1,
        createdAt: now,
        expiresAt: null,
        deletedAt: null,
      };
      await manager.createQueryBuilder().insert().into(ApiKeyEntity).values(row).orIgnore().execute();
      // Another process may have added the same key at this moment.
      const added = await manager.findOneOrFail(ApiKeyEntity, { where: { hash: key.hash } });
      await markDirty(manager, 'api-key', added.id);
      if (added.id === row.id) await note(manager, 'api-key.create', undefined, row);
      return kept(added);
    });
  }

  async apiKeys(organisationId: OrganisationId, page: ListPage, now: Date): Promise<readonly KeptApiKey[]> {
    const from = beyond(page) as ApiKeyId | undefined;
    const rows = await this.database.query((manager) =>
      manager.find(ApiKeyEntity, {
        where: {
          organisationId,
          deletedAt: IsNull(),
          expiresAt: Or(IsNull(), MoreThan(now)),
          ...(from === undefined ? {} : { id: from }),
        },
        order: { id: direction(page) },
        take: page.limit,
      }),
    );
    return rows.map(kept);
  }

  endApiKey(organisationId: OrganisationId, id: ApiKeyId, expiresAt?: Date): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const row = await manager.findOne(ApiKeyEntity, {
        where: { id, organisationId, deletedAt: IsNull() },
        lock: { mode: 'pessimistic_write' },
      });
      const now = new Date();
      if (row === null || (row.expiresAt !== null && row.expiresAt <= now)) return false;
      const end = expiresAt === undefined ? { deletedAt: now } : { expiresAt: sooner(row.expiresAt, expiresAt) };
      const after = withColumns(row, { ...end, version: row.version + 1 });
      await manager.update(ApiKeyEntity, { id }, { ...end, version: after.version });
      await markDirty(manager, 'api-key', id);
      await note(manager, 'api-key.end', row, after.deletedAt === null ? after : undefined);
      return true;
    });
  }
}

const sooner = (known: Date | null, asked: Date): Date => (known !== null && known < asked ? known : asked);

function note(
  manager: EntityManager,
  operation: string,
  before: ApiKeyEntity | undefined,
  after: ApiKeyEntity | undefined,
): Promise<void> {
  const row = after ?? before;
  if (row === undefined) return Promise.resolve();
  const { organisationId, id } = row;
  return audit(manager, { organisationId, operation, object: { kind: 'api-key', id }, before, after });
}

function kept(row: ApiKeyEntity): KeptApiKey {
  return {
    id: row.id,
    organisationId: row.organisationId,
    name: row.name,
    prefix: row.prefix,
    scopes: scopesOf(row.scopes ?? undefined),
    createdAt: row.createdAt,
    ...(row.createdBy === null ? {} : { createdBy: row.createdBy }),
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
  };
}

/** What the data plane knows of it. */
export function apiKeyState(row: ApiKeyEntity): ApiKey {
  return {
    id: row.id,
    organisationId: row.organisationId,
    version: row.version,
    hash: row.hash,
    name: row.name,
    ...(row.scopes === null ? {} : { scopes: row.scopes }),
    ...(row.expiresAt === null ? {} : { expiresAtMs: row.expiresAt.getTime() }),
  };
}
