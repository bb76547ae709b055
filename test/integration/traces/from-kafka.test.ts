import { Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshTopicPrefix, makeTopics, testKafkaBrokers } from '@signpost/testing';
import { CALLER, TRACE, TracedScene } from './scene.js';

const topic = `platform-${freshTopicPrefix()}events`;
let traced: TracedScene;
let producer: Producer;

beforeAll(async () => {
  await makeTopics(testKafkaBrokers(), [{ topic, numPartitions: 1 }]);
  traced = await TracedScene.open({ INGEST_SOURCE_TOPICS: topic, INGEST_APPLICATION_WAIT_MS: '0' });
  producer = new Kafka({ brokers: testKafkaBrokers(), logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
});
afterAll(async () => {
  await producer.disconnect();
  await traced.close();
});

async function produce(application: string, id: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const event = { ce_specversion: '1.0', ce_id: id, ce_type: 'a', ce_source: '/s', ce_application: application };
  await producer.send({ topic, acks: -1, messages: [{ value: '{}', headers: { ...event, ...headers } }] });
}

const spanOf = (name: string, traceId: string, id?: string) =>
  traced.collector.span(
    `${name} of ${traceId}`,
    (span) =>
      span.name === name &&
      span.traceId === traceId &&
      (id === undefined || span.attributes['signpost.endpoint.id'] === id),
  );

describe('the trace of an event from a topic of the platform’s own', () => {
  it('leads from its producer to the answer', async () => {
    const application = await traced.scene.application();
    const endpoint = await traced.endpoint(application, '/from-kafka');
    await produce(application.id, 'e-1', { traceparent: `00-${TRACE}-${CALLER}-01`, tracestate: 'vendor=1' });
    const post = await spanOf('POST', TRACE, endpoint.id);
    const taken = await spanOf(`process ${topic}`, TRACE);
    expect(taken).toMatchObject({ kind: 'consumer', parentSpanId: CALLER, traceState: 'vendor=1', status: 'unset' });
    expect(taken.attributes).toMatchObject({
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': '0',
      'messaging.kafka.offset': 0,
    });
    expect(await spanOf('send messages', TRACE)).toMatchObject({ kind: 'producer', parentSpanId: taken.spanId });
    expect(post.traceState).toBe('vendor=1');
  });

  it('tells of an event that is refused, whether it is recorded or not', async () => {
    const traceId = '1'.repeat(32);
    await produce('nobody', 'e-2', { traceparent: `00-${traceId}-${CALLER}-00` });
    const refused = await spanOf(`process ${topic}`, traceId);
    expect(refused).toMatchObject({ kind: 'consumer', parentSpanId: CALLER });
    expect(refused.attributes['error.type']).toBe('application_unknown');
  });
});

describe('a collector that is gone', () => {
  it('harms nothing, and what is lost is counted', async () => {
    const gone = await TracedScene.open({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
      OTEL_TRACES_SAMPLER_ARG: '1',
    });
    try {
      const application = await gone.scene.application();
      await gone.endpoint(application, '/anyway');
      await gone.publish(application);
      await gone.receiver.received(1, '/anyway');
      await gone.scene.until('lost spans to be counted', async () => {
        const text = await (await fetch(`http://127.0.0.1:${String(gone.process.port)}/metrics`)).text();
        return /^signpost_trace_spans_dropped_total [1-9]/m.test(text);
      });
    } finally {
      await gone.close();
    }
  });
});
