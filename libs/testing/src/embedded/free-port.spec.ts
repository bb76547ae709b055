import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ensurePortFree, findFreePort } from './free-port.js';

const servers: Server[] = [];

async function listen(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('ports', () => {
  it('finds one that can be bound', async () => {
    const port = await findFreePort();
    expect(await listen(port)).toBe(port);
  });

  it('says which is taken, for what, and what to do', async () => {
    const port = await listen(0);
    await expect(ensurePortFree(port, 'the API', 'set API_PORT')).rejects.toMatchObject({
      code: 'port_taken',
      message: `port ${String(port)}, wanted for the API, is already taken: set API_PORT`,
    });
  });
});
