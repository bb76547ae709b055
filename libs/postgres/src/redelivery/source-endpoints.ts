import type { EndpointId, OrganisationId } from '@signpost/domain';
import type { RecoverySelection } from '@signpost/ports';
import type pg from 'pg';
import { Where } from '../delivery-log/where.js';
import type { SourceEndpoint } from './recovery-source.js';

const ENDPOINT = 'e.id, e.version, e.event_types, e.channels, e.filters';

/** Undefined once it is deleted. */
export async function endpointOf(
  client: Pick<pg.ClientBase, 'query'>,
  id: EndpointId,
): Promise<SourceEndpoint | undefined> {
  const { rows } = await client.query<SourceEndpoint>(
    `SELECT ${ENDPOINT} FROM endpoints e WHERE e.id = $1 AND e.deleted_at IS NULL`,
    [id],
  );
  return rows[0];
}

/** The next that a selection reaches, in the order of their ids; `after`: '' before the first. */
export async function nextEndpoint(
  client: Pick<pg.ClientBase, 'query'>,
  organisationId: OrganisationId,
  { applicationId, endpointId }: RecoverySelection,
  after: string,
): Promise<SourceEndpoint | undefined> {
  const where = new Where()
    .and('a.organisation_id = ?', organisationId)
    .and('e.id > ?', after)
    .andThat('e.deleted_at IS NULL')
    .andIf(applicationId, 'a.id = ?')
    .andIf(endpointId, 'e.id = ?');
  const { rows } = await client.query<SourceEndpoint>(
    `SELECT ${ENDPOINT} FROM endpoints e JOIN applications a ON a.id = e.application_id
     WHERE ${where.sql} ORDER BY e.id LIMIT 1`,
    where.values,
  );
  return rows[0];
}
