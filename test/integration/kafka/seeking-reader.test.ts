import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import type { PartitionLease } from '@signpost/ports';
import { until } from '@signpost/testing';
import { openKafka, type KafkaUnderTest } from './kafka-under-test.js';

const TOPIC = TOPICS.parked;
const WAIT = { timeoutMs: 30_000 };

describe('a reader that seeks', () => {
  let kafka: KafkaUnderTest;
  beforeEach(async () => {
    kafka = await openKafka();
  });
  afterEach(() => kafka.close());

  it('begins where it was told before its first batch, goes back when told so, and commits nothing', async () => {
    for (let value = 0; value < 100; value++)
      await kafka.sink.append({ topic: TOPIC, key: 'same', value: Buffer.from(String(value)) });
    const partition = kafka.sink.partitionOf(TOPIC, 'same');
    const read: number[] = [];
    let seekTo: (lease: PartitionLease) => void = () => undefined;
    const reader = await kafka.join({
      group: 'scan',
      topics: [TOPIC],
      windowed: false,
      graceMs: 0,
      handler: ({ records, done }) => {
        for (const { offset, value } of records) {
          read.push(Number(value));
          done(offset);
        }
      },
      observer: {
        assigned: async (leases) => {
          leases.forEach((lease) => seekTo(lease));
        },
        revoked: () => undefined,
      },
    });
    await until(() => read.length >= 100, { ...WAIT, what: 'the whole topic' });
    reader.seek(TOPIC, partition, 90);
    await until(() => read.length >= 110, { ...WAIT, what: 'the end again' });
    expect(read.slice(100)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    seekTo = ({ partition: number }) => {
      reader.seek(TOPIC, number, number === partition ? 95 : 0);
    };
    const other = await kafka.join({
      group: 'scan',
      topics: [TOPIC],
      windowed: false,
      graceMs: 0,
      handler: () => undefined,
    });
    await other.close();
    await until(() => read.length >= 115 && read.at(-1) === 99, { ...WAIT, what: 'the next assignments' });
    expect(new Set(read.slice(110))).toEqual(new Set([95, 96, 97, 98, 99]));

    const admin = await kafka.connection.admin();
    const [offsets] = await admin.fetchOffsets({
      groupId: kafka.connection.physical('scan'),
      topics: [kafka.connection.physical(TOPIC)],
    });
    expect(offsets?.partitions.map(({ offset }) => offset)).toEqual(Array.from({ length: 6 }, () => '-1'));
  });

  it('is the only kind that may', async () => {
    const committing = await kafka.join({ group: 'g', topics: [TOPIC], handler: () => undefined });
    expect(() => {
      committing.seek(TOPIC, 0, 0);
    }).toThrow('does not seek');
  });
});
