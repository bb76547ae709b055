import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { TOPICS } from '@signpost/contracts';
import { until } from '@signpost/testing';
import { openKafka, type KafkaUnderTest } from '../../integration/kafka/kafka-under-test.js';

const TOPIC = TOPICS.deliveries;

describe('a consumer that cannot go on', () => {
  let kafka: KafkaUnderTest;
  beforeEach(async () => {
    kafka = await openKafka();
  });
  afterEach(() => kafka.close());

  it('is reported when the client gives up for good', async () => {
    // A member that speaks another protocol holds the group: joining it is refused, and never tried again.
    const other = new Kafka({ brokers: [...kafka.connection.config.brokers], logLevel: logLevel.NOTHING });
    const stranger = other.consumer({ groupId: kafka.connection.physical('g') });
    await stranger.connect();
    await stranger.subscribe({ topic: kafka.connection.physical(TOPIC) });
    const joined = new Promise<void>((resolve) => stranger.on(stranger.events.GROUP_JOIN, () => resolve()));
    await stranger.run({ eachMessage: () => Promise.resolve() });
    // On a new broker its first try may fail: whoever comes first sets the protocol.
    await joined;
    const fatal: Error[] = [];
    await kafka.join({ group: 'g', topics: [TOPIC], handler: () => undefined, onFatal: (error) => fatal.push(error) });
    await until(() => fatal.length > 0, { timeoutMs: 30_000, what: 'the report' });
    expect(fatal).toMatchObject([{ code: 'consumer_stopped' }]);
    await stranger.disconnect();
  });

  it('is reported when a handler fails, with the place; its records are not committed', async () => {
    const fatal: Error[] = [];
    await kafka.sink.append({ topic: TOPIC, key: 'k', value: Buffer.from('v') });
    const failing = await kafka.join({
      group: 'g',
      topics: [TOPIC],
      graceMs: 0,
      handler: () => Promise.reject(new Error('a bug')),
      onFatal: (error) => fatal.push(error),
    });
    await until(() => fatal.length > 0, { timeoutMs: 30_000, what: 'the report' });
    expect(fatal).toMatchObject([
      { code: 'handler_failed', cause: { message: 'a bug' }, details: { topic: TOPIC, offset: 0 } },
    ]);
    await failing.close();
    let handed = 0;
    await kafka.join({
      group: 'g',
      topics: [TOPIC],
      graceMs: 0,
      handler: ({ records }) => void (handed += records.length),
    });
    await until(() => handed === 1, { timeoutMs: 30_000, what: 'the record again' });
  });
});
