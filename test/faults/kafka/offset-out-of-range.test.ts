import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import type { OffsetRange } from '@signpost/kafka';
import { until } from '@signpost/testing';
import { openKafka, type JoinOptions, type KafkaUnderTest } from '../../integration/kafka/kafka-under-test.js';

const TOPIC = TOPICS.journal;
const WAIT = { timeoutMs: 30_000 };

describe('a committed offset that the log no longer has', () => {
  let kafka: KafkaUnderTest;
  let truncated: OffsetRange[];
  let rewound: OffsetRange[];
  let read: number[];
  let hold = false;
  beforeEach(async () => {
    kafka = await openKafka();
    [truncated, rewound, read, hold] = [[], [], [], false];
  });
  afterEach(() => kafka.close());

  const partition = (): number => kafka.sink.partitionOf(TOPIC, 'same');
  const produce = async (from: number, count: number): Promise<void> => {
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        kafka.sink.append({ topic: TOPIC, key: 'same', value: Buffer.from(String(from + index)) }),
      ),
    );
  };
  const reader = (): JoinOptions => ({
    group: 'g',
    topics: [TOPIC],
    graceMs: 0,
    recordsPerPartition: 10,
    metrics: { truncated: (range) => truncated.push(range), rewound: (range) => rewound.push(range) },
    handler: ({ records, done }) => {
      for (const { offset, value } of records) {
        read.push(Number(value));
        if (!hold) done(offset);
      }
    },
  });
  const truncate = async (offset: number): Promise<void> => {
    const admin = await kafka.connection.admin();
    const topic = kafka.connection.physical(TOPIC);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: partition(), offset: String(offset) }] });
  };
  const committed = async (): Promise<number> => {
    const admin = await kafka.connection.admin();
    const topic = kafka.connection.physical(TOPIC);
    const [offsets] = await admin.fetchOffsets({ groupId: kafka.connection.physical('g'), topics: [topic] });
    return Number(offsets?.partitions.find((each) => each.partition === partition())?.offset ?? -1);
  };

  it('because retention overtook a group that was away: all that is left is read, and the loss is told', async () => {
    await produce(0, 10);
    const first = await kafka.join(reader());
    await until(async () => (await committed()) === 10, { ...WAIT, what: 'the commit' });
    await first.close();
    await produce(10, 50);
    await truncate(40);
    await kafka.join(reader());
    await until(() => read.length >= 30, { ...WAIT, what: 'what is left' });
    expect(read.slice(10)).toEqual(Array.from({ length: 20 }, (_, index) => 40 + index));
    await until(() => truncated.length > 0, { ...WAIT, what: 'the report' });
    expect(truncated).toEqual([{ topic: TOPIC, partition: partition(), from: 10, to: 40 }]);
    await until(async () => (await committed()) === 60, { ...WAIT, what: 'the commit behind it' });
  });

  it('because retention overtook a reader that holds: likewise', async () => {
    hold = true;
    await produce(0, 1);
    await kafka.join(reader());
    for (let value = 1; value < 10; value++) await produce(value, 1);
    await until(() => read.length >= 10, { ...WAIT, what: 'the reader to hold' });
    for (let value = 10; value < 60; value += 10) await produce(value, 10);
    const seen = read.length;
    await truncate(50);
    hold = false;
    await kafka.join(reader());
    await until(() => read.includes(59), { ...WAIT, what: 'the end' });
    const after = read.slice(seen);
    expect(Array.from({ length: 10 }, (_, index) => 50 + index).every((value) => after.includes(value))).toBe(true);
  });

  it('because the log lost its end: it is read from its beginning, and nothing new is taken for done', async () => {
    await produce(0, 30);
    // What an unclean election leaves behind: a group that stands beyond the log.
    const admin = await kafka.connection.admin();
    const partitions = [{ partition: partition(), offset: '500' }];
    const [groupId, topic] = [kafka.connection.physical('g'), kafka.connection.physical(TOPIC)];
    await admin.setOffsets({ groupId, topic, partitions });
    await kafka.join(reader());
    await until(() => read.length >= 30, { ...WAIT, what: 'the log' });
    await produce(30, 5);
    await until(() => read.length >= 35, { ...WAIT, what: 'what is written then' });
    expect(read).toEqual(Array.from({ length: 35 }, (_, index) => index));
    expect(rewound).toEqual([{ topic: TOPIC, partition: partition(), from: 500, to: 0 }]);
    await until(async () => (await committed()) === 35, { ...WAIT, what: 'the commit' });
  });
});
