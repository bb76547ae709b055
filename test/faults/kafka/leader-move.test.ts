import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import { freshFolder, startKafka, until, type EmbeddedKafka } from '@signpost/testing';
import { openKafka, testEnvironment, type KafkaUnderTest } from '../../integration/kafka/kafka-under-test.js';
import { expectAllThere, SteadyAppends } from './acknowledged.js';

describe('leaders that move from one broker to another under load', () => {
  let cluster: EmbeddedKafka;
  let kafka: KafkaUnderTest;
  beforeAll(async () => {
    cluster = await startKafka({ dataFolder: freshFolder(), brokers: 2 });
    kafka = await openKafka(
      testEnvironment(cluster.brokers, { KAFKA_REPLICATION: '2', KAFKA_REQUEST_TIMEOUT_MS: '2000' }),
    );
  });
  afterAll(async () => {
    await kafka.close();
    await cluster.stop();
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'lose nothing that was acknowledged (%s)',
    async (signal) => {
      const topic = signal === 'SIGTERM' ? TOPICS.messages : TOPICS.deliveries;
      const appends = new SteadyAppends(kafka.sink, topic, 60);
      const more = async (count: number): Promise<void> => {
        const before = appends.count;
        await until(() => appends.count > before + count, { timeoutMs: 60_000, what: 'the stream to go on' });
      };
      await more(500);
      for (const node of [1, 2]) {
        await cluster.kill(signal, node);
        await more(1_000);
        await cluster.restart(node);
        await inSync(kafka, topic, 2);
        await more(500);
      }
      expectAllThere(await appends.stop(), await kafka.read(topic));
    },
    120_000,
  );
});

/** Until then stopping the other broker would take the only copy away. */
async function inSync(kafka: KafkaUnderTest, name: string, replicas: number): Promise<void> {
  const admin = await kafka.connection.admin();
  await until(
    async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [kafka.connection.physical(name)] });
      return topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === replicas));
    },
    { timeoutMs: 30_000, what: 'the replicas to be in sync' },
  );
}
