import { setTimeout as wait } from 'node:timers/promises';
import { ERROR } from './api.js';
import type { BrokerConnection } from './connection.js';
import { BrokerRefusedError, ConnectionLostError } from './errors.js';
import { KeptConnection } from './kept-connection.js';
import { openConnection, type Address, type WireOptions } from './open-connection.js';
import type { PartitionName } from './requests/fetch.js';
import { listOffsets, type ListedOffset, type WhichOffset } from './requests/list-offsets.js';
import { metadata } from './requests/metadata.js';

const REFRESH_PAUSE_MS = 50;

/** Which broker leads which partition, and the ways to them. Nothing is refreshed by time: errors say when it is due. */
export class Cluster {
  private brokers: ReadonlyMap<number, Address> = new Map();
  private readonly leaders = new Map<string, ReadonlyMap<number, number>>();
  private readonly topics = new Set<string>();
  private readonly open = new Set<BrokerConnection>();
  private readonly asking = new KeptConnection(() => this.firstThatAnswers());
  private refreshing: Promise<void> | undefined;
  private askedAt = -Infinity;
  private next = 0;
  private closed = false;

  constructor(
    private readonly bootstrap: readonly Address[],
    readonly options: WireOptions,
  ) {}

  /** The number of the broker that leads a partition, as far as is known; a topic not known yet is learnt with the next refresh. */
  leaderOf(topic: string, partition: number): number | undefined {
    this.topics.add(topic);
    const leader = this.leaders.get(topic)?.get(partition);
    return leader === undefined || leader < 0 || !this.brokers.has(leader) ? undefined : leader;
  }

  /** The partitions of a topic, as far as is known. */
  partitionsOf(topic: string): readonly number[] {
    this.topics.add(topic);
    return [...(this.leaders.get(topic)?.keys() ?? [])];
  }

  /** Asks a broker for the leaders anew; calls meanwhile share the answer. Rejects when no broker answers. */
  refresh(): Promise<void> {
    this.refreshing ??= this.refreshOnce().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  /** A connection of the caller's own: a fetch that waits for records holds back all that is behind it. */
  async connect(leader: number): Promise<BrokerConnection> {
    const address = this.brokers.get(leader);
    if (address === undefined) throw new ConnectionLostError(`broker ${String(leader)} is not known`);
    return this.connectTo(address);
  }

  async connectTo(address: Address): Promise<BrokerConnection> {
    const connection = await openConnection(address, this.options);
    this.open.add(connection);
    connection.onEnd(() => {
      this.open.delete(connection);
    });
    if (this.closed) connection.close();
    return connection;
  }

  /** Asks any broker; they share a connection for such questions. */
  async any<T>(ask: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    const connection = await this.asking.get();
    try {
      return await ask(connection);
    } catch (error) {
      // The next question goes to another broker, should there be one.
      connection.close();
      throw error;
    }
  }

  /**
   * The logs' first offsets, their ends, or those of a time.
   * @throws BrokerRefusedError while a partition has no leader that answers; the leaders are asked for anew then
   */
  async listOffsets(which: WhichOffset, partitions: readonly PartitionName[]): Promise<readonly ListedOffset[]> {
    const byLeader = new Map<number, PartitionName[]>();
    for (const name of partitions) {
      const leader = this.leaderOf(name.topic, name.partition) ?? (await this.learn(name));
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), name]);
    }
    const answers = await Promise.all(
      [...byLeader].map(async ([leader, names]) => {
        const connection = await this.connect(leader);
        try {
          return await listOffsets(connection, which, names, this.options.requestTimeoutMs);
        } finally {
          connection.close();
        }
      }),
    );
    const refused = answers.flat().find(({ error }) => error !== ERROR.none);
    if (refused === undefined) return answers.flat();
    await this.refresh();
    throw new BrokerRefusedError('a log does not say where it begins or ends', { ...refused });
  }

  close(): void {
    this.closed = true;
    for (const connection of [...this.open]) connection.close();
  }

  private async learn({ topic, partition }: PartitionName): Promise<number> {
    await this.refresh();
    const leader = this.leaderOf(topic, partition);
    if (leader === undefined)
      throw new BrokerRefusedError(`${topic} ${String(partition)} has no leader now`, { topic, partition });
    return leader;
  }

  private async refreshOnce(): Promise<void> {
    const pause = this.askedAt + REFRESH_PAUSE_MS - performance.now();
    if (pause > 0) await wait(pause);
    this.askedAt = performance.now();
    const said = await this.any((connection) => metadata(connection, [...this.topics], this.options.requestTimeoutMs));
    this.brokers = said.brokers;
    for (const { name, error, partitions } of said.topics) {
      // While a topic is being made or moved the broker may name no partition: what was known stays.
      if (error === ERROR.none || partitions.length > 0)
        this.leaders.set(name, new Map(partitions.map(({ partition, leader }) => [partition, leader])));
      else if (error === ERROR.unknownTopicOrPartition) this.leaders.delete(name);
    }
  }

  private async firstThatAnswers(): Promise<BrokerConnection> {
    const addresses = [...this.brokers.values(), ...this.bootstrap];
    let last: unknown;
    for (let tries = 0; tries < addresses.length && !this.closed; tries++) {
      const address = addresses[this.next++ % addresses.length];
      if (address === undefined) continue;
      try {
        return await this.connectTo(address);
      } catch (error) {
        last = error;
      }
    }
    throw last instanceof Error ? last : new ConnectionLostError('no broker can be connected to');
  }
}
