import { IsNull } from 'typeorm';
import { newId, type ApiKey, type ApiKeyId, type OrganisationId } from '@signpost/domain';
import { AccountStore, type KeptApiKey } from '@signpost/ports';
import type { PostgresDatabase } from '../database.js';
import { ApiKeyEntity, OrganisationEntity } from '../entities/index.js';
import { markDirty } from './changes.js';

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

  addApiKey(
    organisationId: OrganisationId,
    key: { readonly name: string; readonly prefix: string; readonly hash: string },
  ): Promise<KeptApiKey> {
    const now = new Date();
    return this.database.transaction(async (manager) => {
      await manager
        .createQueryBuilder()
        .insert()
        .into(ApiKeyEntity)
        .values({
          id: newId('key', now.getTime()),
          organisationId,
          ...key,
          version: 1,
          createdAt: now,
          deletedAt: null,
        })
        .orIgnore()
        .execute();
      const row = await manager.findOneOrFail(ApiKeyEntity, { where: { hash: key.hash } });
      await markDirty(manager, 'api-key', row.id);
      return kept(row);
    });
  }

  async apiKeys(organisationId: OrganisationId): Promise<readonly KeptApiKey[]> {
    const rows = await this.database.query((manager) =>
      manager.find(ApiKeyEntity, { where: { organisationId, deletedAt: IsNull() }, order: { id: 'ASC' } }),
    );
    return rows.map(kept);
  }

  revokeApiKey(organisationId: OrganisationId, id: ApiKeyId): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const gone = { deletedAt: new Date(), version: () => 'version + 1' };
      const { affected } = await manager.update(ApiKeyEntity, { id, organisationId, deletedAt: IsNull() }, gone);
      if (affected !== 1) return false;
      await markDirty(manager, 'api-key', id);
      return true;
    });
  }
}

function kept(row: ApiKeyEntity): KeptApiKey {
  return {
    id: row.id,
    organisationId: row.organisationId,
    name: row.name,
    prefix: row.prefix,
    createdAt: row.createdAt,
  };
}

/** What the data plane knows of it. */
export function apiKeyState(row: ApiKeyEntity): ApiKey {
  return { id: row.id, organisationId: row.organisationId, version: row.version, hash: row.hash };
}
