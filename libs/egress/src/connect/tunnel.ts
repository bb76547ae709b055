import { connect, isIPv6, type Socket } from 'node:net';
import { faultOf, ProxyError, type Proxy } from './proxy.js';

const MOST_HEAD_BYTES = 8_192;
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: |\r\n)/;
const KEEP_ALIVE_PROBE_MS = 60_000;

/**
 * Has the proxy open a tunnel to an address that has been checked, never to a name: the proxy would look that up
 * again and might come to another answer. `opened` is called once; the socket comes back at once.
 */
export function openTunnel(
  proxy: Proxy,
  address: string,
  port: number,
  opened: (error: ProxyError | null, socket: Socket) => void,
): Socket {
  const socket = connect({ host: proxy.host, port: proxy.port });
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
  let isConnected = false;
  let isDone = false;
  const done = (error: ProxyError | null): void => {
    if (isDone) return;
    isDone = true;
    socket.off('readable', read);
    opened(error, socket);
    if (error !== null) socket.destroy();
  };
  const lost = (cause?: unknown): void =>
    done(new ProxyError(isConnected ? 'PROXY_INVALID' : 'PROXY_UNREACHABLE', cause));
  const take = answerReader();
  function read(): void {
    for (let chunk = readFrom(socket); chunk !== null; chunk = readFrom(socket)) {
      const answer = take(chunk);
      if (answer === 'more') continue;
      done(answer === undefined ? null : new ProxyError(answer));
      return;
    }
  }
  socket
    .on('error', lost)
    .once('close', () => lost())
    .on('readable', read)
    .once('connect', () => {
      isConnected = true;
      socket.write(connectRequest(proxy, address, port));
    });
  return socket;
}

function connectRequest(proxy: Proxy, address: string, port: number): string {
  const authority = `${isIPv6(address) ? `[${address}]` : address}:${String(port)}`;
  const authorization = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`;
}

/** Takes the answer's head chunk by chunk; says what it means once it is whole. */
function answerReader(): (chunk: Buffer) => ReturnType<typeof faultOf> | 'more' {
  let head = Buffer.alloc(0);
  return (chunk) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return head.length > MOST_HEAD_BYTES ? 'PROXY_INVALID' : 'more';
    const status = STATUS_LINE.exec(head.toString('latin1'))?.[1];
    const fault = status === undefined ? 'PROXY_INVALID' : faultOf(Number(status));
    // A tunnel is silent until something has gone through it.
    return fault === undefined && head.length > end + 4 ? 'PROXY_INVALID' : fault;
  };
}

const readFrom = (socket: Socket): Buffer | null => socket.read() as Buffer | null;
