import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeFact, TOPICS, type AttemptFact, type MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { TopicFollower } from '@signpost/ports';
import { query, until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';

describe('messages and attempts by HTTP', () => {
  let scene: ApiScene;
  let app: ApplicationId;
  let endpoint: EndpointId;
  beforeAll(async () => {
    scene = await ApiScene.open();
    app = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id as ApplicationId;
    const created = await scene.call('POST', '/api/v1/app/one/endpoint', { url: 'https://example.com/', uid: 'main' });
    endpoint = created.body.id as EndpointId;
  });
  afterAll(() => scene.close());

  const get = (path: string): Promise<Answer> => scene.call('GET', `/api/v1/app/one/${path}`);

  function aMessage(given: Partial<MessageRecord> = {}): MessageRecord {
    const acceptedAtMs = given.acceptedAtMs ?? Date.now();
    return {
      id: newId('msg', acceptedAtMs),
      applicationId: app,
      eventType: 'message.received',
      acceptedAtMs,
      payload: Buffer.from('{"type":"message.received","data":{"n":1}}'),
      ...given,
    };
  }

  function anAttempt(message: MessageRecord, given: Partial<AttemptFact> = {}): AttemptFact {
    const atMs = given.atMs ?? Date.now();
    return {
      kind: 'attempt',
      deliveryId: deliveryIdOf(message.id, endpoint),
      messageId: message.id,
      applicationId: app,
      endpointId: endpoint,
      eventType: message.eventType,
      ...(message.channels === undefined ? {} : { channels: message.channels }),
      attemptId: newId('atmpt', atMs),
      attempt: 1,
      url: 'https://example.com/',
      outcome: 'delivered',
      status: 200,
      responseBody: 'thanks',
      timing: { firstByteMs: 3, totalMs: 4.4 },
      trigger: 'scheduled',
      fate: 'delivered',
      ...given,
      atMs,
    };
  }

  it('are found by their id as soon as it is given out, and by the id of their event', async () => {
    const message = aMessage({ eventId: 'evt/1 ü', channels: ['a'] });
    await scene.publish(message);
    const answer = await get(`msg/${message.id}`);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({
      id: message.id,
      eventId: 'evt/1 ü',
      eventType: 'message.received',
      channels: ['a'],
      timestamp: new Date(message.acceptedAtMs).toISOString(),
      payload: { type: 'message.received', data: { n: 1 } },
    });
    expect((await get(`msg/${encodeURIComponent('evt/1 ü')}`)).body.id).toBe(message.id);
    expect((await get(`msg/${newId('msg', Date.now() - 3_600_000)}`)).status).toBe(404);
  });

  it('have their payload as it was sent, or none at all', async () => {
    const payload = '{ "big": 12345678901234567890, "e": 1.0e2 }';
    const message = aMessage({ payload: Buffer.from(payload) });
    await scene.publish(message);
    expect((await get(`msg/${message.id}`)).text).toContain(`"payload":${payload}}`);
    expect((await get(`msg/${message.id}?with_content=false`)).body.payload).toEqual({});
  });

  it('are listed newest first, by type, channel and time', async () => {
    const atMs = Date.now() - 3_600_000;
    const messages = ['a', 'b', 'a', 'c'].map((eventType, index) =>
      aMessage({ eventType: `list.${eventType}`, acceptedAtMs: atMs + index * 1_000, channels: [`ch-${eventType}`] }),
    );
    for (const message of messages) await scene.publish(message);
    const ids = messages.map(({ id }) => id);
    const list = async (asked: string): Promise<string[]> =>
      (await get(`msg?before=${new Date(atMs + 10_000).toISOString()}${asked}`)).body.data.map(
        (m: { id: string }) => m.id,
      );
    await until(async () => (await list('')).length === 4, { timeoutMs: 10_000, what: 'the messages to be recorded' });
    expect(await list('')).toEqual([...ids].reverse());
    expect(await list('&event_types=list.a,list.b')).toEqual([ids[2], ids[1], ids[0]]);
    expect(await list('&event_types=list.a&event_types=list.c')).toEqual([ids[3], ids[2], ids[0]]);
    expect(await list('&channel=ch-b')).toEqual([ids[1]]);
    expect(await list(`&after=${new Date(atMs + 1_500).toISOString()}`)).toEqual([ids[3], ids[2]]);
    expect(await list('&limit=1')).toEqual([ids[3]]);
    expect(await list(`&limit=2&iterator=${String(ids[3])}`)).toEqual([ids[2], ids[1]]);
    expect(await list('&with_content=false&limit=1')).toEqual([ids[3]]);
  });

  it('have attempts, by message, by endpoint and one by one', async () => {
    const message = aMessage({ channels: ['vip'] });
    const failed = anAttempt(message, {
      atMs: Date.now() - 1_000,
      outcome: 'failed',
      status: 503,
      reason: 'http:503',
      responseBody: 'busy',
      nextAttemptAtMs: Date.now(),
    });
    const { fate: _, ...first } = failed;
    const second = anAttempt(message, { attempt: 2 });
    await scene.publish(message);
    await scene.tell(
      { kind: 'matched', messageId: message.id, applicationId: app, atMs: Date.now(), endpointIds: [endpoint] },
      first,
      second,
    );
    const path = `attempt/msg/${message.id}`;
    await until(async () => (await get(path)).body.data.length === 2, { timeoutMs: 10_000, what: 'the attempts' });
    const list = await get(path);
    expect(list.body).toMatchObject({
      done: true,
      data: [
        {
          id: second.attemptId,
          status: 0,
          statusText: 'success',
          response: 'thanks',
          attempt: 2,
          responseDurationMs: 4,
        },
        {
          id: first.attemptId,
          msgId: message.id,
          endpointId: endpoint,
          status: 2,
          statusText: 'fail',
          responseStatusCode: 503,
          response: 'busy',
          reason: 'http:503',
          triggerType: 0,
          nextAttempt: new Date(first.nextAttemptAtMs ?? 0).toISOString(),
        },
      ],
    });
    expect((await get(`msg/${message.id}/attempt/${second.attemptId}`)).body).toEqual(list.body.data[0]);
    expect((await get(`msg/${message.id}/attempt/${newId('atmpt', 0)}`)).status).toBe(404);
    const byEndpoint = async (asked: string): Promise<string[]> =>
      (await get(`attempt/endpoint/main?${asked}`)).body.data.map(({ id }) => id);
    expect(await byEndpoint('status=2')).toEqual([first.attemptId]);
    expect(await byEndpoint('status=0')).toEqual([second.attemptId]);
    expect(await byEndpoint('status=1')).toEqual([]);
    expect(await byEndpoint('status_code_class=500')).toEqual([first.attemptId]);
    expect(await byEndpoint('channel=vip&limit=1')).toEqual([second.attemptId]);
    expect(await byEndpoint('channel=other')).toEqual([]);
    expect((await get(`${path}?endpoint_id=main`)).body.data).toHaveLength(2);
    expect((await get(`${path}?endpoint_id=other`)).status).toBe(404);
    expect((await get(`${path}?with_content=false`)).body.data[0]?.response).toBe('{}');
  });

  it('show the endpoints that they go to, and how far each delivery is', async () => {
    const path = '/api/v1/app/one/endpoint';
    const others = await Promise.all([
      scene.call('POST', path, { url: 'https://example.com/2' }),
      scene.call('POST', path, { url: 'https://example.com/3' }),
    ]);
    const ids = [endpoint, ...others.map(({ body }) => body.id as EndpointId)].sort() as [
      EndpointId,
      EndpointId,
      EndpointId,
    ];
    const message = aMessage();
    const nextAttemptAtMs = Date.now() + 60_000;
    const { fate: _, ...failed } = anAttempt(message, { outcome: 'failed', nextAttemptAtMs });
    const of = (endpointId: EndpointId) => ({ endpointId, deliveryId: deliveryIdOf(message.id, endpointId) });
    await scene.publish(message);
    await scene.tell(
      { kind: 'matched', messageId: message.id, applicationId: app, atMs: Date.now(), endpointIds: ids },
      anAttempt(message, of(ids[0])),
      { ...failed, ...of(ids[1]) },
    );
    const list = async (query = ''): Promise<Answer> => get(`msg/${message.id}/endpoint${query}`);
    const states = async (query?: string) =>
      (await list(query)).body.data.map(({ id, status, state }) => [id, status, state]);
    const expected = [
      [ids[0], 0, 'delivered'],
      [ids[1], 1, 'waiting'],
      [ids[2], 3, 'pending'],
    ];
    await until(async () => (await states()).filter(([, , state]) => state !== 'pending').length === 2, {
      timeoutMs: 10_000,
      what: 'the deliveries to be recorded',
    });
    expect(await states()).toEqual(expected);
    expect((await list()).body.data[1]).toMatchObject({ nextAttempt: new Date(nextAttemptAtMs).toISOString() });
    expect(await states('?limit=2')).toEqual(expected.slice(0, 2));
    expect(await states(`?limit=2&iterator=${ids[1]}`)).toEqual(expected.slice(2));
    expect(await states(`?limit=2&iterator=-${ids[2]}`)).toEqual(expected.slice(0, 2));
  });

  it('show how a delivery ended that was not delivered, with an attempt or without', async () => {
    const path = '/api/v1/app/one/endpoint';
    const created = await Promise.all(
      ['4', '5', '6', '7', '8'].map((name) => scene.call('POST', path, { url: `https://example.com/${name}` })),
    );
    const ids = created.map(({ body }) => body.id as EndpointId);
    const message = aMessage();
    const { id: messageId, eventType } = message;
    const given = { messageId, applicationId: app, eventType, atMs: Date.now() };
    const ends = [
      { fate: 'expired' },
      { fate: 'superseded' },
      { fate: 'cancelled' },
      { fate: 'dead-lettered', deadLetterReason: 'parked-too-long' },
    ] as const;
    const facts = ends.map((end, at) => {
      const endpointId = ids[at] ?? endpoint;
      return { kind: 'fate' as const, ...given, endpointId, deliveryId: deliveryIdOf(messageId, endpointId), ...end };
    });
    const last = ids[4] ?? endpoint;
    const failed = { outcome: 'failed', reason: 'http:500', status: 500, fate: 'expired' } as const;
    await scene.publish(message);
    await scene.tell(
      { kind: 'matched', messageId, applicationId: app, atMs: Date.now(), endpointIds: ids },
      ...facts,
      anAttempt(message, { ...failed, endpointId: last, deliveryId: deliveryIdOf(messageId, last) }),
    );
    const list = async () => (await get(`msg/${messageId}/endpoint`)).body.data;
    await until(async () => (await list()).every(({ state }) => state !== 'pending'), {
      timeoutMs: 10_000,
      what: 'the ends to be recorded',
    });
    const shown = new Map((await list()).map((one) => [one.id, one]));
    expect(ids.map((id) => shown.get(id)?.state)).toEqual([...ends.map(({ fate }) => fate), 'expired']);
    expect(shown.get(ids[3] ?? '')).toMatchObject({ status: 2, deadLetterReason: 'parked-too-long' });
    const attempts = (await get(`attempt/endpoint/${last}`)).body.data;
    expect(attempts).toMatchObject([{ msgId: messageId, status: 2, reason: 'http:500' }]);
  });

  it('are recorded once, however often their records come', async () => {
    const message = aMessage();
    const fact = anAttempt(message);
    for (let time = 0; time < 3; time += 1) {
      await scene.publish(message);
      await scene.tell(fact);
    }
    const last = aMessage();
    await scene.publish(last);
    await get(`msg/${last.id}`);
    const count = async (table: string, column: string) =>
      (await query(scene.databaseUrl, `SELECT FROM ${table} WHERE ${column} = '${message.id}'`)).length;
    await until(async () => (await count('attempts', 'message_id')) === 1, { timeoutMs: 10_000, what: 'the attempt' });
    expect(await count('messages', 'id')).toBe(1);
    expect(await count('deliveries', 'message_id')).toBe(1);
  });

  it('that cannot be read or written are set aside with the reason, and hold up nothing', async () => {
    const rejected: { readonly value: string; readonly rejection: Record<string, unknown> }[] = [];
    const following = await scene.process.app.get(TopicFollower).follow(TOPICS.rejected, (record) => {
      rejected.push({
        value: String(record.value),
        rejection: JSON.parse(String(record.headers['signpost-rejection'])) as Record<string, unknown>,
      });
    });
    await scene.sink.append({ topic: TOPICS.journal, key: 'k', value: Buffer.from('no fact') });
    await scene.sink.append({ topic: TOPICS.messages, key: 'k', value: Buffer.from('{}'), headers: { ce_type: 'x' } });
    const poison = { ...anAttempt(aMessage()), attempt: 1e9 };
    await scene.sink.append({ topic: TOPICS.journal, key: 'k', value: encodeFact(poison) });
    const message = aMessage();
    await scene.publish(message);
    await scene.tell(anAttempt(message));
    await until(async () => (await get(`attempt/msg/${message.id}`)).body.data.length === 1, {
      timeoutMs: 10_000,
      what: 'what came behind them',
    });
    await until(() => rejected.length === 3, { timeoutMs: 10_000, what: 'the three to be set aside' });
    expect(rejected.map(({ rejection }) => rejection['code']).sort()).toEqual([
      'log_refused',
      'record_unreadable',
      'record_unreadable',
    ]);
    expect(rejected.find(({ value }) => value === 'no fact')?.rejection).toMatchObject({
      reason: expect.any(String),
      source: { topic: 'journal', offset: expect.any(Number), partition: expect.any(Number) },
    });
    await following.stop();
  });
});
