import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import { freshFolder, startKafka, until, type EmbeddedKafka } from '@signpost/testing';
import { openKafka, testEnvironment, type KafkaUnderTest } from '../../integration/kafka/kafka-under-test.js';

const TOPIC = TOPICS.messages;
const WAIT = { timeoutMs: 60_000 };

describe('a broker that is gone and comes back', () => {
  let broker: EmbeddedKafka;
  let kafka: KafkaUnderTest;
  beforeAll(async () => {
    broker = await startKafka({ dataFolder: freshFolder() });
    kafka = await openKafka(testEnvironment(broker.brokers, { KAFKA_REQUEST_TIMEOUT_MS: '2000' }));
  });
  afterAll(async () => {
    await kafka.close();
    await broker.stop();
  });

  it('refuses at once while it is gone, keeps what may wait, and both sides go on by themselves', async () => {
    const read = new Set<string>();
    const fatal: Error[] = [];
    await kafka.join({
      group: 'g',
      topics: [TOPIC],
      onFatal: (error) => fatal.push(error),
      handler: ({ records, done }) => {
        for (const { offset, value } of records) {
          read.add(String(value));
          done(offset);
        }
      },
    });
    const append = (value: string): Promise<unknown> =>
      kafka.sink.append({ topic: TOPIC, key: value, value: Buffer.from(value) });
    const followed = new Set<string>();
    await kafka.follower.follow(TOPIC, ({ value }) => followed.add(String(value)));
    await append('before');
    await until(() => read.has('before'), { ...WAIT, what: 'the first record' });

    await broker.kill('SIGKILL');
    const waiting = Promise.all(['w1', 'w2', 'w3'].map(append));
    const within = (value: string, withinMs: number): Promise<unknown> =>
      kafka.sink.appendWithin({ topic: TOPIC, key: value, value: Buffer.from(value) }, withinMs);
    await expect(within('late', 500)).rejects.toMatchObject({ code: 'kafka_unavailable' });
    // By now it is known: a caller with a minute to spare is refused all the same.
    await until(
      async () => {
        const begun = performance.now();
        await expect(within('refused', 60_000)).rejects.toMatchObject({ code: 'kafka_unavailable' });
        return performance.now() - begun < 2_000;
      },
      { ...WAIT, what: 'a refusal at once' },
    );

    await broker.restart();
    await waiting;
    await append('after');
    await until(() => ['w1', 'w2', 'w3', 'after'].every((value) => read.has(value)), { ...WAIT, what: 'the rest' });
    await until(() => ['before', 'w1', 'after'].every((value) => followed.has(value)), {
      ...WAIT,
      what: 'the follower',
    });
    expect(read.has('refused')).toBe(false);
    expect(read.has('late')).toBe(false);
    expect(fatal).toEqual([]);
    await expect(within('well again', 10_000)).resolves.toMatchObject({ partition: expect.any(Number) as unknown });
  }, 120_000);
});
