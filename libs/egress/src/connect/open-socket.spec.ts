import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AddressPolicy, parseNetwork } from '@signpost/domain';
import { BlockedAddressError } from './guarded-lookup.js';
import { openSocket } from './open-socket.js';

const quiet = { lookedUp: () => undefined, connected: () => undefined, secured: () => undefined };

/** Agrees to a number of questions, as if what a name stands for changed after them. */
class WaveringPolicy extends AddressPolicy {
  asked: string[] = [];
  constructor(private readonly agreeing: number) {
    const loopback = parseNetwork('127.0.0.0/8');
    super({ allowHttp: true, allowedNetworks: loopback === undefined ? [] : [loopback] });
  }

  override mayConnect(host: string, address: string): boolean {
    this.asked.push(address);
    return this.asked.length <= this.agreeing && super.mayConnect(host, address);
  }
}

describe('openSocket', () => {
  let server: Server;
  let seen: Buffer[];

  beforeEach(async () => {
    seen = [];
    server = createServer((socket) => {
      socket.on('error', () => undefined).on('data', (data) => seen.push(data));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  const errorFor = (policy: AddressPolicy, protocol: string, host: string): Promise<Error | null> =>
    new Promise((done) => {
      const { port } = server.address() as AddressInfo;
      const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
      openSocket({ protocol, host, port }, { policy, resolve }, undefined, quiet, (error, socket) => {
        socket?.destroy();
        done(error);
      });
    });

  it.each(['http:', 'https:'])('asks once more when %s is connected, and then sends nothing', async (protocol) => {
    const policy = new WaveringPolicy(1);
    const closed = once(server, 'connection').then(async ([socket]) => once(socket as Server, 'close'));
    expect(await errorFor(policy, protocol, 'hooks.example.com')).toBeInstanceOf(BlockedAddressError);
    expect(policy.asked).toEqual(['127.0.0.1', '127.0.0.1']);
    await closed;
    expect(seen).toEqual([]);
  });

  it('asks about a literal address, which nobody looks up, before it connects', async () => {
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const policy = new WaveringPolicy(0);
    expect(await errorFor(policy, 'http:', '127.0.0.1')).toBeInstanceOf(BlockedAddressError);
    expect(policy.asked).toEqual(['127.0.0.1']);
    // One connection more, which is sure to be taken after any that came before.
    const taken = once(server, 'connection');
    await errorFor(new WaveringPolicy(2), 'http:', 'hooks.example.com');
    await taken;
    expect(connections).toBe(1);
  });

  it('connects where the policy agrees throughout', async () => {
    expect(await errorFor(new WaveringPolicy(2), 'http:', 'hooks.example.com')).toBeNull();
  });
});
