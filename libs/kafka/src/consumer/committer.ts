import type { Cluster } from '../wire/cluster.js';
import type { BrokerConnection } from '../wire/connection.js';
import type { PartitionName } from '../wire/requests/fetch.js';
import { KeptConnection } from '../wire/kept-connection.js';
import {
  commitOffsets,
  findCoordinator,
  type Membership,
  type OffsetToCommit,
} from '../wire/requests/offset-commit.js';
import { fetchOffsets, type CommittedOffset } from '../wire/requests/offset-fetch.js';

/**
 * Commits a group's offsets at its coordinator and asks for them there, each request once. The client that keeps the membership would try
 * again by itself, with the generation of then: a commit of what another owns by then would be taken.
 */
export class Committer {
  private readonly coordinator = new KeptConnection(() => this.find());

  constructor(
    private readonly cluster: Cluster,
    private readonly groupId: string,
  ) {}

  /** @throws whatever says that it is not known to be committed; the coordinator is looked for anew then */
  async commit(membership: Omit<Membership, 'groupId'>, offsets: readonly OffsetToCommit[]): Promise<void> {
    await this.ask((coordinator, timeoutMs) =>
      commitOffsets(coordinator, { groupId: this.groupId, ...membership }, offsets, timeoutMs),
    );
  }

  /** @throws whatever keeps it from being known; the coordinator is looked for anew then */
  async committed(partitions: readonly PartitionName[]): Promise<readonly CommittedOffset[]> {
    return this.ask((coordinator, timeoutMs) => fetchOffsets(coordinator, this.groupId, partitions, timeoutMs));
  }

  close(): void {
    this.coordinator.close();
  }

  private async ask<T>(question: (coordinator: BrokerConnection, timeoutMs: number) => Promise<T>): Promise<T> {
    const coordinator = await this.coordinator.get();
    try {
      return await question(coordinator, this.cluster.options.requestTimeoutMs);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private async find(): Promise<BrokerConnection> {
    const { requestTimeoutMs } = this.cluster.options;
    const address = await this.cluster.any((connection) => findCoordinator(connection, this.groupId, requestTimeoutMs));
    return this.cluster.connectTo(address);
  }
}
