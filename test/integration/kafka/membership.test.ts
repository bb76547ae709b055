import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Consumer } from 'kafkajs';
import { TOPICS } from '@signpost/contracts';
import { until } from '@signpost/testing';
import { openKafka, type KafkaUnderTest } from './kafka-under-test.js';

const TOPIC = TOPICS.deliveries;
const WAIT = { timeoutMs: 30_000 };

describe('the client that keeps the membership', () => {
  let kafka: KafkaUnderTest;
  beforeEach(async () => {
    kafka = await openKafka();
  });
  afterEach(() => kafka.close());

  it('fetches nothing itself, through assignments too, and its heartbeats go on', async () => {
    const values: string[] = [];
    const asked = new Map<string, number>();
    const member = await kafka.join({
      group: 'g',
      topics: [TOPIC],
      handler: ({ records, done }) => {
        for (const { offset, value } of records) {
          values.push(String(value));
          done(offset);
        }
      },
    });
    const client = member.unwrap<Consumer>();
    let joins = 0;
    client.on(client.events.GROUP_JOIN, () => joins++);
    client.on(client.events.REQUEST, ({ payload: { apiName } }) => {
      asked.set(apiName, (asked.get(apiName) ?? 0) + 1);
    });
    const other = await kafka.join({ group: 'g', topics: [TOPIC], handler: () => undefined });
    await other.close();
    await until(() => joins >= 2, { ...WAIT, what: 'both assignments' });
    for (let index = 0; index < 30; index++)
      await kafka.sink.append({ topic: TOPIC, key: String(index), value: Buffer.from(String(index)) });
    await until(() => values.length >= 30, { ...WAIT, what: 'the records' });
    const beats = asked.get('Heartbeat') ?? 0;
    await until(() => (asked.get('Heartbeat') ?? 0) > beats + 2, { ...WAIT, what: 'more heartbeats' });
    expect(asked.get('Fetch')).toBeUndefined();
    expect(asked.get('OffsetCommit')).toBeUndefined();
  });
});
