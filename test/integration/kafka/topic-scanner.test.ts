import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { TOPICS } from '@signpost/contracts';
import { KafkaTopicScanner } from '@signpost/kafka';
import type { TopicPart } from '@signpost/ports';
import { until } from '@signpost/testing';
import { openKafka, type KafkaUnderTest } from './kafka-under-test.js';

/** More than one fetch of a partition. */
const LARGE = Buffer.alloc(50_000, 'x');

describe('TopicScanner', () => {
  let kafka: KafkaUnderTest;
  let scanner: KafkaTopicScanner;
  beforeEach(async () => {
    kafka = await openKafka();
    scanner = new KafkaTopicScanner(kafka.connection);
  });
  afterEach(() => kafka.close());

  const append = (key: string, value: Buffer = LARGE) => kafka.sink.append({ topic: TOPICS.deadLetter, key, value });
  const scan = async (onPart: (part: TopicPart) => Promise<void> = () => Promise.resolve()) => {
    const parts: TopicPart[] = [];
    const bounds = await scanner.bounds(TOPICS.deadLetter);
    await scanner.scan(TOPICS.deadLetter, bounds, async (part) => {
      parts.push(part);
      await onPart(part);
    });
    return { bounds, parts };
  };

  it('hands over everything once, a partition after the other, and never before the last was done with', async () => {
    await Promise.all(Array.from({ length: 120 }, (_, n) => append(`key-${String(n % 12)}`)));
    let busy = false;
    const overlaps: boolean[] = [];
    const { bounds, parts } = await scan(async () => {
      overlaps.push(busy);
      busy = true;
      await new Promise((resolve) => setTimeout(resolve, 5));
      busy = false;
    });
    expect(overlaps.length).toBeGreaterThan(6);
    expect(overlaps).not.toContain(true);
    expect(parts.map(({ partition }) => partition)).toEqual(parts.map(({ partition }) => partition).toSorted());
    for (const { partition, first, end } of bounds) {
      const spans = parts.filter((part) => part.partition === partition);
      const offsets = spans.flatMap(({ records }) => records.map(({ offset }) => offset));
      expect(offsets).toEqual(Array.from({ length: end - first }, (_, n) => first + n));
      let at = first;
      for (const { from, to } of spans) {
        expect(from).toBe(at);
        at = to;
      }
      expect(at).toBe(end);
    }
  });

  it('ends where the topic ended when it was asked, whatever comes meanwhile', async () => {
    await Promise.all([append('a'), append('b'), append('c')]);
    const { parts } = await scan(async () => {
      await append('a', Buffer.from('later'));
    });
    expect(parts.flatMap(({ records }) => records)).toHaveLength(3);
  });

  it('goes on where the log begins by then, and past the markers of transactions', async () => {
    const positions = await Promise.all(Array.from({ length: 40 }, () => append('same')));
    const partition = positions[0]?.partition ?? 0;
    const raw = new Kafka({ brokers: [...kafka.connection.config.brokers], logLevel: logLevel.NOTHING }).producer({
      transactionalId: 'markers',
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await raw.connect();
    const transaction = await raw.transaction();
    const topic = kafka.connection.physical(TOPICS.deadLetter);
    await transaction.send({ topic, messages: [{ partition, value: 'never' }] });
    await transaction.abort();
    await raw.disconnect();
    // The markers are written after the abort is acknowledged.
    let bounds = await scanner.bounds(TOPICS.deadLetter);
    await until(
      async () => {
        bounds = await scanner.bounds(TOPICS.deadLetter);
        return bounds.some(({ end }) => end === 42);
      },
      { timeoutMs: 30_000, what: 'the marker' },
    );
    await (await kafka.connection.admin()).deleteTopicRecords({ topic, partitions: [{ partition, offset: '30' }] });
    const parts: TopicPart[] = [];
    await scanner.scan(TOPICS.deadLetter, bounds, async (part) => {
      parts.push(part);
    });
    expect(parts.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual(
      Array.from({ length: 10 }, (_, n) => 30 + n),
    );
    expect([parts[0]?.from, parts.at(-1)?.to]).toEqual([0, 42]);
  });

  it('of an empty topic hands over nothing', async () => {
    expect((await scan()).parts).toEqual([]);
  });
});
