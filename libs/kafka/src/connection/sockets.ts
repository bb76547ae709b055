import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

/** kafkajs' own sockets, but with TCP_NODELAY: a request smaller than a packet does not wait for the last one's answer. */
export function socketFactory(): ISocketFactory {
  return ({ host, port, ssl, onConnect }): Socket => {
    const socket = isTls(ssl)
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    return socket;
  };
}

/** Typed as an object always; without TLS it is false. */
function isTls(ssl: ConnectionOptions | false | null | undefined): ssl is ConnectionOptions {
  return typeof ssl === 'object' && ssl !== null;
}
