import type { EntityManager } from 'typeorm';
import { MOST_VERSIONS, type Actor, type ApplicationId, type EndpointId } from '@signpost/domain';
import { TransformationVersions, type KeptVersion } from '@signpost/ports';
import { acting } from '@signpost/runtime';
import type { PostgresDatabase } from '../database.js';
import type { EndpointEntity } from '../entities/index.js';

interface Row {
  readonly version: number;
  readonly sealed_code: string;
  readonly created_at: Date;
  readonly created_by: Actor;
}

export class PostgresTransformationVersions extends TransformationVersions {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async list(endpointId: EndpointId): Promise<readonly Omit<KeptVersion, 'sealedCode'>[]> {
    const rows = await this.database.query((manager) =>
      manager.query<Omit<Row, 'sealed_code'>[]>(
        `SELECT version, created_at, created_by FROM transformation_versions
         WHERE endpoint_id = $1 ORDER BY version DESC LIMIT ${String(MOST_VERSIONS + 1)}`,
        [endpointId],
      ),
    );
    return rows.map(about);
  }

  async get(endpointId: EndpointId, version: number): Promise<KeptVersion | undefined> {
    const [row] = await this.database.query((manager) =>
      manager.query<Row[]>(
        `SELECT version, sealed_code, created_at, created_by FROM transformation_versions
         WHERE endpoint_id = $1 AND version = $2`,
        [endpointId, version],
      ),
    );
    return row === undefined ? undefined : { ...about(row), sealedCode: row.sealed_code };
  }
}

/**
 * Has to run in the transaction that changes the endpoint: a version that is in force can be read. Versions beyond those
 * that are kept go, and so do all of an endpoint that is deleted: keys may stand in code.
 */
export async function keepVersions(
  manager: EntityManager,
  before: EndpointEntity,
  after: EndpointEntity,
): Promise<void> {
  if (after.deletedAt !== null) {
    await forgetVersions(manager, { endpointId: after.id });
    return;
  }
  const { transformation } = after;
  if (transformation === null || transformation.latest <= (before.transformation?.latest ?? 0)) return;
  const { version, sealedCode, latest } = transformation;
  await manager.query(
    `INSERT INTO transformation_versions (endpoint_id, version, application_id, sealed_code, created_at, created_by)
     VALUES ($1, $2, $3, $4, now(), $5)`,
    [after.id, version, after.applicationId, sealedCode, acting().actor],
  );
  await manager.query('DELETE FROM transformation_versions WHERE endpoint_id = $1 AND version <= $2', [
    after.id,
    latest - MOST_VERSIONS,
  ]);
}

export async function forgetVersions(
  manager: EntityManager,
  of: { readonly endpointId: EndpointId } | { readonly applicationId: ApplicationId },
): Promise<void> {
  const [column, id] = 'endpointId' in of ? ['endpoint_id', of.endpointId] : ['application_id', of.applicationId];
  await manager.query(`DELETE FROM transformation_versions WHERE ${column} = $1`, [id]);
}

const about = ({ version, created_at, created_by }: Omit<Row, 'sealed_code'>) => ({
  version,
  createdAt: created_at,
  createdBy: created_by,
});
