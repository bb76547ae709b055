import { createServer, type IncomingHttpHeaders, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { until } from '../until.js';
import type { Certified } from './certificates.js';
import { play, type Step } from './step.js';

export interface ReceivedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Milliseconds since 1970 at which it had come in whole. */
  readonly atMs: number;
  /** Which of the receiver's connections it came over, from 1. */
  readonly connection: number;
  /** SHA-256 of the caller's certificate in hex and colons, where one was asked for. */
  readonly callerFingerprint?: string;
}

export interface ReceiverOptions {
  /** With it the receiver speaks HTTPS. */
  readonly tls?: Certified;
  /** PEM of the authorities that a caller's certificate has to come from; without it none is asked for. */
  readonly callersFrom?: string;
  /** Milliseconds that an unused connection is kept; the receiver announces it. Default: a minute. */
  readonly keepAliveMs?: number;
}

const KEEP_ALIVE_MS = 60_000;
/** The only port that the system may hand out and that Signpost refuses to call. */
const REFUSED_PORT = 50_070;

/**
 * A real HTTP server on a loopback port that does what a script says, request by request, and keeps what came in.
 * A script's last step is repeated; a path without a script of its own follows the common one, at first 200.
 */
export class ScriptedReceiver {
  readonly requests: ReceivedRequest[] = [];
  private readonly scripts = new Map<string, Step[]>();
  private common: Step[] = [200];
  private readonly sockets = new Set<Socket>();
  private readonly numbers = new WeakMap<Socket, number>();
  private accepted = 0;

  private constructor(
    private readonly server: Server,
    private readonly scheme: 'http' | 'https',
  ) {
    server.on('connection', (socket: Socket) => {
      this.accepted += 1;
      this.numbers.set(socket, this.accepted);
      this.sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.sockets.delete(socket));
    });
    // The socket of a request over TLS is another one than the TCP connection's.
    server.on('secureConnection', (socket: Socket) => this.numbers.set(socket, this.accepted));
    server.on('tlsClientError', () => undefined);
  }

  static async start(options: ReceiverOptions = {}): Promise<ScriptedReceiver> {
    const answer: RequestListener = (request, response) => {
      // A caller that hangs up in the middle is no fault of the receiver's.
      receiver
        .take(request)
        .then((step) => play(step, response))
        .catch(() => request.socket.destroy());
    };
    const keep = { keepAliveTimeout: options.keepAliveMs ?? KEEP_ALIVE_MS };
    const { tls, callersFrom } = options;
    const asking = callersFrom === undefined ? {} : { ca: callersFrom, requestCert: true };
    const server =
      tls === undefined ? createServer(keep, answer) : createSecureServer({ ...keep, ...tls, ...asking }, answer);
    const receiver = new ScriptedReceiver(server, tls === undefined ? 'http' : 'https');
    do await receiver.listen();
    while (receiver.port === REFUSED_PORT);
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Connections taken so far. */
  get connections(): number {
    return this.accepted;
  }

  /** Connections that are open now. */
  get openConnections(): number {
    return this.sockets.size;
  }

  /** `host`: what to call 127.0.0.1 in the URL. */
  url(path = '/', host = '127.0.0.1'): string {
    return `${this.scheme}://${host}:${String(this.port)}${path}`;
  }

  /** The common script from now on. */
  play(...steps: readonly [Step, ...Step[]]): void {
    this.common = [...steps];
  }

  playAt(path: string, ...steps: readonly [Step, ...Step[]]): void {
    this.scripts.set(path, [...steps]);
  }

  /** Waits for that many requests altogether, or on one path, and returns them. */
  async received(count: number, path?: string, timeoutMs = 30_000): Promise<readonly ReceivedRequest[]> {
    const found = (): readonly ReceivedRequest[] =>
      path === undefined ? this.requests : this.requests.filter((request) => request.path === path);
    const what = `request ${String(count)}${path === undefined ? '' : ` on ${path}`}`;
    await until(() => found().length >= count, { timeoutMs, what, everyMs: 10 });
    return found();
  }

  /** Ends every connection as it is now; the receiver goes on listening. */
  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((done) => this.server.close(() => done()));
    this.dropConnections();
    await closed;
  }

  private async listen(): Promise<void> {
    if (this.server.listening) await new Promise<void>((done) => this.server.close(() => done()));
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', () => done()));
  }

  private async take(request: IncomingMessage): Promise<Step> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '/';
    this.requests.push({
      method: request.method ?? '',
      path,
      headers: request.headers,
      body: Buffer.concat(chunks),
      atMs: Date.now(),
      connection: this.numbers.get(request.socket) ?? 0,
      ...callerOf(request.socket),
    });
    const script = this.scripts.get(path.split('?')[0] ?? path) ?? this.common;
    return (script.length > 1 ? script.shift() : script[0]) ?? 200;
  }
}

function callerOf(socket: Socket): { callerFingerprint?: string } {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? {} : { callerFingerprint: certificate.fingerprint256 };
}
