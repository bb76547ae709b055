import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { readMessage, readRejection, TOPICS } from '@signpost/contracts';
import type { Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { Metrics } from '@signpost/observability';
import type { RunningProcess } from '@signpost/runtime';
import { freshTopicPrefix, makeTopics, until } from '@signpost/testing';
import { anApplication, Scene } from './scene.js';

const topic = `platform-${freshTopicPrefix()}events`;
let scene: Scene;
let application: Application;
let producer: Producer;
let ingest: RunningProcess;

beforeAll(async () => {
  scene = await Scene.open({
    INGEST_SOURCE_TOPICS: topic,
    INGEST_APPLICATION_WAIT_MS: '2000',
    BACKLOG_EVERY_MS: '100',
  });
  await makeTopics(scene.connection.config.brokers, [{ topic, numPartitions: 2 }]);
  application = await scene.application();
  // As somebody else's service would produce.
  const brokers = [...scene.connection.config.brokers];
  producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  ingest = await scene.start(ingestRole);
});
afterAll(async () => {
  await producer.disconnect();
  await scene.close();
});

interface Sent {
  readonly value?: Buffer | string | null;
  readonly headers?: Record<string, string | Buffer | undefined>;
  readonly partition?: number;
  readonly timestamp?: string;
}

/** Returns the offset. */
async function send({ value = '{"a":1}', headers = {}, partition = 0, timestamp }: Sent): Promise<number> {
  const given: Record<string, string | Buffer | undefined> = {
    ce_specversion: '1.0',
    ce_id: 'event-1',
    ce_type: 'lead.captured',
    ce_source: '/crm',
    ce_application: application.id,
    ...headers,
  };
  const kept = Object.fromEntries(Object.entries(given).filter((entry) => entry[1] !== undefined)) as Record<
    string,
    string
  >;
  const message = { key: 'k', value, headers: kept, partition, ...(timestamp === undefined ? {} : { timestamp }) };
  const [answer] = await producer.send({ topic, acks: -1, messages: [message] });
  return Number(answer?.baseOffset);
}

const manyHeaders = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${String(index)}`, 'v']));

describe('events from the platform’s own topics', () => {
  it('become messages, byte for byte, with their conversation and channels', async () => {
    const value = '{ "n": 1.0, "text": "\\u00e9" }';
    await send({ value, headers: { ce_conversation: 'c-1', ce_channels: 'x,y', other: 'kept by nobody' } });
    const records = await scene.records(TOPICS.messages, 1);
    const message = readMessage(records[0] ?? { value: null });
    expect(message).toMatchObject({
      applicationId: application.id,
      eventType: 'lead.captured',
      eventId: 'event-1',
      conversationId: 'c-1',
      channels: ['x', 'y'],
    });
    expect(message.payload.toString()).toBe(value);
  });

  it('have the same message id when they are read again', async () => {
    const before = (await scene.keep(TOPICS.messages)).length;
    const timestamp = String(Date.now());
    // Twice the same event at the same time stands for a redelivery.
    await send({ headers: { ce_id: 'same' }, timestamp });
    await send({ headers: { ce_id: 'same' }, timestamp });
    await send({ headers: { ce_id: 'same', ce_source: '/other' }, timestamp });
    const ids = (await scene.records(TOPICS.messages, before + 3))
      .slice(before)
      .map((record) => readMessage(record).id);
    expect([ids.length, new Set(ids).size]).toEqual([3, 2]);
  });

  it('wait for an application that is created a moment later', async () => {
    const late = anApplication(scene.organisationId);
    const before = (await scene.keep(TOPICS.messages)).length;
    await send({ headers: { ce_application: late.id } });
    await scene.change({ kind: 'application', id: late.id, version: 1, state: late });
    const records = await scene.records(TOPICS.messages, before + 1);
    expect(readMessage(records[before] ?? { value: null }).applicationId).toBe(late.id);
  });

  it.each<[string, Sent, string]>([
    ['no CloudEvents version', { headers: { ce_specversion: undefined } }, 'cloudevent_invalid'],
    ['a version of the future', { headers: { ce_specversion: '2.0' } }, 'cloudevent_invalid'],
    ['no id', { headers: { ce_id: undefined } }, 'cloudevent_invalid'],
    ['no source', { headers: { ce_source: undefined } }, 'cloudevent_invalid'],
    ['no application', { headers: { ce_application: undefined } }, 'cloudevent_invalid'],
    ['channels that are none', { headers: { ce_channels: '["a b"]' } }, 'cloudevent_invalid'],
    ['an event type outside the pattern', { headers: { ce_type: 'no such type' } }, 'event_type_invalid'],
    ['no value', { value: null }, 'payload_missing'],
    ['a value that is no JSON', { value: '{"a":' }, 'payload_not_json'],
    ['a value that is no UTF-8', { value: Buffer.from([0x22, 0xff, 0x22]) }, 'payload_not_json'],
    ['a value that is no object', { value: '[1]' }, 'payload_not_object'],
    ['a value above the limit', { value: `{"x":"${'x'.repeat(300_000)}"}` }, 'payload_too_large'],
    ['an unknown application', { headers: { ce_application: 'app_nobody' } }, 'application_unknown'],
    ['a time that nobody can mean', { timestamp: '1000' }, 'timestamp_invalid'],
    ['20,000 headers', { headers: manyHeaders(20_000) }, 'headers_too_many'],
  ])('are set aside with %s, and those behind them go on', async (_, sent, code) => {
    const rejected = await scene.keep(TOPICS.rejected);
    const before = (await scene.keep(TOPICS.messages)).length;
    const offset = await send({ ...sent, partition: 1 });
    await send({ partition: 1 });
    const at = (): (typeof rejected)[number] | undefined =>
      rejected.find(({ headers }) => readRejection(headers)?.source.offset === offset);
    await scene.until(`the rejection of offset ${String(offset)}`, at);
    const record = at();
    const rejection = readRejection(record?.headers);
    expect(rejection).toMatchObject({ code, source: { topic, partition: 1, offset } });
    expect(rejection?.reason.length).toBeGreaterThan(20);
    expect(record?.value).toEqual(
      sent.value === undefined ? Buffer.from('{"a":1}') : sent.value === null ? null : Buffer.from(sent.value),
    );
    if (sent.headers?.['ce_type'] !== undefined)
      expect(String(record?.headers['ce_type'])).toBe(sent.headers['ce_type']);
    await scene.records(TOPICS.messages, before + 1);
  });

  it('are all done with in the end: nothing holds the source’s offsets back', async () => {
    const admin = await scene.connection.admin();
    const done = async (): Promise<boolean> => {
      const ends = await admin.fetchTopicOffsets(topic);
      const [group] = await admin.fetchOffsets({ groupId: scene.connection.physical('ingest'), topics: [topic] });
      const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, offset]));
      return ends.every(({ partition, high }) => high === '0' || committed.get(partition) === high);
    };
    await until(done, { timeoutMs: 15_000, what: 'every source offset to be committed' });
  });

  it('are told of by who reads them, how many wait and for how long they are kept', async () => {
    const text = () => ingest.app.get(Metrics).registry.metrics();
    const labels = '{group="ingest",topic="source"}';
    await until(async () => (await text()).includes(`signpost_group_lag_records${labels} 0\n`), {
      timeoutMs: 30_000,
      what: 'all that came to be done',
    });
    expect(await text()).toMatch(/signpost_topic_retention_seconds\{topic="source"\} \d+/);
    expect(await text()).toContain('signpost_backlog_seen_timestamp_seconds 0\n');
  });
});
