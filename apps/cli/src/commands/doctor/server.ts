import { randomUUID } from 'node:crypto';
import { SCOPES, type Scope } from '@signpost/domain';
import type { ApiAnswer, ApiClient } from '../../api/client.js';
import { shownDuration } from '../../output/durations.js';
import { VERSION } from '../../version.js';
import { fault, ok, warning, type Finding } from './finding.js';

/** A signature older than this is refused by receivers that follow Standard Webhooks. */
const WORST_SKEW_MS = 300_000;
const NOTABLE_SKEW_MS = 5_000;
const API_VERSION = '1';

/** Whether the server answers, is a Signpost, has the time right, and speaks our version of the API. */
export async function lookAtServer(client: ApiClient, server: string): Promise<readonly Finding[]> {
  const sentAtMs = Date.now();
  const health = await client.anyAnswer('GET', '/api/v1/health');
  if (health.status !== 204) {
    return [
      fault(
        'server',
        `${server} answers ${String(health.status)} to /api/v1/health: it is no Signpost, or something stands before it`,
        'Check the address; it has no path such as /api/v1 at its end.',
      ),
    ];
  }
  return [
    ok('server', `${server} answers in ${shownDuration(health.tookMs)}`),
    clock(health, sentAtMs),
    await version(client),
  ];
}

function clock({ headers, tookMs }: ApiAnswer, sentAtMs: number): Finding {
  const theirs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return warning('clock', 'The server says no time', 'A proxy removes the header Date.');
  // Its clock is cut to whole seconds; the answer was written about half-way.
  const skewMs = sentAtMs + tookMs / 2 - (theirs + 500);
  const apart = `${shownDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} the server's`;
  if (Math.abs(skewMs) < NOTABLE_SKEW_MS) return ok('clock', "This machine's clock agrees with the server's");
  const next = 'Set the clock of this machine, or of the server, by NTP: signatures are good for five minutes.';
  return Math.abs(skewMs) < WORST_SKEW_MS
    ? warning('clock', `This machine's clock is ${apart}`, next)
    : fault('clock', `This machine's clock is ${apart}`, next);
}

async function version(client: ApiClient): Promise<Finding> {
  const { status, bytes } = await client.anyAnswer('GET', '/api/v1/openapi.json');
  const theirs = status === 200 ? versionIn(bytes) : undefined;
  const text = `API ${theirs ?? 'of an unknown version'}, signpost ${VERSION}, Node ${process.versions.node}`;
  if (theirs?.split('.')[0] === API_VERSION) return ok('version', text);
  return warning('version', text, `This command knows version ${API_VERSION} of the API: use another release of it.`);
}

function versionIn(bytes: Buffer): string | undefined {
  try {
    return (JSON.parse(bytes.toString('utf8')) as { readonly info?: { readonly version?: string } }).info?.version;
  } catch {
    return undefined;
  }
}

/**
 * What the key may do: asked for by requests that change nothing, since what they name does not exist, or they are
 * not complete. The scope is looked at first.
 */
export async function lookAtKey(client: ApiClient): Promise<readonly Finding[]> {
  const nobody = `doctor-${randomUUID()}`;
  const probes: Readonly<Record<Scope, () => Promise<ApiAnswer>>> = {
    read: () => client.anyAnswer('GET', '/api/v1/app', { query: { limit: 1 } }),
    write: () => client.anyAnswer('PATCH', `/api/v1/app/${nobody}`, { body: {} }),
    publish: () => client.anyAnswer('POST', `/api/v1/app/${nobody}/msg`, { body: {} }),
    ops: () => client.anyAnswer('GET', '/api/v1/management/authentication/api-token', { query: { limit: 1 } }),
  };
  const statuses = new Map<Scope, number>();
  for (const scope of SCOPES) {
    const { status } = await probes[scope]();
    if (status === 401 || status === 429) {
      return [fault('key', 'The API key is unknown, revoked or expired', 'Run `signpost login` with one that works.')];
    }
    statuses.set(scope, status);
  }
  const away = [...statuses].filter(([, status]) => status >= 500);
  const held = [...statuses].filter(([, status]) => status !== 403 && status < 500).map(([scope]) => scope);
  const text = `The API key is good; its scopes: ${held.length === 0 ? 'none' : held.join(', ')}`;
  if (away.length === 0) return [ok('key', text)];
  const which = away.map(([scope, status]) => `${scope} (${String(status)})`).join(', ');
  return [
    warning(
      'key',
      `${text}. The server could not answer for ${which}`,
      'Its database may be away: try again in a moment.',
    ),
  ];
}
