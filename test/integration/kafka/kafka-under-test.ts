import { freshTopicPrefix, testKafkaBrokers } from '@signpost/testing';
import type { MemberOptions } from '../../../libs/testing/src/contracts/record-source.contract.js';
import {
  KafkaConnection,
  KafkaConsumerStrategy,
  KafkaRecordSink,
  KafkaTopicFollower,
  loadKafkaConfig,
  type ConsumerGroupOptions,
} from '@signpost/kafka';
import type { OutgoingRecord, IncomingRecord } from '@signpost/ports';

/** Settings for a small cluster: topics of a few partitions under a prefix that nobody else has. */
export function testEnvironment(
  brokers: readonly string[] = testKafkaBrokers(),
  more: NodeJS.ProcessEnv = {},
): NodeJS.ProcessEnv {
  return {
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPIC_PREFIX: freshTopicPrefix(),
    KAFKA_PARTITIONS: '6',
    KAFKA_REPLICATION: '1',
    KAFKA_MIN_INSYNC_REPLICAS: '1',
    KAFKA_SESSION_TIMEOUT_MS: '6000',
    ...more,
  };
}

export interface KafkaUnderTest {
  readonly connection: KafkaConnection;
  readonly sink: KafkaRecordSink;
  readonly follower: KafkaTopicFollower;
  readonly join: (options: JoinOptions) => Promise<KafkaConsumerStrategy>;
  readonly read: (topic: OutgoingRecord['topic']) => Promise<ReadonlyMap<number, readonly IncomingRecord[]>>;
  readonly close: () => Promise<void>;
}

export type JoinOptions = MemberOptions & Partial<Omit<ConsumerGroupOptions, 'topics' | 'group'>>;

/** The adapter's parts on one connection, with their topics made. */
export async function openKafka(env: NodeJS.ProcessEnv = testEnvironment()): Promise<KafkaUnderTest> {
  const connection = new KafkaConnection(loadKafkaConfig(env));
  await connection.ensureTopics();
  const sink = new KafkaRecordSink(connection);
  const follower = new KafkaTopicFollower(connection);
  const members: KafkaConsumerStrategy[] = [];
  return {
    connection,
    sink,
    follower,
    join: async (options) => {
      const member = await joinGroup(connection, options);
      members.push(member);
      return member;
    },
    read: (topic) => readAll(follower, topic),
    close: async () => {
      await Promise.all(members.map((member) => member.close()));
      await follower.close();
      await sink.close();
      await connection.close();
    },
  };
}

/** A member whose handler is given, as Nest would register it. */
export async function joinGroup(connection: KafkaConnection, options: JoinOptions): Promise<KafkaConsumerStrategy> {
  const { topics, handler, recordsPerPartition, ...rest } = options;
  const member = new KafkaConsumerStrategy(connection, {
    transport: Symbol(options.group),
    graceMs: 2_000,
    onFatal: (error) => {
      throw error;
    },
    ...(recordsPerPartition === undefined ? {} : { limits: { recordsPerPartition } }),
    ...rest,
  });
  for (const topic of topics)
    member.addHandler(topic, async (batch: Parameters<typeof handler>[0]) => handler(batch), true);
  await new Promise<void>((resolve, reject) => {
    void member.listen((error) =>
      error === undefined
        ? resolve()
        : reject(error instanceof Error ? error : new Error('the group was not joined', { cause: error })),
    );
  });
  return member;
}

async function readAll(
  follower: KafkaTopicFollower,
  topic: OutgoingRecord['topic'],
): Promise<ReadonlyMap<number, readonly IncomingRecord[]>> {
  const byPartition = new Map<number, IncomingRecord[]>();
  const following = await follower.follow(topic, (record, partition) => {
    const records = byPartition.get(partition);
    if (records === undefined) byPartition.set(partition, [record]);
    else records.push(record);
  });
  await following.stop();
  return byPartition;
}
