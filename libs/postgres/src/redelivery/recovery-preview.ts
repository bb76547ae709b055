import type { EndpointId, OrganisationId } from '@signpost/domain';
import type { RecoveryPreview, SampledRecord } from '@signpost/ports';
import type pg from 'pg';
import { sqlStateOf } from '../connection.js';
import { Where } from '../delivery-log/where.js';
import { beginningOf, endOf, fitsOf, lookAt, statusesOf, type Source } from './recovery-source.js';
import { rejectedSelected } from './rejected-batch.js';
import { endpointOf } from './source-endpoints.js';
import { inTransaction } from '../transaction.js';

/** Whoever asks waits for it. */
const COUNTED_WITHIN_MS = 20_000;
const MOST_GROUPS = 500;
const SAMPLES = 10;
const SAMPLED_ENDPOINTS = 5;
const QUERY_CANCELED = '57014';

interface Group {
  readonly endpoint_id: EndpointId;
  readonly reason: string;
  readonly count: string;
  readonly total: string;
}

/** Counts what a recovery would look at, by groups, and shows the first of the largest. */
export async function preview(pool: pg.Pool, organisationId: OrganisationId, source: Source): Promise<RecoveryPreview> {
  if (source.kind === 'rejected') return previewOfRejected(pool, organisationId, source);
  const groups = await counted(pool, organisationId, source);
  const samples: SampledRecord[] = [];
  const endpointIds = [...new Set(groups?.map((group) => group.endpoint_id))].slice(0, SAMPLED_ENDPOINTS);
  for (const endpointId of endpointIds) {
    const endpoint = await endpointOf(pool, endpointId);
    if (endpoint === undefined || samples.length >= SAMPLES) continue;
    const most = Math.ceil(SAMPLES / endpointIds.length);
    const { found } = await lookAt(pool, source, endpoint, beginningOf(source), most);
    samples.push(...found);
  }
  return {
    histogram: (groups ?? []).map((group) => ({
      endpointId: group.endpoint_id,
      reason: group.reason,
      count: Number(group.count),
    })),
    samples: samples.slice(0, SAMPLES),
    ...(groups === undefined ? {} : { count: Number(groups[0]?.total ?? 0) }),
  };
}

async function previewOfRejected(
  pool: pg.Pool,
  organisationId: OrganisationId,
  { selection }: Source,
): Promise<RecoveryPreview> {
  const where = new Where();
  const { rows } = await pool.query<{ topic: string; reason: string; count: string; total: string }>(
    `SELECT topic, reason, count(*) AS count, sum (count(*)) OVER () AS total
     FROM (${rejectedSelected(organisationId, selection, where)}) s
     GROUP BY topic, reason ORDER BY count(*) DESC, topic, reason LIMIT ${String(MOST_GROUPS)}`,
    where.values,
  );
  const histogram = rows.map(({ topic, reason, count }) => ({ topic, reason, count: Number(count) }));
  return { histogram, samples: [], count: Number(rows[0]?.total ?? 0) };
}

async function counted(
  pool: pg.Pool,
  organisationId: OrganisationId,
  source: Source,
): Promise<readonly Group[] | undefined> {
  const where = new Where();
  const sql = `SELECT endpoint_id, reason, count(*) AS count, sum (count(*)) OVER () AS total
    FROM (${await selectedOf(pool, organisationId, source, where)}) s
    GROUP BY endpoint_id, reason ORDER BY count(*) DESC, endpoint_id, reason LIMIT ${String(MOST_GROUPS)}`;
  try {
    return await inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL statement_timeout = ${String(COUNTED_WITHIN_MS)}`);
      return (await client.query<Group>(sql, where.values)).rows;
    });
  } catch (error) {
    if (sqlStateOf(error) === QUERY_CANCELED) return undefined;
    throw error;
  }
}

/** Of every record of the selection its endpoint, and the reason or state that it is grouped by. */
export async function selectedOf(
  client: Pick<pg.ClientBase, 'query'>,
  organisationId: OrganisationId,
  source: Source,
  where: Where,
): Promise<string> {
  const { kind, selection } = source;
  const { applicationId, endpointId } = selection;
  const endpoint = endpointId === undefined ? undefined : await endpointOf(client, endpointId);
  const fits = fitsOf(source, endpoint, where);
  if (kind === 'backfill') {
    where.and('m.application_id = ?', applicationId).and('m.id > ?', beginningOf(source));
    where.and('m.id < ?', endOf('msg', selection));
    for (const one of fits) where.andThat(one);
    return `SELECT ${where.parameter(endpointId)}::text AS endpoint_id, 'matches' AS reason FROM messages m WHERE ${where.sql}`;
  }
  where.and('d.id > ?', beginningOf({ kind: 'redrive', selection })).and('d.id < ?', endOf('dlv', selection));
  if (kind === 'redrive') where.andThat("d.state = 'dead-lettered'");
  else where.and('d.status = ANY (?::smallint[])', statusesOf(selection));
  for (const one of fits) where.andThat(one);
  if (endpointId !== undefined) where.and('d.endpoint_id = ?', endpointId);
  else {
    const owned = new Where(where.values)
      .andThat('e.deleted_at IS NULL')
      .and('a.organisation_id = ?', organisationId)
      .andIf(applicationId, 'a.id = ?');
    where.andThat(
      `d.endpoint_id IN (SELECT e.id FROM endpoints e JOIN applications a ON a.id = e.application_id WHERE ${owned.sql})`,
    );
  }
  return `SELECT d.endpoint_id, coalesce (d.dead_letter_reason, d.state) AS reason FROM deliveries d WHERE ${where.sql}`;
}
