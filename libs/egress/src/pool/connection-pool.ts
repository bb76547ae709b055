import type { SocketTarget } from '../connect/open-socket.js';
import { Connection, type ConnectionOptions } from './connection.js';
import { Origin, type Turn } from './origin.js';

export interface PoolLimits {
  readonly maxSockets: number;
  readonly maxSocketsPerOrigin: number;
  /** Turns that may wait, of all origins together. */
  readonly maxWaiting: number;
}

export interface PoolStatus {
  readonly origins: number;
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

/**
 * Keeps connections and shares them out. At the limit, an unused connection of another origin gives way; if there
 * is none, origins that wait take turns, so that a busy one cannot keep a place for ever.
 */
export class ConnectionPool {
  private readonly origins = new Map<string, Origin>();
  /** All unused connections, the one unused longest first. */
  private readonly idle = new Set<Connection>();
  private readonly connections = new Set<Connection>();
  /** Origins that wait because of the total alone, in the order of their turns. */
  private readonly starved = new Set<Origin>();
  private waiting = 0;

  constructor(
    private readonly limits: PoolLimits,
    private readonly options: ConnectionOptions,
  ) {}

  status(): PoolStatus {
    const { origins, connections, idle, waiting } = this;
    return { origins: origins.size, open: connections.size, idle: idle.size, waiting };
  }

  /** Starts `turn` at once if there is a place, later otherwise. False when too many wait already. */
  acquire(url: string, target: SocketTarget, turn: Turn): boolean {
    const origin = this.originOf(url, target);
    const connection = origin.idle.pop();
    if (connection !== undefined) {
      this.idle.delete(connection);
      turn.start(connection);
    } else if (this.mayOpen(origin) && this.makeRoom()) {
      turn.start(this.openTo(origin));
    } else if (this.waiting < this.limits.maxWaiting) {
      origin.waiting.push(turn);
      this.waiting += 1;
      if (this.mayOpen(origin)) this.starved.add(origin);
    } else {
      this.forgetUnused(origin);
      return false;
    }
    return true;
  }

  /** The attempt on it is over, and the connection can carry another. */
  giveBack(connection: Connection): void {
    if (this.starved.size > 0) {
      // Not from inside undici's callback, which goes on to use what would be destroyed under it.
      queueMicrotask(() => this.discard(connection));
      return;
    }
    connection.rest();
    const turn = this.shiftWaiting(connection.origin);
    if (turn !== undefined) {
      turn.start(connection);
    } else if (this.connections.has(connection)) {
      connection.origin.idle.push(connection);
      this.idle.add(connection);
    }
  }

  /** The attempt on it is over, and so is the connection. */
  discard(connection: Connection): void {
    this.remove(connection);
    connection.close();
    this.nextTurns(connection.origin);
  }

  /** A new connection in the place of one that turned out to be closed. */
  replace(connection: Connection): Connection {
    this.remove(connection);
    connection.close();
    return this.openTo(connection.origin);
  }

  closeAll(): void {
    for (const connection of this.connections) connection.close();
    for (const origin of this.origins.values()) for (const turn of origin.waiting.splice(0)) turn.cancel();
    this.waiting = 0;
    this.connections.clear();
    this.idle.clear();
    this.starved.clear();
    this.origins.clear();
  }

  private originOf(url: string, target: SocketTarget): Origin {
    const identity = target.identity?.key ?? '';
    const key = identity === '' ? url : `${url} ${identity}`;
    const known = this.origins.get(key);
    if (known !== undefined) return known;
    const origin = new Origin(key, url, target);
    this.origins.set(key, origin);
    return origin;
  }

  private mayOpen(origin: Origin): boolean {
    return origin.open < this.limits.maxSocketsPerOrigin;
  }

  private makeRoom(): boolean {
    if (this.connections.size < this.limits.maxSockets) return true;
    const [oldest] = this.idle;
    if (oldest === undefined) return false;
    this.lose(oldest);
    return true;
  }

  private openTo(origin: Origin): Connection {
    const connection = new Connection(origin, this.options, (lost) => this.lose(lost));
    this.connections.add(connection);
    this.origins.set(origin.key, origin);
    origin.open += 1;
    return connection;
  }

  /** An unused connection ended, or has to give way. */
  private lose(connection: Connection): void {
    if (!this.idle.has(connection)) return;
    this.remove(connection);
    connection.close();
  }

  private remove(connection: Connection): void {
    const { origin } = connection;
    if (!this.connections.delete(connection)) return;
    origin.open -= 1;
    if (this.idle.delete(connection)) origin.idle.splice(origin.idle.indexOf(connection), 1);
    this.forgetUnused(origin);
  }

  private forgetUnused(origin: Origin): void {
    if (origin.isUnused) this.origins.delete(origin.key);
  }

  private shiftWaiting(origin: Origin): Turn | undefined {
    const turn = origin.waiting.shift();
    if (turn !== undefined) this.waiting -= 1;
    return turn;
  }

  private nextTurns(freed: Origin): void {
    if (freed.waiting.length > 0) this.starved.add(freed);
    for (const origin of this.starved) {
      if (!this.makeRoom()) return;
      this.starved.delete(origin);
      const turn = this.shiftWaiting(origin);
      if (turn === undefined) continue;
      const connection = this.openTo(origin);
      // To the end of the row: one turn each.
      if (origin.waiting.length > 0 && this.mayOpen(origin)) this.starved.add(origin);
      turn.start(connection);
    }
  }
}
