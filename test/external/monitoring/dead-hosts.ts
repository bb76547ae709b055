import { createServer, type Server } from 'node:http';
import { findFreePort } from '@signpost/testing';

/** Addresses where nobody answers, until somebody does. */
export class DeadHosts {
  private ports: readonly number[] = [];
  private servers: readonly Server[] = [];

  async reserve(count: number): Promise<void> {
    const ports = new Set<number>();
    while (ports.size < count) ports.add(await findFreePort());
    this.ports = [...ports];
  }

  get urls(): readonly string[] {
    return this.ports.map((port) => `http://127.0.0.1:${String(port)}/`);
  }

  /** From now on each answers 200. */
  async listen(): Promise<void> {
    this.servers = await Promise.all(
      this.ports.map(async (port) => {
        const server = createServer((request, response) => {
          request.resume().on('end', () => response.writeHead(200).end());
        });
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject).listen(port, '127.0.0.1', resolve);
        });
        return server;
      }),
    );
  }

  async close(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    this.servers = [];
  }
}
