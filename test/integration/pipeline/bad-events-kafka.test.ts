import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readRejection, TOPICS } from '@signpost/contracts';
import type { Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { freshFolder, freshTopicPrefix, makeTopics, until } from '@signpost/testing';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { Scene } from './scene.js';

/** Every malformed event that we know of, from Kafka, with its outcome and what its owner is told: what, where, and what to do. */

const LIMIT = 10_240;
const DEEP = `{"a":${'['.repeat(4_000)}${']'.repeat(4_000)}}`;
const DAY_MS = 86_400_000;
const id257 = 'i'.repeat(257);
const prefix = freshTopicPrefix();
const topics = { cloudevents: `platform-${prefix}events`, json: `platform-${prefix}plain` } as const;

let scene: Scene;
let application: Application;
let producer: Producer;

beforeAll(async () => {
  const file = join(freshFolder(), 'sources.json');
  const map = {
    application: { path: '/tenant' },
    type: { path: '/kind' },
    id: { path: '/id' },
    time: { path: '/at' },
    conversation: { path: '/chat' },
    channels: { path: '/to' },
    payload: { path: '/body' },
  };
  const sources = [
    { topic: topics.cloudevents, format: 'cloudevents' },
    { topic: topics.json, format: 'json', map },
  ];
  writeFileSync(file, JSON.stringify({ sources }));
  scene = await Scene.open({
    INGEST_SOURCES_FILE: file,
    INGEST_PAYLOAD_LIMIT_BYTES: String(LIMIT),
    INGEST_APPLICATION_WAIT_MS: '2000',
  });
  // A broker takes no times from far ahead unless it is told to.
  const configEntries = [{ name: 'message.timestamp.after.max.ms', value: String(30 * DAY_MS) }];
  const named = Object.values(topics).map((topic) => ({ topic, numPartitions: 1, configEntries }));
  await makeTopics(scene.connection.config.brokers, named);
  application = await scene.application();
  producer = new Kafka({ brokers: [...scene.connection.config.brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await scene.start(ingestRole);
  await scene.keep(TOPICS.rejected);
}, 120_000);
afterAll(async () => {
  await producer.disconnect();
  await scene.close();
});

interface Sent {
  readonly value?: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer | readonly string[] | undefined>>;
  readonly timestamp?: number;
}

/** Returns the offset. */
async function produce(topic: string, { value = '{"a":1}', headers = {}, timestamp }: Sent): Promise<number> {
  const kept = Object.fromEntries(Object.entries(headers).filter(([, text]) => text !== undefined)) as Record<
    string,
    string
  >;
  const one = { value, headers: kept, ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }) };
  const [answer] = await producer.send({ topic, acks: -1, messages: [one] });
  return Number(answer?.baseOffset);
}

async function rejected(topic: string, offset: number): Promise<{ code?: string; reason?: string }> {
  const records = await scene.keep(TOPICS.rejected);
  const find = () =>
    records
      .map(({ headers }) => readRejection(headers))
      .find((rejection) => rejection?.source.topic === topic && rejection.source.offset === offset);
  await scene.until(`the rejection of ${topic} ${String(offset)}`, find);
  return find() ?? {};
}

const goodHeaders = () => ({
  ce_specversion: '1.0',
  ce_id: 'event',
  ce_type: 'a',
  ce_source: '/crm',
  ce_application: application.id,
});
const many = (count: number, text: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${String(index)}`, text]));
/** In structured mode, with these members beside the good ones. */
const structured = (members: object, tail = ',"data":{}'): Sent => ({
  headers: { 'content-type': 'application/cloudevents+json' },
  value: `${JSON.stringify({ specversion: '1.0', id: 'event', source: '/crm', type: 'a', application: 'x', ...members }).slice(0, -1)}${tail}}`,
});

describe('a malformed CloudEvent in a topic is set aside', () => {
  it.each<[string, Sent, string, RegExp]>([
    ['no value', { value: null }, 'payload_missing', /no value; the payload is sent as the value/],
    ['an empty value', { value: '' }, 'payload_missing', /no value/],
    ['a value cut off', { value: '{"a":1,"b' }, 'payload_not_json', /not JSON.*position 9.*send the payload as one/],
    ['NUL bytes', { value: Buffer.alloc(50) }, 'payload_not_json', /not JSON/],
    ['Latin 1', { value: Buffer.from('{"a":"\xe9"}', 'latin1') }, 'payload_not_json', /not UTF-8 from byte 6 on; send/],
    ['gzip', { value: gzipSync('{}') }, 'payload_not_json', /not UTF-8 from byte 1 on/],
    ['a list', { value: '[1]' }, 'payload_not_object', /no object; send the payload as one JSON object/],
    ['a number', { value: '1e999' }, 'payload_not_object', /no object/],
    ['too large', { value: `{"a":"${'x'.repeat(LIMIT)}"}` }, 'payload_too_large', /10248 bytes; the limit is 10240/],
    ['no version', { headers: { ce_specversion: undefined } }, 'cloudevent_invalid', /specversion is missing.*send/],
    [
      'version 0.3',
      { headers: { ce_specversion: '0.3' } },
      'cloudevent_invalid',
      /"0\.3"; this reads CloudEvents 1\.0/,
    ],
    ['no id', { headers: { ce_id: undefined } }, 'cloudevent_invalid', /ce_id is missing; send it with every event/],
    ['an empty id', { headers: { ce_id: ' ' } }, 'cloudevent_invalid', /attribute id is empty/],
    ['an id of 257', { headers: { ce_id: id257 } }, 'cloudevent_invalid', /ce_id has to have 1 to 256 characters/],
    ['an id with NUL', { headers: { ce_id: 'a\u0000' } }, 'cloudevent_invalid', /ce_id.*without control characters/],
    ['an id in Latin 1', { headers: { ce_id: Buffer.from([0xe9]) } }, 'cloudevent_invalid', /ce_id.*in UTF-8/],
    ['no source', { headers: { ce_source: undefined } }, 'cloudevent_invalid', /ce_source is missing/],
    [
      'no type',
      { headers: { ce_type: undefined } },
      'event_type_invalid',
      /ce_type is missing; send an event type of 1 to 256/,
    ],
    ['a type with spaces', { headers: { ce_type: 'a b' } }, 'event_type_invalid', /ce_type is "a b".*letters/],
    ['no application', { headers: { ce_application: undefined } }, 'cloudevent_invalid', /ce_application is missing/],
    ['an unknown one', { headers: { ce_application: 'app_x' } }, 'application_unknown', /"app_x".*Create it, or send/],
    [
      'a time that is none',
      { headers: { ce_time: 'yesterday' } },
      'cloudevent_invalid',
      /ce_time is no time.*RFC 3339/,
    ],
    [
      'a day that is none',
      { headers: { ce_time: '2026-02-30T25:00:00Z' } },
      'cloudevent_invalid',
      /ce_time is no time/,
    ],
    [
      'six channels',
      { headers: { ce_channels: 'a,b,c,d,e,f' } },
      'cloudevent_invalid',
      /ce_channels has to name 1 to 5/,
    ],
    ['a record of 1970', { timestamp: 1 }, 'timestamp_invalid', /timestamp is 1; send it with the time/],
    ['a record of next week', { timestamp: Date.now() + 7 * DAY_MS }, 'timestamp_invalid', /timestamp is \d+; send/],
    ['2,000 headers', { headers: many(2_000, 'v') }, 'headers_too_many', /more than 1,000 headers.*in its payload/],
    ['80 KB of headers', { headers: many(40, 'v'.repeat(2_000)) }, 'headers_too_many', /64 KiB of them/],
    [
      'a batch',
      { headers: { 'content-type': 'application/cloudevents-batch+json' }, value: '[]' },
      'cloudevent_invalid',
      /cloudevents-batch\+json"; this reads application\/cloudevents\+json, one event a record/,
    ],
    [
      'another format',
      { headers: { 'content-type': 'application/cloudevents+avro' }, value: 'x' },
      'cloudevent_invalid',
      /cloudevents\+avro"; this reads/,
    ],
    ['structured, and no JSON', { ...structured({}), value: '{' }, 'payload_not_json', /not JSON.*position 1/],
    ['structured, and no object', { ...structured({}), value: '[]' }, 'payload_not_object', /no object/],
    [
      'structured, an id of half a character',
      structured({ id: '\ud83d' }),
      'cloudevent_invalid',
      /id has to have.*UTF-8/,
    ],
    ['structured, an id that is an object', structured({ id: {} }), 'cloudevent_invalid', /attribute id is no text/],
    ['structured, and no data', structured({}, ''), 'payload_missing', /no data; send the payload as data/],
    ['structured, data that is a text', structured({ data: '{}' }, ''), 'payload_not_object', /data is no JSON object/],
    [
      'structured, XML',
      structured({ datacontenttype: 'text/xml' }),
      'payload_not_json',
      /datacontenttype is "text\/xml"/,
    ],
    ['structured, Base64 of nothing', structured({ data_base64: '!' }, ''), 'payload_missing', /no value/],
    [
      'structured, Base64 of no JSON',
      structured({ data_base64: 'AAAA' }, ''),
      'payload_not_json',
      /what data_base64 holds is not JSON/,
    ],
  ])('%s', async (_, sent, code, says) => {
    const isStructured = String(sent.headers?.['content-type'] ?? '').includes('+json');
    const headers = { ...(isStructured ? {} : goodHeaders()), ...sent.headers };
    const offset = await produce(topics.cloudevents, { ...sent, headers });
    expect(await rejected(topics.cloudevents, offset)).toMatchObject({
      code,
      reason: expect.stringMatching(says) as unknown,
    });
  });
});

describe('a malformed record of plain JSON is set aside', () => {
  const good = () => ({ tenant: application.id, kind: 'a', id: 'event', body: {} });
  it.each<[string, object | string, string, RegExp]>([
    ['cut off', '{"tenant":', 'payload_not_json', /not JSON.*send the payload as one JSON object/],
    ['a list', '[]', 'payload_not_object', /no object/],
    [
      'no tenant',
      { tenant: undefined },
      'field_invalid',
      /\/tenant \(application\) is missing; send it with every event/,
    ],
    [
      'a tenant that is an object',
      { tenant: {} },
      'field_invalid',
      /\/tenant \(application\) has to have 1 to 256 characters/,
    ],
    ['no type', { kind: undefined }, 'event_type_invalid', /\/kind \(type\) is missing; send an event type/],
    ['a type that is a number', { kind: 5 }, 'event_type_invalid', /\/kind \(type\) is no text; send/],
    [
      'an id that is a fraction',
      { id: 1.5 },
      'field_invalid',
      /\/id \(id\) is a number that cannot be told exactly; send it as text/,
    ],
    ['an id beyond a double', { id: 1e30 }, 'field_invalid', /\/id \(id\) is a number that cannot be told exactly/],
    ['an id that is true', { id: true }, 'field_invalid', /\/id \(id\) has to have/],
    ['an id of half a character', { id: '\ude00' }, 'field_invalid', /\/id \(id\) has to have.*UTF-8/],
    ['a time that is a list', { at: [] }, 'field_invalid', /\/at \(time\) is no time.*RFC 3339/],
    ['a time before 1970', { at: -1 }, 'field_invalid', /\/at \(time\) is no time/],
    ['channels that are numbers', { to: [1] }, 'field_invalid', /\/to \(channels\) has to name 1 to 5/],
    ['a conversation that is a list', { chat: ['a'] }, 'field_invalid', /\/chat \(conversation\) has to have/],
    [
      'no payload',
      { body: undefined },
      'payload_missing',
      /\/body is missing; the source's map reads the payload there/,
    ],
    ['a payload that is a text', { body: 'x' }, 'payload_not_object', /\/body is no JSON object/],
    ['an unknown tenant', { tenant: 'nobody' }, 'application_unknown', /"nobody".*Create it/],
  ])('%s', async (_, members, code, says) => {
    const value = typeof members === 'string' ? members : JSON.stringify({ ...good(), ...members });
    const offset = await produce(topics.json, { value });
    expect(await rejected(topics.json, offset)).toMatchObject({ code, reason: expect.stringMatching(says) as unknown });
  });

  it.each<[string, string]>([
    ['a time far ahead', '"at":"2999-01-01T00:00:00Z"'],
    ['a time long ago', '"at":"1999-01-01T00:00:00Z"'],
    ['a number of any size in its payload', '"body":{"a":1e400}'],
    ['names given twice', '"body":{"a":1,"a":2}'],
    ['8,000 levels', `"body":${DEEP}`],
    ['half of a character', '"body":{"a":"\\ud83d"}'],
  ])('but not one with %s', async (name, member) => {
    const before = await scene.count(TOPICS.messages);
    await produce(topics.json, { value: `${JSON.stringify({ ...good(), id: name }).slice(0, -1)},${member}}` });
    await scene.until('the message', async () => (await scene.count(TOPICS.messages)) === before + 1);
  });

  it('and holds up nothing: every offset is done with in the end', async () => {
    const groupId = scene.connection.physical('ingest');
    const admin = await scene.connection.admin();
    const done = async (): Promise<boolean> => {
      for (const topic of Object.values(topics)) {
        const [end] = await admin.fetchTopicOffsets(topic);
        const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
        if (group?.partitions[0]?.offset !== end?.high) return false;
      }
      return true;
    };
    await until(done, { timeoutMs: 30_000, what: 'every source offset to be committed' });
  });
});
