import {
  newId,
  type ApplicationId,
  type Capability,
  type OrganisationId,
  type PortalToken,
  type PortalTokenId,
} from '@signpost/domain';
import { PortalTokenStore, type AuditedObject, type PortalTokenFields } from '@signpost/ports';
import type { EntityManager } from 'typeorm';
import { audit } from '../audit/audit.js';
import type { PostgresDatabase } from '../database.js';

interface Row {
  readonly id: PortalTokenId;
  readonly organisation_id: OrganisationId;
  readonly application_id: ApplicationId;
  readonly uid: string | null;
  readonly capabilities: Capability[];
  readonly feature_flags: string[];
  readonly expires_at: Date;
}

interface Ended {
  readonly id: PortalTokenId;
  readonly application_id: ApplicationId;
}

export class PostgresPortalTokenStore extends PortalTokenStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  create(applicationId: ApplicationId, fields: PortalTokenFields): Promise<PortalTokenId | undefined> {
    const now = new Date();
    const id = newId('ptk', now.getTime());
    const { hash, ...shown } = fields;
    return this.database.transaction(async (manager) => {
      const made = await rowsOf<Ended>(
        manager,
        `INSERT INTO portal_tokens (id, application_id, hash, capabilities, feature_flags, session_id, created_at, expires_at)
         SELECT $1, id, $3, $4, $5, $6, $7, $8 FROM applications WHERE id = $2 AND deleted_at IS NULL
         RETURNING id, application_id`,
        [
          id,
          applicationId,
          hash,
          [...fields.capabilities],
          [...fields.featureFlags],
          fields.sessionId ?? null,
          now,
          fields.expiresAt,
        ],
      );
      if (made.length === 0) return undefined;
      await audit(manager, { operation: 'portal-token.create', object: objectOf(id, applicationId), after: shown });
      return id;
    });
  }

  async byHash(hash: string, now: Date): Promise<PortalToken | undefined> {
    const [row] = await this.database.query((manager) =>
      rowsOf<Row>(
        manager,
        `SELECT t.id, organisation_id, application_id, uid, capabilities, feature_flags, expires_at
         FROM portal_tokens t JOIN applications a ON a.id = application_id
         WHERE hash = $1 AND expires_at > $2 AND deleted_at IS NULL`,
        [hash, now],
      ),
    );
    if (row === undefined) return undefined;
    return {
      id: row.id,
      organisationId: row.organisation_id,
      applicationId: row.application_id,
      ...(row.uid === null ? {} : { applicationUid: row.uid }),
      capabilities: row.capabilities,
      featureFlags: row.feature_flags,
      expiresAt: row.expires_at,
    };
  }

  end(id: PortalTokenId): Promise<boolean> {
    const now = new Date();
    return this.database.transaction(async (manager) => {
      const [token] = await rowsOf<Ended>(
        manager,
        `UPDATE portal_tokens SET expires_at = $2 WHERE id = $1 AND expires_at > $2 RETURNING id, application_id`,
        [id, now],
      );
      if (token === undefined) return false;
      await audit(manager, {
        operation: 'portal-token.end',
        object: objectOf(id, token.application_id),
        before: {},
        after: {},
      });
      return true;
    });
  }

  endAll(applicationId: ApplicationId, at: Date, sessionIds?: readonly string[]): Promise<number> {
    return this.database.transaction(async (manager) => {
      const ended = await rowsOf<Ended>(
        manager,
        `UPDATE portal_tokens SET expires_at = $2
         WHERE application_id = $1 AND expires_at > $2 AND ($3::text[] IS NULL OR session_id = ANY ($3))
         RETURNING id, application_id`,
        [applicationId, at, sessionIds === undefined ? null : [...sessionIds]],
      );
      await audit(manager, {
        operation: 'portal-token.end-all',
        object: { kind: 'application', id: applicationId, applicationId },
        before: {},
        after: { portalSessionsEnded: ended.length, at, ...(sessionIds === undefined ? {} : { sessionIds }) },
      });
      return ended.length;
    });
  }
}

const objectOf = (id: PortalTokenId, applicationId: ApplicationId): AuditedObject => ({
  kind: 'portal-token',
  id,
  applicationId,
});

/** The driver answers an UPDATE with its rows and their number, and everything else with the rows alone. */
async function rowsOf<R>(manager: EntityManager, sql: string, values: unknown[]): Promise<readonly R[]> {
  const answer: unknown = await manager.query(sql, values);
  const isUpdate = Array.isArray(answer) && answer.length === 2 && Array.isArray(answer[0]);
  return (isUpdate ? answer[0] : answer) as readonly R[];
}
