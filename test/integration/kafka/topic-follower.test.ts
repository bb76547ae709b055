import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { TOPICS } from '@signpost/contracts';
import type { IncomingRecord } from '@signpost/ports';
import { openKafka, type KafkaUnderTest } from './kafka-under-test.js';

describe('TopicFollower', () => {
  let kafka: KafkaUnderTest;
  beforeEach(async () => {
    kafka = await openKafka();
  });
  afterEach(() => kafka.close());

  const append = (key: string): Promise<unknown> =>
    kafka.sink.append({ topic: TOPICS.control, key, value: Buffer.from(key) });

  it('has read what was there when it answers, and what came since when it has caught up', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, index) => append(String(index))));
    const seen: IncomingRecord[] = [];
    const following = await kafka.follower.follow(TOPICS.control, (record) => seen.push(record));
    expect(seen).toHaveLength(100);
    await Promise.all(Array.from({ length: 50 }, (_, index) => append(`later-${String(index)}`)));
    await following.caughtUp();
    expect(seen).toHaveLength(150);
    await following.stop();
  });

  it('has caught up with a topic that is empty', async () => {
    const following = await kafka.follower.follow(TOPICS.lanes, () => undefined);
    await following.caughtUp();
    await following.stop();
  });

  it('has caught up with a log whose records are deleted, all or the first of them', async () => {
    const positions = await Promise.all(
      Array.from({ length: 60 }, () => kafka.sink.append({ topic: TOPICS.journal, key: 'same', value: null })),
    );
    const partition = positions[0]?.partition ?? 0;
    const admin = await kafka.connection.admin();
    const topic = kafka.connection.physical(TOPICS.journal);
    for (const [offset, left] of [
      ['40', 20],
      ['60', 0],
    ] as const) {
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset }] });
      expect([...(await kafka.read(TOPICS.journal)).values()].flat()).toHaveLength(left);
    }
  });

  it('has caught up with a log that ends in transaction markers', async () => {
    const raw = new Kafka({ brokers: [...kafka.connection.config.brokers], logLevel: logLevel.NOTHING }).producer({
      transactionalId: 'markers',
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await raw.connect();
    for (const abort of [false, true]) {
      const transaction = await raw.transaction();
      const topic = kafka.connection.physical(TOPICS.journal);
      await transaction.send({ topic, messages: [{ partition: 0, value: 'in a transaction' }] });
      await (abort ? transaction.abort() : transaction.commit());
    }
    await raw.disconnect();
    expect([...(await kafka.read(TOPICS.journal)).values()].flat()).toHaveLength(1);
  });

  it('is told of each record once, also after its group was assigned anew', async () => {
    const seen: string[] = [];
    const following = await kafka.follower.follow(TOPICS.control, ({ value }) => seen.push(String(value)));
    await Promise.all(Array.from({ length: 30 }, (_, index) => append(String(index))));
    await following.caughtUp();
    const admin = await kafka.connection.admin();
    // More partitions make every reader of the topic join its group again.
    await admin.createPartitions({
      topicPartitions: [{ topic: kafka.connection.physical(TOPICS.control), count: 7 }],
    });
    await append('after');
    await following.caughtUp();
    expect(seen).toHaveLength(31);
    await following.stop();
  });
});
