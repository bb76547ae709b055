import type { Cluster } from '../wire/cluster.js';
import type { BrokerConnection } from '../wire/connection.js';
import { KeptConnection } from '../wire/kept-connection.js';
import {
  commitOffsets,
  findCoordinator,
  type Membership,
  type OffsetToCommit,
} from '../wire/requests/offset-commit.js';

/**
 * Commits a group's offsets at its coordinator, each request once. The client that keeps the membership would try
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
    const coordinator = await this.coordinator.get();
    try {
      const timeoutMs = this.cluster.options.requestTimeoutMs;
      await commitOffsets(coordinator, { groupId: this.groupId, ...membership }, offsets, timeoutMs);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.coordinator.close();
  }

  private async find(): Promise<BrokerConnection> {
    const { requestTimeoutMs } = this.cluster.options;
    const address = await this.cluster.any((connection) => findCoordinator(connection, this.groupId, requestTimeoutMs));
    return this.cluster.connectTo(address);
  }
}
