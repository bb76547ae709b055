import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { nowMicros } from '../measure/clock.js';
import { readStamp } from '../wire/payload.js';
import type { ParsedRequest } from '../wire/request-parser.js';
import type { Behaviour, Reply } from './behaviour.js';
import { Connection, type Taken } from './connection.js';
import { PathAccount, sumOf, type PathStats } from './path-account.js';

export interface ReceiverPorts {
  readonly http: number;
  /** Takes connections and never says a word. */
  readonly silent: number;
}

export interface Arrivals {
  readonly atMicros: number;
  /** Deliveries answered 2xx, of all paths. */
  readonly delivered: number;
}

export interface ReceiverStats {
  /** Requests that belong to no account of this run. */
  readonly strays: number;
  readonly paths: Readonly<Record<string, PathStats>>;
}

const STRAY_REPLY: Reply = { kind: 'answer', status: 200, afterMs: 0 };

/** All endpoints of a benchmark: HTTP by hand over plain sockets, so that it is never the slowest part. */
export class Receiver {
  #run = 0;
  #strays = 0;
  readonly #accounts = new Map<string, PathAccount>();
  readonly #open = new Set<Socket>();
  readonly #http = createServer({ noDelay: true }, (socket) => {
    this.#keep(socket);
    new Connection(socket, (request, now) => this.#take(request, now));
  });
  readonly #silent = createServer((socket) => {
    this.#keep(socket);
    socket.on('error', () => socket.destroy());
  });

  async listen(): Promise<ReceiverPorts> {
    return { http: await listening(this.#http), silent: await listening(this.#silent) };
  }

  /** Ends every connection and listens no longer. */
  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await Promise.all([this.#http, this.#silent].map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** Starts new accounts; what arrives with another run's number is a stray, and is answered 200. */
  begin(run: number, paths: Readonly<Record<string, Behaviour>>): void {
    this.#run = run;
    this.#strays = 0;
    this.#accounts.clear();
    for (const [path, behaviour] of Object.entries(paths)) this.#accounts.set(path, new PathAccount(behaviour));
  }

  behave(path: string, behaviour: Behaviour): void {
    this.#account(path).behaviour = behaviour;
  }

  arrivals(): Arrivals {
    let delivered = 0;
    for (const account of this.#accounts.values()) delivered += account.delivered;
    return { atMicros: nowMicros(), delivered };
  }

  forgetTimes(): void {
    for (const account of this.#accounts.values()) account.forgetTimes();
  }

  stats(): ReceiverStats {
    const paths = Object.fromEntries([...this.#accounts].map(([path, account]) => [path, account.stats()]));
    return { strays: this.#strays, paths };
  }

  /** Of all paths together: with a thousand of them each by itself would be much to tell. */
  total(): PathStats {
    return sumOf([...this.#accounts.values()].map((account) => account.stats()));
  }

  missing(path: string, count: number): readonly number[] {
    return this.#account(path).missing(count);
  }

  #keep(socket: Socket): void {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
  }

  #take(request: ParsedRequest, now: number): Taken {
    const account = this.#accounts.get(request.path);
    const stamp = readStamp(request.bytes, request.bodyStart, request.bodyEnd);
    if (account !== undefined && stamp?.run === this.#run) {
      return { account, sequence: stamp.sequence, reply: account.arrived(stamp, now) };
    }
    this.#strays += 1;
    return { account: undefined, sequence: 0, reply: STRAY_REPLY };
  }

  #account(path: string): PathAccount {
    const account = this.#accounts.get(path);
    if (account === undefined) throw new Error(`no account of ${path}`);
    return account;
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', 4_096, resolve);
  });
  return (server.address() as AddressInfo).port;
}
