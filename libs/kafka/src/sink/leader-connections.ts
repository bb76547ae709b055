import type { Cluster } from '../wire/cluster.js';
import type { BrokerConnection } from '../wire/connection.js';
import { KeptConnection } from '../wire/kept-connection.js';
import type { Compression } from '../wire/records/compression.js';
import { produce, type Produced, type ProduceBatch } from '../wire/requests/produce.js';

/** The ways to the partitions' leaders, as the sender needs them. */
export interface Leaders {
  leaderOf(topic: string, partition: number): number | undefined;
  refresh(): Promise<void>;
  produce(leader: number, batches: readonly ProduceBatch[]): Promise<readonly Produced[]>;
  close(): void;
}

/** A connection to each leader for what is produced, made when it is needed. */
export class LeaderConnections implements Leaders {
  private readonly connections = new Map<number, KeptConnection>();
  private closed = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly compression: Compression,
  ) {}

  leaderOf(topic: string, partition: number): number | undefined {
    return this.cluster.leaderOf(topic, partition);
  }

  refresh(): Promise<void> {
    return this.cluster.refresh();
  }

  async produce(leader: number, batches: readonly ProduceBatch[]): Promise<readonly Produced[]> {
    const connection = await this.connected(leader);
    const { requestTimeoutMs: timeoutMs } = this.cluster.options;
    return produce(connection, batches, { timeoutMs, nowMs: Date.now(), compression: this.compression });
  }

  close(): void {
    this.closed = true;
    for (const connection of this.connections.values()) connection.close();
  }

  private async connected(leader: number): Promise<BrokerConnection> {
    let kept = this.connections.get(leader);
    if (kept === undefined) {
      kept = new KeptConnection(() => this.cluster.connect(leader));
      this.connections.set(leader, kept);
    }
    const connection = await kept.get();
    if (this.closed) connection.close();
    return connection;
  }
}
