import { afterEach, describe, expect, it } from '@jest/globals';
import { ConfigResourceTypes } from 'kafkajs';
import { TOPIC_SETTINGS, TOPICS } from '@signpost/contracts';
import { KafkaConnection, kafkaHealth, loadKafkaConfig } from '@signpost/kafka';
import { openKafka, testEnvironment, type KafkaUnderTest } from './kafka-under-test.js';

describe('topics', () => {
  const open: { close(): Promise<void> }[] = [];
  const opened = async (env = testEnvironment()): Promise<KafkaUnderTest> => {
    const kafka = await openKafka(env);
    open.push(kafka);
    return kafka;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((kafka) => kafka.close()));
  });

  it('are all made, as the design has them', async () => {
    const { connection } = await opened();
    const admin = await connection.admin();
    const names = [TOPICS.control, TOPICS.retry('10s'), TOPICS.parked, TOPICS.deadLetter];
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name: connection.physical(name) })),
    });
    const settings = resources.map(({ configEntries }) =>
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    );
    const [control, tier, parked, dead] = settings;
    expect(control).toMatchObject({ 'cleanup.policy': 'compact', 'unclean.leader.election.enable': 'false' });
    expect(tier).toMatchObject({
      'cleanup.policy': 'delete',
      'message.timestamp.type': 'LogAppendTime',
      'retention.ms': String(604_800_000 + 10_000),
      'segment.ms': '21600000',
      'min.insync.replicas': '1',
    });
    expect(parked).toMatchObject({ 'message.timestamp.type': 'LogAppendTime' });
    expect(dead).toMatchObject({ 'retention.ms': '2592000000', 'max.message.bytes': '1114112' });
    const present = await admin.listTopics();
    for (const { name } of TOPIC_SETTINGS) expect(present).toContain(connection.physical(name));
  });

  it('may be made by several processes at once, and again', async () => {
    const env = testEnvironment();
    await Promise.all([opened(env), opened(env), opened(env)]);
    await (await opened(env)).connection.ensureTopics();
  });

  it('of another number of partitions are refused with what to do', async () => {
    const env = testEnvironment();
    await opened(env);
    await expect(opened({ ...env, KAFKA_PARTITIONS: '7' })).rejects.toMatchObject({
      code: 'topic_layout_differs',
      message: expect.stringContaining('set KAFKA_PARTITIONS to what they have') as unknown,
    });
  });

  it('health tells whether a broker answers', async () => {
    const { connection } = await opened();
    await expect(kafkaHealth(connection)()).resolves.toBeUndefined();
    const nobody = new KafkaConnection(loadKafkaConfig(testEnvironment(['127.0.0.1:1'])));
    await expect(kafkaHealth(nobody, 1_000)()).rejects.toThrow();
    await nobody.close();
  });
});
