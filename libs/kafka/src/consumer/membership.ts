import type { Consumer } from 'kafkajs';
import type { Joined } from './assignment.js';
import { isRefusal } from './refusal.js';

const PAUSE_MS = [100, 250, 500, 1_000, 2_000] as const;
/** Longer than a rebalance may last: whoever waits for slow members is not to be disturbed. */
const SILENT_MS = 90_000;

/** Who commits: a member of the group in one of its generations. */
export interface Member {
  readonly memberId: string;
  readonly generation: number;
}

/** Called in the turn in which the client's own state changes. */
export interface MembershipEvents {
  joined(assignment: Joined): void;
  /** The coordinator knows the member, in this generation. */
  alive(member: Member): void;
  /** The member is no more; another one joins in a moment, unless the group refused it. */
  lost(error: unknown): void;
  /** The group can't be joined, now or later, without a change of somebody's settings. */
  refused(error: unknown): void;
}

/**
 * Keeps this process a member of a group, whatever becomes of the client. kafkajs gives up for good where a broker was
 * only slow (it could not name the coordinator in time, say), and what is given up would never be read again: so it
 * never starts anew by itself, but each time that it gives up, or is not heard of for too long, another takes its place.
 */
export class Membership {
  private client: Consumer | undefined;
  private timer: NodeJS.Timeout | undefined;
  private watch: NodeJS.Timeout | undefined;
  private failures = 0;
  /** The member that the assignment was made to; undefined while the client joins anew. */
  private joinedAs: string | undefined;

  constructor(
    private readonly open: () => Consumer,
    private readonly events: MembershipEvents,
  ) {}

  /** The client of now. */
  get current(): Consumer | undefined {
    return this.client;
  }

  /** Resolves once the group has been joined, or the client has failed to and another will. Rejects when Kafka does not answer. */
  async start(topics: readonly string[]): Promise<void> {
    const client = this.begin(topics);
    try {
      await this.join(client, topics);
    } catch (error) {
      this.end();
      discard(client);
      throw error;
    }
  }

  /** Resolves once the group has been left; nothing is told any more. */
  async leave(): Promise<void> {
    await this.end()?.disconnect();
  }

  private end(): Consumer | undefined {
    const { client } = this;
    this.client = undefined;
    clearTimeout(this.timer);
    clearTimeout(this.watch);
    return client;
  }

  private begin(topics: readonly string[]): Consumer {
    const client = this.open();
    const { REBALANCING, GROUP_JOIN, HEARTBEAT, CRASH } = client.events;
    this.client = client;
    this.heard(client, topics);
    client.on(REBALANCING, () => {
      if (client === this.client) this.joinedAs = undefined;
    });
    client.on(GROUP_JOIN, ({ payload }) => {
      if (client !== this.client) {
        discard(client);
        return;
      }
      this.failures = 0;
      this.heard(client, topics);
      // It fetches nothing: it only sends heartbeats.
      client.pause(topics.map((topic) => ({ topic })));
      this.joinedAs = payload.memberId;
      this.events.joined(payload);
    });
    client.on(HEARTBEAT, ({ payload: { memberId, groupGenerationId: generation } }) => {
      if (client !== this.client) return;
      this.heard(client, topics);
      // While it joins, the client may tell of the next generation before it has that one's assignment.
      if (memberId !== this.joinedAs) return;
      this.events.alive({ memberId, generation });
    });
    client.on(CRASH, ({ payload: { error } }) => {
      this.replace(client, topics, error);
    });
    return client;
  }

  private async join(client: Consumer, topics: readonly string[]): Promise<void> {
    await client.connect();
    await client.subscribe({ topics: [...topics], fromBeginning: true });
    if (client !== this.client) discard(client);
    else await client.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: () => Promise.resolve() });
  }

  private replace(client: Consumer, topics: readonly string[], error: unknown): void {
    if (client !== this.client) return;
    this.client = undefined;
    this.joinedAs = undefined;
    clearTimeout(this.watch);
    discard(client);
    this.events.lost(error);
    if (isRefusal(error)) {
      this.events.refused(error);
      return;
    }
    const pauseMs = PAUSE_MS[Math.min(this.failures++, PAUSE_MS.length - 1)];
    this.timer = setTimeout(() => {
      const next = this.begin(topics);
      this.join(next, topics).catch((failure: unknown) => {
        this.replace(next, topics, failure);
      });
    }, pauseMs);
  }

  /** From now on it may be silent for a while. */
  private heard(client: Consumer, topics: readonly string[]): void {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => {
      this.replace(client, topics, new Error(`nothing was heard of the group for ${String(SILENT_MS)} ms`));
    }, SILENT_MS).unref();
  }
}

/** Whatever it still does must not keep a place in the group that nobody works for. */
function discard(client: Consumer): void {
  client.disconnect().catch(() => undefined);
}
