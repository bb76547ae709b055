import { KafkaConnection, loadKafkaConfig } from '@signpost/kafka';

/** How topics are laid out on a cluster that somebody else runs: as always, where it has brokers enough. */
export async function layoutFor(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const connection = new KafkaConnection(loadKafkaConfig(env));
  try {
    const { brokers } = await (await connection.admin()).describeCluster();
    const replication = Math.min(3, brokers.length);
    return {
      KAFKA_REPLICATION: String(replication),
      KAFKA_MIN_INSYNC_REPLICAS: String(Math.min(2, replication)),
      ...env,
    };
  } finally {
    await connection.close();
  }
}
