import { KafkaConnection, loadKafkaConfig, patiently } from '@signpost/kafka';

const PARTITIONS = 12;

/**
 * The platform's own topics that the settings of ingest name.
 * @throws ConfigurationError for a setting or a sources file that is wrong
 */
export async function sourceTopics(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { loadIngestConfig } = await import('@signpost/ingest');
  return loadIngestConfig(env).sources.map(({ topic }) => topic);
}

/** Makes those that are not there, in a Kafka of our own: it runs only while we do, so nobody could make them before. */
export async function makeSourceTopics(topics: readonly string[], env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  if (topics.length === 0) return [];
  const connection = new KafkaConnection(loadKafkaConfig(env));
  try {
    // Names of our own are for ingest to refuse.
    const missing = await connection.missingTopics(topics.filter((topic) => connection.logical(topic) === topic));
    if (missing.length === 0) return [];
    const made = missing.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: 1 }));
    const admin = await connection.admin();
    // kafkajs' own waiting gives up on a broker that has not heard of the topic yet.
    await admin.createTopics({ topics: made, waitForLeaders: false });
    for (const topic of missing) await patiently(() => admin.fetchTopicOffsets(topic));
    return missing;
  } finally {
    await connection.close();
  }
}
