import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { TOPICS } from '@signpost/contracts';
import { freshFolder, startKafka, until, type EmbeddedKafka } from '@signpost/testing';
import { openKafka, testEnvironment, type KafkaUnderTest } from '../../integration/kafka/kafka-under-test.js';
import { expectAllThere, SteadyAppends } from './acknowledged.js';

const REQUEST_TIMEOUT_MS = 1_000;
const STALL_MS = 2_600;

describe('a broker that stalls for longer than a request may take', () => {
  let broker: EmbeddedKafka;
  let kafka: KafkaUnderTest;
  beforeAll(async () => {
    broker = await startKafka({ dataFolder: freshFolder() });
    kafka = await openKafka(testEnvironment(broker.brokers, { KAFKA_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS) }));
  });
  afterAll(async () => {
    await kafka.close();
    await broker.stop();
  });

  it('loses nothing that was acknowledged, and no record overtakes another', async () => {
    const appends = new SteadyAppends(kafka.sink, TOPICS.messages, 40);
    await until(() => appends.count > 500, { timeoutMs: 20_000, what: 'a steady stream' });
    for (let round = 0; round < 2; round++) {
      broker.pause();
      await wait(STALL_MS);
      broker.resume();
      const before = appends.count;
      await until(() => appends.count > before + 500, { timeoutMs: 30_000, what: 'the stream to go on' });
    }
    expectAllThere(await appends.stop(), await kafka.read(TOPICS.messages));
  });

  it('answers whoever cannot wait, and writes nothing for them afterwards that was not sent before', async () => {
    broker.pause();
    const sent = kafka.sink.append({ topic: TOPICS.journal, key: 'same', value: Buffer.from('in flight') });
    await wait(50);
    const given = [1, 2, 3].map((n) =>
      kafka.sink.appendWithin({ topic: TOPICS.journal, key: 'same', value: Buffer.from(`given up ${String(n)}`) }, 300),
    );
    for (const each of given) await expect(each).rejects.toMatchObject({ code: 'kafka_unavailable' });
    broker.resume();
    await sent;
    await kafka.sink.append({ topic: TOPICS.journal, key: 'same', value: Buffer.from('after') });
    const values = [...(await kafka.read(TOPICS.journal)).values()].flat().map(({ value }) => String(value));
    expect(values.filter((value) => value.startsWith('given up'))).toEqual([]);
    expect(values.at(-1)).toBe('after');
  });

  it('throws nobody out of a group for good: a member that finds no coordinator in time joins again', async () => {
    const seen = new Set<string>();
    const fatal: Error[] = [];
    const join = () =>
      kafka.join({
        group: 'g',
        topics: [TOPICS.deliveries],
        handler: ({ records, done }) => {
          for (const { offset, value } of records) {
            seen.add(String(value));
            done(offset);
          }
        },
        onFatal: (error) => fatal.push(error),
      });
    const write = (name: string) =>
      kafka.sink.append({ topic: TOPICS.deliveries, key: name, value: Buffer.from(name) });
    const member = await join();
    await write('first');
    await until(() => seen.has('first'), { timeoutMs: 30_000, what: 'the first record' });
    const client = member.unwrap<Consumer>();
    let gaveUp = false;
    client.on(client.events.CRASH, () => (gaveUp = true));
    // It has to find the coordinator next.
    client.on(client.events.REBALANCING, () => broker.pause());
    const other = join();
    await until(() => gaveUp, { timeoutMs: 30_000, what: 'the client to give up' });
    broker.resume();
    await other;
    for (let index = 0; index < 60; index++) await write(String(index));
    await until(() => seen.size === 61, { timeoutMs: 60_000, what: 'the records' });
    expect(fatal).toEqual([]);
  });

  // Why the sink neither sends twice at once to a partition nor trusts the client's own retries. Should this ever fail, the client was mended.
  it('makes the bare client lose acknowledged records', async () => {
    const topic = kafka.connection.physical(TOPICS.rejected);
    let lost: readonly string[] = [];
    for (let round = 0; round < 4 && lost.length === 0; round++) lost = await loseSome(broker, topic, round);
    expect(lost.length).toBeGreaterThan(0);
  });
});

async function loseSome(broker: EmbeddedKafka, topic: string, round: number): Promise<readonly string[]> {
  const client = new Kafka({
    brokers: [...broker.brokers],
    requestTimeout: REQUEST_TIMEOUT_MS,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, retries: 50, maxRetryTime: 500 },
  });
  const producer = client.producer({ idempotent: true, createPartitioner: () => () => 0 });
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'warm' }] });
  broker.pause();
  const values = Array.from({ length: 6 }, (_, index) => `${String(round)}-${String(index)}`);
  const sends = values.map((value) => producer.send({ topic, messages: [{ value }] }));
  await wait(STALL_MS);
  broker.resume();
  await Promise.all(sends);
  await producer.disconnect();
  const found = new Set<string>();
  const consumer = client.consumer({ groupId: `check-${String(round)}-${String(Date.now())}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const end = `end-${String(round)}`;
  const marker = client.producer({ createPartitioner: () => () => 0 });
  await marker.connect();
  await marker.send({ topic, messages: [{ value: end }] });
  await consumer.run({ eachMessage: async ({ message }) => void found.add(String(message.value)) });
  await until(() => found.has(end), { timeoutMs: 20_000, what: 'the end of the topic' });
  await consumer.disconnect();
  await marker.disconnect();
  return values.filter((value) => !found.has(value));
}
