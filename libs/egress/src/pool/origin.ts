import type { SocketTarget } from '../connect/open-socket.js';
import type { Connection } from './connection.js';

/** Somebody who needs a connection. One of the two is called, once. */
export interface Turn {
  start(connection: Connection): void;
  /** The pool was closed first. */
  cancel(): void;
}

/** Scheme, host, port and TLS identity, with the connections to it. Lives as long as there is one, or somebody waits for one. */
export class Origin {
  /** The last one used is the first to be used again, so that surplus connections grow old. */
  readonly idle: Connection[] = [];
  readonly waiting: Turn[] = [];
  open = 0;
  /** For a shorter handshake next time. */
  tlsSession: Buffer | undefined;

  constructor(
    /** Of the pool: the URL, and who calls. */
    readonly key: string,
    readonly url: string,
    readonly target: SocketTarget,
  ) {}

  get isUnused(): boolean {
    return this.open === 0 && this.waiting.length === 0;
  }
}
