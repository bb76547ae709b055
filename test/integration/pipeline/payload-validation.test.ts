import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { readMessage, readRejection, TOPICS } from '@signpost/contracts';
import { SCHEMA_MISMATCH_TAG, uidKey, type EventType, type ValidationMode } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { freshTopicPrefix, makeTopics } from '@signpost/testing';
import { Scene } from './scene.js';

const topic = `platform-${freshTopicPrefix()}events`;
const SCHEMA = { type: 'object', required: ['data'], properties: { data: { properties: { n: { type: 'integer' } } } } };
const FITS = '{"data":{"n":1}}';
const DOES_NOT = '{"data":{"n":"one"}}';

describe('payloads', () => {
  let scene: Scene;
  let producer: Producer;
  let origin: string;
  beforeAll(async () => {
    scene = await Scene.open({ INGEST_SOURCE_TOPICS: topic, INGEST_APPLICATION_WAIT_MS: '5000' });
    await makeTopics(scene.connection.config.brokers, [{ topic, numPartitions: 1 }]);
    producer = new Kafka({ brokers: [...scene.connection.config.brokers], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await eventType('checked', { schema: JSON.stringify(SCHEMA) });
    await eventType('enforced', { schema: JSON.stringify(SCHEMA), validation: 'enforce' });
    const { port } = await scene.start(ingestRole);
    origin = `http://127.0.0.1:${String(port)}`;
  });
  afterAll(async () => {
    await producer.disconnect();
    await scene.close();
  });

  async function eventType(name: string, change: Partial<EventType>): Promise<void> {
    const { organisationId } = scene;
    const state: EventType = { organisationId, name, version: 1, archived: false, ...change };
    await scene.change({ kind: 'event-type', id: uidKey(organisationId, name), version: state.version, state });
  }

  async function post(app: string, body: unknown, path = 'msg'): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${origin}/api/v1/app/${app}/${path}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { authorization: `Bearer ${scene.apiKey}`, 'content-type': 'application/json' },
    });
    return { status: answer.status, text: await answer.text() };
  }

  const publish = (app: string, payload: string, type = 'checked'): Promise<{ status: number; text: string }> =>
    post(app, `{"eventType":"${type}","payload":${payload}}`);
  const withMode = async (mode: ValidationMode, of = 'checked'): Promise<string> =>
    (await scene.application({ validation: { [of]: mode } })).id;

  async function tagsOf(text: string): Promise<readonly string[] | undefined> {
    const { id } = JSON.parse(text) as { readonly id: string };
    const records = await scene.keep(TOPICS.messages);
    const find = () => records.find(({ headers }) => String(headers['ce_message']) === id);
    await scene.until(`message ${id}`, find);
    return readMessage(find() ?? { value: null }).tags;
  }

  it('that do not fit are refused where that is enforced, with every place', async () => {
    const app = await withMode('enforce');
    expect((await publish(app, FITS)).status).toBe(202);
    const { status, text } = await publish(app, DOES_NOT);
    expect([status, JSON.parse(text)]).toEqual([
      422,
      {
        detail: [
          {
            loc: ['body', 'payload', 'data', 'n'],
            msg: 'must be integer, by the schema of checked',
            type: 'payload_type',
          },
        ],
      },
    ]);
  });

  it('of a batch are refused together, and none is written', async () => {
    const app = await withMode('enforce');
    const before = (await scene.keep(TOPICS.messages)).length;
    const data = [FITS, DOES_NOT, '{}'].map((text) => ({ eventType: 'checked', payload: JSON.parse(text) as unknown }));
    const { status, text } = await post(app, { data }, 'msg/batch');
    const { detail } = JSON.parse(text) as { readonly detail: readonly { readonly loc: readonly string[] }[] };
    expect([status, detail.map(({ loc }) => loc.join('.'))]).toEqual([
      422,
      ['body.data.1.payload.data.n', 'body.data.2.payload.data'],
    ]);
    await tagsOf((await publish(app, FITS)).text);
    expect(await scene.keep(TOPICS.messages)).toHaveLength(before + 1);
  });

  it('are accepted with a mark where it only warns, and without one where it is off or nobody asked', async () => {
    const warned = await publish(await withMode('warn'), DOES_NOT);
    expect([warned.status, await tagsOf(warned.text)]).toEqual([202, [SCHEMA_MISMATCH_TAG]]);
    const marked = await publish(await withMode('warn'), FITS);
    expect([marked.status, await tagsOf(marked.text)]).toEqual([202, undefined]);
    for (const app of [await withMode('off'), (await scene.application()).id]) {
      const { status, text } = await publish(app, DOES_NOT);
      expect([status, await tagsOf(text)]).toEqual([202, undefined]);
    }
  });

  it('are checked as the event type has it, unless the application says otherwise', async () => {
    const { id } = await scene.application();
    expect((await publish(id, DOES_NOT, 'enforced')).status).toBe(422);
    expect((await publish(await withMode('off', 'enforced'), DOES_NOT, 'enforced')).status).toBe(202);
  });

  it('are checked by the catalogue where the organisation has no schema of its own', async () => {
    const app = await withMode('enforce', '*');
    const { status, text } = await publish(app, FITS, 'rating.submitted');
    expect([status, text]).toEqual([422, expect.stringContaining('"score"')]);
    expect((await publish(app, FITS, 'known.to.nobody')).status).toBe(202);
  });

  it('that came as raw text are checked as well', async () => {
    const app = await withMode('enforce');
    const raw = (rawPayload: string) =>
      post(app, { eventType: 'checked', payload: {}, transformationsParams: { rawPayload } });
    expect((await raw(FITS)).status).toBe(202);
    expect((await raw(DOES_NOT)).status).toBe(422);
    expect((await raw('plain')).status).toBe(422);
  });

  it('are checked by the schema as it is now', async () => {
    await eventType('changing', { schema: JSON.stringify(SCHEMA), validation: 'enforce' });
    const { id } = await scene.application();
    await scene.until('the schema', async () => (await publish(id, DOES_NOT, 'changing')).status === 422);
    await eventType('changing', { schema: '{}', validation: 'enforce', version: 2 });
    await scene.until('another schema', async () => (await publish(id, DOES_NOT, 'changing')).status === 202);
  });

  it('are let through where their schema cannot be used', async () => {
    await eventType('broken', { schema: '{"pattern":"("}', validation: 'enforce' });
    const { id } = await scene.application();
    expect((await publish(id, DOES_NOT, 'broken')).status).toBe(202);
  });

  it('from a topic are set aside with the places where that is enforced, and marked where it warns', async () => {
    const [enforced, warned] = [await withMode('enforce'), await withMode('warn')];
    const rejected = await scene.keep(TOPICS.rejected);
    const messages = await scene.keep(TOPICS.messages);
    const send = (app: string, id: string, value: string) => {
      const headers = { ce_specversion: '1.0', ce_id: id, ce_type: 'checked', ce_source: '/s', ce_application: app };
      return { value, headers };
    };
    await producer.send({
      topic,
      messages: [send(enforced, 'refused', DOES_NOT), send(warned, 'warned', DOES_NOT), send(enforced, 'fits', FITS)],
    });
    const message = (id: string) => messages.find(({ headers }) => String(headers['ce_event']) === id);
    await scene.until('all three', () => rejected.length > 0 && message('warned') && message('fits'));
    expect(rejected.map(({ headers }) => readRejection(headers))).toMatchObject([
      {
        code: 'payload_invalid',
        reason: 'the payload does not fit the schema of checked: payload.data.n must be integer',
      },
    ]);
    expect(readMessage(message('warned') ?? { value: null }).tags).toEqual([SCHEMA_MISMATCH_TAG]);
    expect(readMessage(message('fits') ?? { value: null }).tags).toBeUndefined();
  });
});
