import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readMessage, TOPICS } from '@signpost/contracts';
import { isId, newId, timeOfId, type Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { anApplication, Scene } from './scene.js';

let scene: Scene;
let application: Application;
let origin: string;

beforeAll(async () => {
  scene = await Scene.open({ INGEST_PAYLOAD_LIMIT_BYTES: '10240', INGEST_APPLICATION_WAIT_MS: '3000' });
  application = await scene.application({ uid: 'customer-7' });
  const { port } = await scene.start(ingestRole);
  origin = `http://127.0.0.1:${String(port)}/api/v1`;
});
afterAll(async () => {
  await scene.close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

async function post(path: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(`${origin}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { authorization: `Bearer ${scene.apiKey}`, 'content-type': 'application/json', ...headers },
  });
  const text = await answer.text();
  return { status: answer.status, text, json: JSON.parse(text) as unknown };
}

async function messageOf(id: unknown): Promise<ReturnType<typeof readMessage>> {
  const records = await scene.keep(TOPICS.messages);
  const find = () => records.find(({ headers }) => String(headers['ce_message']) === id);
  await scene.until(`message ${String(id)}`, find);
  return readMessage(find() ?? { value: null });
}

describe('POST /api/v1/app/:appId/msg', () => {
  it('writes the payload to messages byte for byte, and answers with it', async () => {
    const payload = '{ "n": 1.00,\n "big": 12345678901234567890, "text": "\\u00e9é😀" , "n": 2 }';
    const body = `{"eventType":"message.sent","payload": ${payload} ,"eventId":"ev-1","channels":["a","b"],"conversationId":"c 1"}`;
    const answer = await post(`/app/${application.id}/msg`, body);
    expect(answer.status).toBe(202);
    expect(answer.text).toContain(`"payload":${payload}}`);
    const { id, timestamp, ...rest } = answer.json as Record<string, string>;
    expect(rest).toEqual({
      eventType: 'message.sent',
      eventId: 'ev-1',
      channels: ['a', 'b'],
      payload: JSON.parse(payload) as unknown,
    });
    expect(isId('msg', id ?? '')).toBe(true);
    expect(Date.parse(timestamp ?? '')).toBe(timeOfId(id ?? ''));
    const message = await messageOf(id);
    expect(message).toMatchObject({
      applicationId: application.id,
      eventType: 'message.sent',
      eventId: 'ev-1',
      channels: ['a', 'b'],
      conversationId: 'c 1',
      acceptedAtMs: Date.parse(timestamp ?? ''),
    });
    expect(message.payload.toString()).toBe(payload);
  });

  it('takes an application by its uid, null for what is absent, and leaves the payload out when asked', async () => {
    const body = '{"eventType":"a","payload":{"x":1},"eventId":null,"channels":null}';
    const answer = await post('/app/customer-7/msg?with_content=false', body);
    expect(answer).toMatchObject({ status: 202, json: { eventType: 'a', payload: {} } });
    const message = await messageOf((answer.json as { id: string }).id);
    expect([message.applicationId, message.payload.toString()]).toEqual([application.id, '{"x":1}']);
  });

  it('waits for an application that is created a moment later', async () => {
    const late = anApplication(scene.organisationId);
    const answer = post(`/app/${late.id}/msg`, '{"eventType":"a","payload":{}}');
    await scene.change({ kind: 'application', id: late.id, version: 1, state: late });
    expect((await answer).status).toBe(202);
  });

  const good = '{"eventType":"a","payload":{}}';
  it.each([
    ['no JSON', '{"eventType":', 400, 'invalid_json', /JSON/],
    ['an empty body', '', 400, 'invalid_json', /JSON/],
    ['no UTF-8', Buffer.from('{"eventType":"a","payload":{"x":"\xff"}}', 'latin1'), 400, 'invalid_json', /UTF-8/],
    [
      'a body of 10 MB',
      `{"eventType":"a","payload":{"x":"${'x'.repeat(10_000_000)}"}}`,
      413,
      'body_too_large',
      /smaller/,
    ],
    [
      'a payload above the limit',
      `{"eventType":"a","payload":{"x":"${'x'.repeat(10_300)}"}}`,
      413,
      'payload_too_large',
      /limit is 10240/,
    ],
  ])('refuses %s', async (_, body, status, code, detail) => {
    const answer = await post(`/app/${application.id}/msg`, body);
    expect(answer).toMatchObject({ status, json: { code, detail: expect.stringMatching(detail) as unknown } });
  });

  it.each([
    ['an event type outside the pattern', '{"eventType":"a b","payload":{}}', ['body', 'eventType']],
    ['no event type', '{"payload":{}}', ['body', 'eventType']],
    ['a payload that is no object', '{"eventType":"a","payload":[1]}', ['body', 'payload']],
    ['no payload', '{"eventType":"a"}', ['body', 'payload']],
    ['six channels', '{"eventType":"a","payload":{},"channels":["1","2","3","4","5","6"]}', ['body', 'channels']],
    ['a channel twice', '{"eventType":"a","payload":{},"channels":["1","1"]}', ['body', 'channels']],
    ['an event id outside the pattern', '{"eventType":"a","payload":{},"eventId":"x y"}', ['body', 'eventId']],
    ['a list', '[]', ['body']],
  ])('refuses %s and says where', async (_, body, loc) => {
    const answer = await post(`/app/${application.id}/msg`, body);
    expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc }] } });
  });

  it('refuses a wrong key, none, an application of nobody and one of somebody else', async () => {
    const path = `/app/${application.id}/msg`;
    expect(await post(path, good, { authorization: 'Bearer wrong' })).toMatchObject({
      status: 401,
      json: { code: 'authentication_failed' },
    });
    expect((await post(path, good, { authorization: '' })).status).toBe(401);
    const foreign = anApplication(newId('org', 0));
    await scene.change({ kind: 'application', id: foreign.id, version: 1, state: foreign });
    const answers = await Promise.all([post('/app/nobody/msg', good), post(`/app/${foreign.id}/msg`, good)]);
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });

  it('refuses what is not sent as JSON', async () => {
    const answer = await post(`/app/${application.id}/msg`, good, { 'content-type': 'text/plain' });
    expect(answer).toMatchObject({ status: 415, json: { code: 'unsupported_media_type' } });
  });
});

describe('POST /api/v1/app/:appId/msg/batch', () => {
  const one = (number: number): string =>
    `{"eventType":"batch.${String(number)}","payload":{"number" : ${String(number)}.0}}`;

  it('accepts all of them, in order, each with its own bytes', async () => {
    const answer = await post(
      `/app/${application.id}/msg/batch`,
      `{"data":[${Array.from({ length: 120 }, (_, number) => one(number)).join(' , ')}]}`,
    );
    expect(answer.status).toBe(202);
    const { data } = answer.json as { data: { id: string; eventType: string }[] };
    expect(data.map(({ eventType }) => eventType)).toEqual(Array.from({ length: 120 }, (_, n) => `batch.${String(n)}`));
    const message = await messageOf(data[77]?.id);
    expect(message.payload.toString()).toBe('{"number" : 77.0}');
  });

  it.each([
    [
      'one of them has no good event type',
      `{"data":[${one(1)},{"eventType":"a b","payload":{}}]}`,
      ['body', 'data', '1', 'eventType'],
    ],
    ['there is none', '{"data":[]}', ['body', 'data']],
    ['there are too many', `{"data":[${Array.from({ length: 501 }, () => one(1)).join(',')}]}`, ['body', 'data']],
  ])('accepts nothing when %s', async (_, body, loc) => {
    const before = await scene.count(TOPICS.messages);
    const answer = await post(`/app/${application.id}/msg/batch`, body);
    expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc }] } });
    expect(await scene.count(TOPICS.messages)).toBe(before);
  });

  it('accepts nothing when one payload is too large, and says which', async () => {
    const before = await scene.count(TOPICS.messages);
    const large = `{"eventType":"a","payload":{"x":"${'x'.repeat(10_300)}"}}`;
    const answer = await post(`/app/${application.id}/msg/batch`, `{"data":[${one(1)},${large}]}`);
    expect(answer).toMatchObject({
      status: 413,
      json: { detail: expect.stringContaining('data[1].payload') as unknown },
    });
    expect(await scene.count(TOPICS.messages)).toBe(before);
  });
});
