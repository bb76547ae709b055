import { newId, type ApplicationId, type EndpointId, type OrganisationId } from '@signpost/domain';
import { query } from '@signpost/testing';

export interface Filled {
  readonly organisationId: OrganisationId;
  readonly applicationId: ApplicationId;
  readonly count: number;
  readonly endpoints: number;
}

/**
 * Fills the index by SQL: over a month, most of the reasons and types common, some rare, one in ten redriven. Ids have the
 * form of ours, the time of death in front.
 */
export async function fillDeadLetters(url: string, filled: Filled): Promise<readonly EndpointId[]> {
  const { organisationId, applicationId, count } = filled;
  const endpoints = Array.from({ length: filled.endpoints }, () => newId('ep', Date.now()));
  await query(
    url,
    `CREATE FUNCTION base62 (n bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
     DECLARE letters text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'; said text := '';
     BEGIN
       FOR place IN 1..8 LOOP said := substr(letters, (n % 62)::int + 1, 1) || said; n := n / 62; END LOOP;
       RETURN said;
     END $$`,
  );
  await query(
    url,
    `INSERT INTO dead_letters
     SELECT 'dl_' || base62(ms) || tail, 'dlv_' || base62(ms - 5000) || tail, 0, '${organisationId}', '${applicationId}',
       (ARRAY ['${endpoints.join("','")}'])[1 + n % ${String(endpoints.length)}],
       'msg_' || base62(ms - 5000) || tail,
       CASE WHEN n % 9973 = 0 THEN 'rare.type' ELSE 'lead.captured' END,
       CASE WHEN n % 997 = 0 THEN 'gone' ELSE 'attempts-exhausted' END,
       CASE WHEN n % 499 = 1 THEN 'platform' ELSE 'customer' END,
       CASE WHEN n % 997 = 0 THEN 2 WHEN n % 499 = 1 THEN 1 ELSE 0 END,
       CASE WHEN n % 499 = 1 THEN 'network:OTHER' WHEN n % 9001 = 2 THEN 'http:418' ELSE 'http:503' END,
       CASE WHEN n % 499 = 1 THEN NULL WHEN n % 9001 = 2 THEN 418 ELSE 503 END,
       10, to_timestamp((ms - 4000) / 1000.0), to_timestamp(ms / 1000.0), to_timestamp(ms / 1000.0),
       'signpost.deliveries', n % 48, n, n % 48, n, n % 10 <> 0
     FROM (
       SELECT n, (extract(epoch FROM now()) * 1000)::bigint - (${String(count)} - n) * (30 * 86400000::bigint / ${String(count)}) AS ms,
         substr(md5(n::text), 1, 19) AS tail
       FROM generate_series(1, ${String(count)}) AS n
     ) made`,
  );
  await query(url, 'VACUUM (ANALYZE) dead_letters');
  return endpoints;
}
