import { Committer } from '../consumer/committer.js';
import { ERROR } from '../wire/api.js';
import type { Cluster } from '../wire/cluster.js';
import type { BrokerConnection } from '../wire/connection.js';
import { BrokerRefusedError } from '../wire/errors.js';
import { KeptConnection } from '../wire/kept-connection.js';
import { writtenAt } from '../wire/records/decode.js';
import { fetch, type PartitionName } from '../wire/requests/fetch.js';
import { listOffsets, type ListedOffset } from '../wire/requests/list-offsets.js';
import type { CommittedOffset } from '../wire/requests/offset-fetch.js';

/** A fetch of its own, without a session that the broker would have to keep. */
const NO_SESSION = { id: 0, epoch: -1 } as const;
/** A broker hands over one whole batch all the same. */
const LEAST = { waitMs: 0, leastBytes: 0, bytes: 1, bytesPerPartition: 1 } as const;

/**
 * What a look at the backlog asks the brokers, over connections that are kept from one look to the next: every few seconds a new
 * one to each broker would cost more than the questions.
 */
export class BacklogQuestions {
  private readonly leaders = new Map<number, KeptConnection>();
  private readonly committers = new Map<string, Committer>();
  /** Requests made. */
  asked = 0;

  constructor(private readonly cluster: Cluster) {}

  committed(groupId: string, partitions: readonly PartitionName[]): Promise<readonly CommittedOffset[]> {
    let committer = this.committers.get(groupId);
    if (committer === undefined) {
      committer = new Committer(this.cluster, groupId);
      this.committers.set(groupId, committer);
    }
    this.asked += 1;
    return committer.committed(partitions);
  }

  /** @throws BrokerRefusedError while a partition has no leader that answers; the leaders are asked for anew then */
  async offsets(which: 'first' | 'end', partitions: readonly PartitionName[]): Promise<readonly ListedOffset[]> {
    const byLeader = new Map<number, PartitionName[]>();
    for (const name of partitions) {
      const leader = await this.leaderOf(name);
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), name]);
    }
    const { requestTimeoutMs } = this.cluster.options;
    const answers = await Promise.all(
      [...byLeader].map(([leader, names]) =>
        this.ask(leader, (connection) => listOffsets(connection, which, names, requestTimeoutMs)),
      ),
    );
    const refused = answers.flat().find(({ error }) => error !== ERROR.none);
    if (refused === undefined) return answers.flat();
    await this.cluster.refresh();
    throw new BrokerRefusedError('a log does not say where it begins or ends', { ...refused });
  }

  /** When the batch was written that holds this record, in milliseconds since 1970; undefined where there is none to be had. */
  async writtenAt(record: PartitionName & { readonly from: number }): Promise<number | undefined> {
    const { topic, partition, from } = record;
    const { requestTimeoutMs } = this.cluster.options;
    const wanted = [{ topic, partition, offset: from }];
    const answer = await this.ask(await this.leaderOf(record), (connection) =>
      fetch(connection, { session: NO_SESSION, wanted, forgotten: [] }, LEAST, requestTimeoutMs),
    );
    const [part] = answer.partitions;
    return answer.error !== ERROR.none || part?.error !== ERROR.none ? undefined : writtenAt(part.records);
  }

  close(): void {
    for (const leader of this.leaders.values()) leader.close();
    for (const committer of this.committers.values()) committer.close();
  }

  private async leaderOf({ topic, partition }: PartitionName): Promise<number> {
    const known = this.cluster.leaderOf(topic, partition);
    if (known !== undefined) return known;
    await this.cluster.refresh();
    const leader = this.cluster.leaderOf(topic, partition);
    if (leader === undefined)
      throw new BrokerRefusedError(`${topic} ${String(partition)} has no leader now`, { topic, partition });
    return leader;
  }

  private async ask<T>(leader: number, question: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    let kept = this.leaders.get(leader);
    if (kept === undefined) {
      kept = new KeptConnection(() => this.cluster.connect(leader));
      this.leaders.set(leader, kept);
    }
    this.asked += 1;
    const connection = await kept.get();
    try {
      return await question(connection);
    } catch (error) {
      // Another broker may lead by now.
      this.leaders.delete(leader);
      connection.close();
      await this.cluster.refresh().catch(() => undefined);
      throw error;
    }
  }
}
