import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import type { PartitionPosition } from '../measure/advance-watch.js';

const POLL_MS = 500;

/** Reads from the broker itself how far the product's consumer groups have come. */
export class BrokerView {
  readonly #admin: Admin;
  #connected: Promise<void> | undefined;

  constructor(
    brokers: readonly string[],
    private readonly topicPrefix: string,
  ) {
    this.#admin = new Kafka({ clientId: 'signpost-bench', brokers: [...brokers], logLevel: logLevel.ERROR }).admin();
  }

  /** Of every partition of these topics; a group that has never committed stands at 0. */
  async positions(group: string, topics: readonly string[]): Promise<readonly PartitionPosition[]> {
    this.#connected ??= this.#admin.connect();
    await this.#connected;
    const names = topics.map((topic) => this.topicPrefix + topic);
    const [committed, ...ends] = await Promise.all([
      this.#admin.fetchOffsets({ groupId: this.topicPrefix + group, topics: names }),
      ...names.map((name) => this.#admin.fetchTopicOffsets(name)),
    ]);
    return names.flatMap((name, at) => {
      const ofTopic = committed.find(({ topic }) => topic === name)?.partitions ?? [];
      const committedOf = new Map(ofTopic.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]));
      return (ends[at] ?? []).map(({ partition, high }) => ({
        partition: `${name} ${String(partition)}`,
        committed: committedOf.get(partition) ?? 0,
        end: Number(high),
      }));
    });
  }

  /** Records that the group has not yet committed. */
  async lag(group: string, topics: readonly string[]): Promise<number> {
    const positions = await this.positions(group, topics);
    return positions.reduce((sum, { committed, end }) => sum + Math.max(0, end - committed), 0);
  }

  /** Resolves once the group has committed all that the topics hold; throws when it takes too long. */
  async caughtUp(
    group: string,
    topics: readonly string[],
    timeoutMs: number,
    tell: (lag: number) => void = () => undefined,
  ): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const lag = await this.lag(group, topics);
      tell(lag);
      if (lag === 0) return;
      if (performance.now() > deadline) throw new Error(`${group} is still ${String(lag)} records behind`);
      await wait(POLL_MS);
    }
  }

  async close(): Promise<void> {
    if (this.#connected === undefined) return;
    await this.#connected.catch(() => undefined);
    await this.#admin.disconnect();
  }
}
