import type { Socket } from 'node:net';
import { nowMicros } from '../measure/clock.js';
import { RequestParser, type ParsedRequest } from '../wire/request-parser.js';
import type { Reply } from './behaviour.js';
import type { PathAccount } from './path-account.js';

const OK = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
const DRIPPED = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n'.padEnd(1_000, '.'));

/** One request taken into its account; without an account it is a stray. */
export interface Taken {
  readonly reply: Reply;
  readonly account: PathAccount | undefined;
  readonly sequence: number;
}

/**
 * One connection to the receiver. Requests are answered in order: while one waits for its answer, those behind
 * it on the same connection are not looked at.
 */
export class Connection {
  readonly #parser = new RequestParser();
  #timer: NodeJS.Timeout | undefined;
  #busy = false;

  constructor(
    private readonly socket: Socket,
    private readonly take: (request: ParsedRequest, nowMicros: number) => Taken,
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.#parser.push(chunk);
      this.#goOn();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => clearTimeout(this.#timer));
  }

  #goOn(): void {
    try {
      while (!this.#busy) {
        const request = this.#parser.next();
        if (request === undefined) return;
        const now = nowMicros();
        this.#follow(this.take(request, now), now);
      }
    } catch {
      // It is no client of ours, or it is broken: either way its requests will be missing from the account.
      this.socket.destroy();
    }
  }

  #follow(taken: Taken, now: number): void {
    const { reply } = taken;
    switch (reply.kind) {
      case 'answer':
        if (reply.afterMs === 0) this.#answer(taken, reply.status, reply.retryAfterSeconds, now);
        else
          this.#later(reply.afterMs, () => {
            this.#answer(taken, reply.status, reply.retryAfterSeconds, nowMicros());
            this.#busy = false;
            this.#goOn();
          });
        return;
      case 'reset':
        this.socket.resetAndDestroy();
        this.#busy = true;
        return;
      case 'hang':
        this.#busy = true;
        return;
      case 'drip':
        this.#drip(0);
        return;
    }
  }

  #answer({ account, sequence }: Taken, status: number, retryAfterSeconds: number | undefined, now: number): void {
    if (this.socket.destroyed) return;
    const retryAfter = retryAfterSeconds === undefined ? '' : `retry-after: ${String(retryAfterSeconds)}\r\n`;
    this.socket.write(status === 200 ? OK : `HTTP/1.1 ${String(status)} -\r\n${retryAfter}content-length: 0\r\n\r\n`);
    account?.answered(sequence, status, now);
  }

  #drip(at: number): void {
    this.socket.write(DRIPPED.subarray(at, at + 1));
    this.#later(1_000, () => this.#drip(at + 1));
  }

  #later(ms: number, act: () => void): void {
    this.#busy = true;
    this.#timer = setTimeout(act, ms);
  }
}
