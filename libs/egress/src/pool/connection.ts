import type { Socket } from 'node:net';
import { Client } from 'undici';
import type { Attempt } from '../attempt/attempt.js';
import { openSocket, type Opening, type SocketOptions } from '../connect/open-socket.js';
import type { Origin } from './origin.js';

export interface RequestParts {
  readonly method: 'POST' | 'PUT' | 'OPTIONS';
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer | null;
}

export interface ConnectionOptions extends SocketOptions {
  /** Bytes that are read of one answer, head, framing and body; with more its connection is closed. */
  readonly mostAnswerBytes: number;
}

/** How long a connection is kept unused where the receiver does not say how long it keeps it. */
const IDLE_MS = 4_000;
/** A receiver's `Keep-Alive: timeout` is believed up to this. */
const MOST_IDLE_MS = 60_000;
const MOST_HEADER_BYTES = 16_384;
const NEVER = 0;

/**
 * One socket to one origin, and at most one attempt on it at a time. undici's Client writes HTTP; it is closed
 * from here alone, so that a socket is given back the moment that its attempt is over.
 */
export class Connection {
  private readonly client: Client;
  private attempt: Attempt | undefined;
  private opening: Opening | undefined;
  private socket: Socket | undefined;
  private readBefore = 0;

  /** `lost` is called when the connection ends while no attempt uses it. */
  constructor(
    readonly origin: Origin,
    private readonly options: ConnectionOptions,
    lost: (connection: Connection) => void,
  ) {
    this.client = new Client(origin.url, {
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: MOST_HEADER_BYTES,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: MOST_IDLE_MS,
      // The attempt has its own clock: undici's are coarse, and one of them starts anew with each byte.
      headersTimeout: NEVER,
      bodyTimeout: NEVER,
      connect: (_target, opened) => this.open(opened),
    });
    this.client.on('disconnect', () => {
      if (this.attempt === undefined) lost(this);
    });
  }

  run(attempt: Attempt, request: RequestParts): void {
    this.attempt = attempt;
    this.readBefore = this.socket?.bytesRead ?? 0;
    const { method, path, headers, body } = request;
    this.client.dispatch({ path, method, headers, body }, attempt);
  }

  /** The attempt is over and the connection waits for another. */
  rest(): void {
    this.attempt = undefined;
  }

  /** Whatever it is doing; what is under way fails with SENDER_CLOSED unless it has settled. */
  close(): void {
    // A client that still connects does not know its socket yet.
    this.opening?.destroy();
    this.socket?.destroy();
    void this.client.destroy();
    this.attempt = undefined;
  }

  private open(opened: (...args: [Error, null] | [null, Socket]) => void): void {
    const { attempt, origin } = this;
    if (attempt === undefined) {
      opened(new Error('nothing to send'), null);
      return;
    }
    attempt.opensSocket = true;
    this.opening = openSocket(origin.target, this.options, origin.tlsSession, attempt, (error, socket) => {
      if (socket === null) {
        opened(error ?? new Error('not connected'), null);
        return;
      }
      this.socket = socket;
      this.readBefore = socket.bytesRead;
      socket.on('readable', () => this.measure());
      socket.on('session', (session: Buffer) => (origin.tlsSession = session));
      opened(null, socket);
    });
  }

  /** A body, headers, chunk extensions or interim answers without end: no limit of a parser sees them all. */
  private measure(): void {
    const read = (this.socket?.bytesRead ?? 0) - this.readBefore;
    if (read > this.options.mostAnswerBytes) this.attempt?.flooded();
  }
}
