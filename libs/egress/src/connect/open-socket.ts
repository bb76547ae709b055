import { isIP, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { addressesOf, BlockedAddressError, guardedLookup, type Guard } from './guarded-lookup.js';
import type { Proxy } from './proxy.js';
import { MIN_TLS_VERSION, type TlsIdentity } from './tls-identities.js';
import { openTunnel } from './tunnel.js';

export interface SocketTarget {
  readonly protocol: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** For https: alone. */
  readonly identity?: TlsIdentity;
}

export interface SocketOptions extends Guard {
  readonly proxy?: Proxy;
}

/** Told as it goes on; each phase in milliseconds. */
export interface SocketEvents {
  lookedUp(ms: number): void;
  connected(ms: number): void;
  secured(ms: number): void;
}

/** A socket that is not open yet, or is. */
export interface Opening {
  destroy(): void;
}

type Opened = (error: Error | null, socket: Socket | null) => void;

const KEEP_ALIVE_PROBE_MS = 60_000;
/** How long one address of several may take before the next is tried beside it. */
const NEXT_ADDRESS_MS = 500;
const NOTHING: Opening = { destroy: () => undefined };

/**
 * Opens a TCP or TLS connection that the address policy agrees to. It is asked for a literal address before
 * anything happens, for every answer of the look-up, and, unless a proxy connects, for the connected socket before
 * a byte goes out. `opened` is called once, also when what comes back is destroyed first.
 */
export function openSocket(
  target: SocketTarget,
  options: SocketOptions,
  session: Buffer | undefined,
  events: SocketEvents,
  opened: Opened,
): Opening {
  if (isIP(target.host) !== 0 && !options.policy.mayConnect(target.host, target.host)) {
    opened(new BlockedAddressError(), null);
    return NOTHING;
  }
  const lap = stopwatch();
  const { proxy } = options;
  if (proxy !== undefined) return openThrough(proxy, target, options, session, events, opened, lap);
  const common = {
    host: target.host,
    port: target.port,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    lookup: guardedLookup(target.host, options, () => events.lookedUp(lap())),
  };
  const secure = isSecure(target);
  const socket = secure ? connectTls({ ...common, ...tlsOptions(target, session) }) : connectTcp(common);
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_PROBE_MS);

  // Before the handshake's own listener: a socket that is destroyed here has sent nothing.
  socket.prependOnceListener('connect', () => {
    events.connected(lap());
    if (!options.policy.mayConnect(target.host, socket.remoteAddress ?? '')) socket.destroy(new BlockedAddressError());
  });
  announce(socket, secure ? 'secureConnect' : 'connect', (error) => {
    if (error === null && secure) events.secured(lap());
    opened(error, error === null ? socket : null);
  });
  return socket;
}

function openThrough(
  proxy: Proxy,
  target: SocketTarget,
  options: SocketOptions,
  session: Buffer | undefined,
  events: SocketEvents,
  opened: Opened,
  lap: () => number,
): Opening {
  let isDestroyed = false;
  let socket: Socket | undefined;
  const secure = (tunnel: Socket): void => {
    const secured = connectTls({ ...tlsOptions(target, session), socket: tunnel });
    socket = secured;
    announce(secured, 'secureConnect', (error) => {
      if (error === null) events.secured(lap());
      opened(error, error === null ? secured : null);
    });
  };
  const tunnelTo = (address: string): void => {
    socket = openTunnel(proxy, address, target.port, (error, tunnel) => {
      events.connected(lap());
      if (error !== null) opened(error, null);
      else if (isSecure(target)) secure(tunnel);
      else opened(null, tunnel);
    });
  };
  checkedAddress(target.host, options, () => events.lookedUp(lap())).then(
    (address) => {
      if (isDestroyed) opened(new Error('closed while connecting'), null);
      else tunnelTo(address);
    },
    (error: unknown) => opened(error as Error, null),
  );
  return {
    destroy: () => {
      isDestroyed = true;
      socket?.destroy();
    },
  };
}

/** One of the name's addresses, IPv4 first: what the proxy can reach is unknown. Another each time, for one may be down. */
async function checkedAddress(host: string, guard: Guard, lookedUp: () => void): Promise<string> {
  if (isIP(host) !== 0) return host;
  const addresses = await addressesOf(host, guard).finally(lookedUp);
  const four = addresses.filter(({ family }) => family === 4);
  const choice = four.length > 0 ? four : addresses;
  return choice[Math.floor(Math.random() * choice.length)]?.address ?? '';
}

const isSecure = ({ protocol }: SocketTarget): boolean => protocol === 'https:';

function tlsOptions(target: SocketTarget, session: Buffer | undefined): ConnectionOptions {
  return {
    // A name may end in a full stop; a certificate's never does. An address is no server name (RFC 6066 §3).
    servername: isIP(target.host) === 0 ? target.host.replace(/\.$/, '') : '',
    host: target.host,
    ALPNProtocols: ['http/1.1'],
    // Said aloud, so that no environment variable can turn it off.
    rejectUnauthorized: true,
    // Of a context of its own, the identity's, the version is part.
    ...(target.identity === undefined ? { minVersion: MIN_TLS_VERSION } : { secureContext: target.identity.context }),
    ...(session === undefined ? {} : { session }),
  };
}

function announce(socket: Socket, ready: 'connect' | 'secureConnect', opened: (error: Error | null) => void): void {
  let done = false;
  const once = (error: Error | null): void => {
    if (done) return;
    done = true;
    opened(error);
  };
  // Stays for the socket's life: an error that comes when nobody listens any more would end the process.
  socket.on('error', once);
  socket.once('close', () => once(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' })));
  socket.once(ready, () => {
    if (!socket.destroyed) once(null);
  });
}

/** Milliseconds since the call before. */
function stopwatch(): () => number {
  let since = performance.now();
  return () => {
    const before = since;
    since = performance.now();
    return since - before;
  };
}
