import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

/** With TCP_NODELAY: a request smaller than a packet does not wait for the last one's answer. */
export function openSocket(
  host: string,
  port: number,
  tls: ConnectionOptions | undefined,
  onConnect: () => void,
): Socket {
  const socket =
    tls === undefined
      ? connect({ host, port }, onConnect)
      : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...tls }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setNoDelay(true);
  return socket;
}

/** The same sockets for the client that keeps the groups' membership. */
export function socketFactory(): ISocketFactory {
  return ({ host, port, ssl, onConnect }): Socket => openSocket(host, port, isTls(ssl) ? ssl : undefined, onConnect);
}

/** Typed as an object always; without TLS it is false. */
function isTls(ssl: ConnectionOptions | false | null | undefined): ssl is ConnectionOptions {
  return typeof ssl === 'object' && ssl !== null;
}
