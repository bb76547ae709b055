import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { SaslLogin } from '../config.js';
import { openSocket } from '../connection/sockets.js';
import { API_VERSIONS, ERROR, NEEDED } from './api.js';
import { BrokerConnection } from './connection.js';
import { BrokerVersionError, ConnectionLostError } from './errors.js';
import { login } from './login.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface WireOptions {
  readonly clientId: string;
  readonly tls: ConnectionOptions | undefined;
  readonly sasl: SaslLogin | undefined;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** Connects, checks that the broker speaks what is needed, and logs in. */
export async function openConnection(address: Address, options: WireOptions): Promise<BrokerConnection> {
  const name = `${address.host}:${String(address.port)}`;
  const connection = new BrokerConnection(await connected(address, name, options), options.clientId, name);
  try {
    await checkVersions(connection, options.connectTimeoutMs);
    if (options.sasl !== undefined) await login(connection, options.sasl, options.connectTimeoutMs);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function connected({ host, port }: Address, name: string, options: WireOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new ConnectionLostError(`${name} ${reason}`, {}, cause));
    };
    const socket = openSocket(host, port, options.tls, () => {
      clearTimeout(timer);
      // Until the connection listens, an error must not go unheard: it would end the process.
      socket.on('error', () => undefined);
      socket.removeListener('error', onError);
      resolve(socket);
    });
    const onError = (error: Error): void => {
      fail('cannot be connected to', error);
    };
    socket.on('error', onError);
    const timer = setTimeout(() => {
      fail(`takes no connection within ${String(options.connectTimeoutMs)} ms`);
    }, options.connectTimeoutMs);
  });
}

async function checkVersions(connection: BrokerConnection, timeoutMs: number): Promise<void> {
  const { error, versions } = await connection.request({
    api: API_VERSIONS,
    write: () => undefined,
    read: (from) => ({
      error: from.int16(),
      versions: new Map(from.list((each) => [each.int16(), { low: each.int16(), high: each.int16() }] as const)),
    }),
    timeoutMs,
  });
  if (error !== ERROR.none)
    throw new BrokerVersionError(`${connection.address} does not say what it speaks`, { error });
  for (const { name, key, version } of NEEDED) {
    const { low, high } = versions.get(key) ?? { low: 0, high: -1 };
    if (version >= low && version <= high) continue;
    const asked = `${name} version ${String(version)}`;
    const has = high < 0 ? 'has none' : `has ${String(low)} to ${String(high)}`;
    throw new BrokerVersionError(`${connection.address} does not speak ${asked}: it ${has}; Kafka 2.4 to 4.x do`);
  }
}
