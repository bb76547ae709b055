import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { EmbeddedServiceError } from './errors.js';

// Below the ports that kernels hand to outgoing connections, so that a restarted service finds its port still free.
const LOWEST = 15_000;
const HIGHEST = 32_000;

/** A TCP port nobody listens on at 127.0.0.1 just now. Nothing is reserved: bind it soon. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
  throw new EmbeddedServiceError('port_taken', `no free port found between ${String(LOWEST)} and ${String(HIGHEST)}`);
}

/** Throws `port_taken` when something already listens on the port; `forWhat` and `remedy` complete the sentence. */
export async function ensurePortFree(port: number, forWhat: string, remedy: string): Promise<void> {
  if (await isFree(port)) return;
  throw new EmbeddedServiceError(
    'port_taken',
    `port ${String(port)}, wanted for ${forWhat}, is already taken: ${remedy}`,
    {
      port,
    },
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
