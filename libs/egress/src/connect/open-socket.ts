import { isIP, connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AppError, type AddressPolicy } from '@signpost/domain';
import { LookupError, type Resolve } from './resolve.js';

/** The address guard said no; nothing was sent. */
export class BlockedAddressError extends AppError {
  readonly code = 'address_blocked';
  constructor() {
    super('the host stands for an address that is not public');
  }
}

export interface SocketTarget {
  readonly protocol: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface SocketOptions {
  readonly policy: AddressPolicy;
  readonly resolve: Resolve;
  /** PEM of authorities to trust instead of the public ones. */
  readonly certificateAuthorities?: readonly string[];
}

/** Told as it goes on; each phase in milliseconds. */
export interface SocketEvents {
  lookedUp(ms: number): void;
  connected(ms: number): void;
  secured(ms: number): void;
}

type Opened = (error: Error | null, socket: Socket | null) => void;

const KEEP_ALIVE_PROBE_MS = 60_000;
/** How long one address of several may take before the next is tried beside it. */
const NEXT_ADDRESS_MS = 500;

/**
 * Opens a TCP or TLS connection that the address policy agrees to. It is asked for a literal address before
 * anything happens, for every answer of the look-up, and for the connected socket before a byte goes out.
 * `opened` is called once; the socket comes back at once, so that it can be destroyed while it connects.
 */
export function openSocket(
  target: SocketTarget,
  options: SocketOptions,
  session: Buffer | undefined,
  events: SocketEvents,
  opened: Opened,
): Socket | undefined {
  if (isIP(target.host) !== 0 && !options.policy.mayConnect(target.host, target.host)) {
    opened(new BlockedAddressError(), null);
    return undefined;
  }
  const secure = target.protocol === 'https:';
  let since = performance.now();
  const lap = (): number => {
    const before = since;
    since = performance.now();
    return since - before;
  };
  const common = {
    host: target.host,
    port: target.port,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    lookup: guardedLookup(target.host, options, () => events.lookedUp(lap())),
  };
  const socket = secure ? connectTls({ ...common, ...tlsOptions(target, options, session) }) : connectTcp(common);
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_PROBE_MS);

  // Before the handshake's own listener: a socket that is destroyed here has sent nothing.
  socket.prependOnceListener('connect', () => {
    events.connected(lap());
    if (!options.policy.mayConnect(target.host, socket.remoteAddress ?? '')) socket.destroy(new BlockedAddressError());
  });
  announce(socket, secure, (error) => {
    if (error === null && secure) events.secured(lap());
    opened(error, error === null ? socket : null);
  });
  return socket;
}

function tlsOptions(target: SocketTarget, options: SocketOptions, session: Buffer | undefined): object {
  return {
    // A name may end in a full stop; a certificate's never does. An address is no server name (RFC 6066 §3).
    servername: isIP(target.host) === 0 ? target.host.replace(/\.$/, '') : '',
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    // Said aloud, so that no environment variable can turn it off.
    rejectUnauthorized: true,
    ...(session === undefined ? {} : { session }),
    ...(options.certificateAuthorities === undefined ? {} : { ca: [...options.certificateAuthorities] }),
  };
}

function announce(socket: Socket, secure: boolean, opened: (error: Error | null) => void): void {
  let done = false;
  const once = (error: Error | null): void => {
    if (done) return;
    done = true;
    opened(error);
  };
  // Stays for the socket's life: an error that comes when nobody listens any more would end the process.
  socket.on('error', once);
  socket.once('close', () => once(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' })));
  socket.once(secure ? 'secureConnect' : 'connect', () => {
    if (!socket.destroyed) once(null);
  });
}

/** Passes on only addresses that may be called, and none at all if one of them may not. */
function guardedLookup(host: string, options: SocketOptions, lookedUp: () => void): LookupFunction {
  return (_name, { all }, callback) => {
    options.resolve(host).then(
      (addresses) => {
        lookedUp();
        const [first] = addresses;
        const blocked = addresses.some(({ address }) => !options.policy.mayConnect(host, address));
        if (blocked) callback(new BlockedAddressError(), []);
        else if (first === undefined) callback(new LookupError('ENOTFOUND', host), []);
        else if (all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        lookedUp();
        callback(LookupError.from(error, host), []);
      },
    );
  };
}
