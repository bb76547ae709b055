import { setTimeout as wait } from 'node:timers/promises';
import { ERROR } from '../wire/api.js';
import type { Cluster } from '../wire/cluster.js';
import type { BrokerConnection } from '../wire/connection.js';
import { BrokerRefusedError } from '../wire/errors.js';
import { Pace } from '../wire/pace.js';
import { fetch, type FetchedPartition, type FetchLimits } from '../wire/requests/fetch.js';
import { FetchSession } from './fetch-session.js';
import type { Target } from './target.js';

const FETCH_SPACING_MS = 3;
/**
 * Where an answer brought so much, the next request leaves no sooner than this after the last: at such a rate more
 * gathers meanwhile, and a request costs client and broker much the same for ten records as for fifty. An answer as
 * large as this holds nobody up: there is a backlog.
 */
const CROWD = { bytes: 16_384, backlogBytes: 262_144, spacingMs: 6 } as const;
const RETRY_MS = [50, 100, 250, 500, 1_000] as const;

/** How a broker is asked: after an answer without records, and while they keep coming. */
export interface FetchPatience {
  readonly idle: FetchLimits;
  readonly busy: FetchLimits;
}

export interface LeaderFetchEvents {
  /** Part of an answer. */
  fetched(part: FetchedPartition): void;
  /** The broker did not answer, or not as it should; fetching goes on by itself. */
  failed(error: unknown): void;
}

/** Fetches what one broker leads, over a connection of its own: one request after another, whatever its readers do. */
export class LeaderFetch {
  private readonly session = new FetchSession();
  private readonly pace = new Pace(FETCH_SPACING_MS);
  private connection: BrokerConnection | undefined;
  private wakeUp: (() => void) | undefined;
  private failures = 0;
  private busy = false;
  /** By performance.now(). */
  private restsUntil = 0;
  private stopped = false;

  constructor(
    private readonly leader: number,
    private readonly cluster: Cluster,
    private readonly limits: FetchPatience,
    private readonly events: LeaderFetchEvents,
  ) {
    void this.run();
  }

  add(target: Target): void {
    this.session.add(target);
    this.wakeUp?.();
  }

  remove(target: Target): void {
    this.session.remove(target);
  }

  askedFor(target: Target): number | undefined {
    return this.session.askedFor(target);
  }

  touch(target: Target): void {
    this.session.touch(target);
    this.wakeUp?.();
  }

  stop(): void {
    this.stopped = true;
    this.wakeUp?.();
    this.connection?.close();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.fetchOnce();
        this.failures = 0;
      } catch (error) {
        this.session.reset();
        this.connection?.close();
        this.connection = undefined;
        this.events.failed(error);
        await wait(RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)]);
      }
    }
  }

  private async fetchOnce(): Promise<void> {
    const now = performance.now();
    const pauseMs = Math.max(this.pace.next(now), this.restsUntil - now);
    if (pauseMs >= 1) await wait(pauseMs);
    if (this.connection?.usable !== true && !this.session.wanting) {
      // A broker that leads nothing of interest any more may be gone for good.
      await this.woken();
      return;
    }
    const connection = await this.connected();
    const request = this.session.next();
    if (request === undefined) {
      await this.woken();
      return;
    }
    const limits = this.busy ? this.limits.busy : this.limits.idle;
    const askedAt = performance.now();
    const answer = await fetch(connection, request, limits, this.cluster.options.requestTimeoutMs);
    if (answer.error !== ERROR.none) {
      this.session.reset();
      const forgotten =
        answer.error === ERROR.fetchSessionIdNotFound || answer.error === ERROR.invalidFetchSessionEpoch;
      if (!forgotten) throw new BrokerRefusedError('a broker refuses to be read from', { error: answer.error });
      return;
    }
    this.session.answered(answer);
    const bytes = answer.partitions.reduce((sum, { records }) => sum + records.length, 0);
    this.busy = bytes > 0;
    this.restsUntil = bytes >= CROWD.bytes && bytes < CROWD.backlogBytes ? askedAt + CROWD.spacingMs : 0;
    for (const part of answer.partitions) this.events.fetched(part);
  }

  private async connected(): Promise<BrokerConnection> {
    if (this.connection?.usable === true) return this.connection;
    this.connection?.close();
    this.session.reset();
    const connection = await this.cluster.connect(this.leader);
    this.connection = connection;
    if (this.stopped) connection.close();
    return connection;
  }

  private async woken(): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => (this.wakeUp = resolve));
    this.wakeUp = undefined;
  }
}
