import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { apiRole } from '@signpost/api';
import type { ExplainOut } from '@signpost/contracts';
import { ingestRole } from '@signpost/ingest';
import { recorderRole } from '@signpost/recorder';
import { matcherRole } from '@signpost/subscription-matcher';
import { freshTopicPrefix, testKafkaBrokers, until } from '@signpost/testing';
import { ApiScene } from '../api/support.js';

const topic = `platform-${freshTopicPrefix()}events`;

describe("an event of the platform's own topic, from its record to why it did not arrive", () => {
  let scene: ApiScene;
  let producer: Producer;
  beforeAll(async () => {
    const kafka = new Kafka({ brokers: testKafkaBrokers(), logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
    await admin.disconnect();
    producer = kafka.producer();
    await producer.connect();
    const settings = { INGEST_SOURCE_TOPICS: topic };
    scene = await ApiScene.open(undefined, settings, [ingestRole, matcherRole, recorderRole, apiRole]);
  });
  afterAll(async () => {
    await producer.disconnect();
    await scene.close();
  });

  it('is found by topic, partition and offset', async () => {
    const app = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id;
    const url = 'https://example.com/';
    const endpoint = { url, eventTypes: ['order.paid'] };
    const { id } = (await scene.call('POST', '/api/v1/app/one/endpoint', endpoint)).body;
    const headers = { ce_specversion: '1.0', ce_id: 'evt-9', ce_type: 'order.sent', ce_source: '/shop', ce_application: app };
    const messages = [{ key: 'k', value: '{"n":1}', headers, partition: 1 }];
    const [sent] = await producer.send({ topic, acks: -1, messages });
    const coordinates = `${topic}:1:${String(sent?.baseOffset)}`;
    let out: ExplainOut | undefined;
    await until(
      async () => {
        const answer = await scene.call('GET', `/api/v1/explain/${coordinates}`);
        out = answer.body as unknown as ExplainOut;
        return answer.status === 200 && out.message.matchedAt !== null;
      },
      { timeoutMs: 30_000, what: 'the event to be matched and recorded', everyMs: 50 },
    );
    expect(out).toMatchObject({
      asked: { id: coordinates, as: 'source' },
      message: { eventId: 'evt-9', source: { topic, partition: 1, offset: Number(sent?.baseOffset) } },
      counts: { considered: 1, matched: 0, notMatched: 1 },
      endpoints: [{ endpointId: id, verdict: 'not-matched', rule: { kind: 'event-type', clause: 'order.paid' } }],
    });
  });
});
