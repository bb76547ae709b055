import { ensurePortFree } from '@signpost/testing/embedded';
import { StartError } from './errors.js';
import type { Home } from './home.js';

const USUAL = 8_080;

/**
 * The port that PORT names; else that of the last start or the usual one, and if it is taken another, which `say` is told of.
 * @throws EmbeddedServiceError `port_taken` when the named one is not free
 */
export async function apiPort(home: Home, env: NodeJS.ProcessEnv, say: (sentence: string) => void): Promise<number> {
  const named = env['PORT'] ?? '';
  if (named === '') {
    const wanted = home.lastPort('api') ?? USUAL;
    const port = await home.port('api', USUAL);
    if (port !== wanted) {
      const taken = `port ${String(wanted)} is taken by another program, so the API listens at ${String(port)}`;
      say(`${taken}: stop what listens there, or set PORT`);
    }
    return port;
  }
  const port = Number(named);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StartError(
      'setting_missing',
      `PORT is "${named}" and has to be a number from 1 to 65535: correct it, or unset it to have a free port chosen`,
    );
  }
  await ensurePortFree(
    port,
    'the API',
    'stop what listens there, or set PORT to another one, or unset it to have a free port chosen',
  );
  return port;
}

/** An address that listens everywhere is reached at loopback. */
export function hostForUrl(host: string | undefined): string {
  if (host === undefined || host === '' || host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
