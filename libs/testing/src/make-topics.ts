import { Kafka, logLevel, type ITopicConfig } from 'kafkajs';
import { until } from './until.js';

const WAIT_MS = 30_000;

/**
 * Makes topics that are no topics of Signpost, and returns once each of their partitions has a leader. kafkajs' own waiting
 * gives up on a broker that has not heard of a topic yet.
 */
export async function makeTopics(brokers: readonly string[], topics: readonly ITopicConfig[]): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [...topics], waitForLeaders: false });
    for (const { topic } of topics) {
      await until(() => admin.fetchTopicOffsets(topic), { timeoutMs: WAIT_MS, what: `the topic ${topic}` });
    }
  } finally {
    await admin.disconnect();
  }
}
