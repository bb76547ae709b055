import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptFact, MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';

const DAY = 86_400_000;
const PAYLOAD = '{ "big": 12345678901234567890 }';

describe('the delivery log by HTTP', () => {
  let scene: ApiScene;
  let app: ApplicationId;
  let endpoint: EndpointId;
  let first: MessageRecord;
  let second: MessageRecord;
  let failed: AttemptFact;
  beforeAll(async () => {
    scene = await ApiScene.open();
    app = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id as ApplicationId;
    const created = await scene.call('POST', '/api/v1/app/one/endpoint', { url: 'https://example.com/', uid: 'main' });
    endpoint = created.body.id as EndpointId;
    first = aMessage({ eventId: 'order-1', channels: ['red'] });
    second = aMessage({ eventId: 'order-2', eventType: 'b', acceptedAtMs: first.acceptedAtMs + 1_000 });
    failed = anAttempt(first, {
      outcome: 'failed',
      status: 503,
      reason: 'http:503',
      responseBody: 'busy',
      requestHeaders: { 'x-tenant': 'seven', authorization: '***' },
      responseHeaders: { server: 'nginx' },
      timing: { connectMs: 1, tlsMs: 2, firstByteMs: 3, lostMs: 4, totalMs: 10 },
      nextAttemptAtMs: first.acceptedAtMs + DAY,
    });
    await scene.publish(first);
    await scene.publish(second);
    await scene.tell(failed, anAttempt(second, { fate: 'delivered' }));
    await until(async () => (await get('endpoint/main/msg')).body.data.length === 2, {
      timeoutMs: 15_000,
      what: 'both deliveries to be recorded',
    });
  });
  afterAll(() => scene.close());

  const get = (path: string): Promise<Answer> => scene.call('GET', `/api/v1/app/one/${path}`);
  const ids = async (path: string) => (await get(path)).body.data.map(({ id }) => id);

  function aMessage(given: Partial<MessageRecord> = {}): MessageRecord {
    const acceptedAtMs = given.acceptedAtMs ?? Date.now() - 60_000;
    const id = newId('msg', acceptedAtMs);
    return { id, applicationId: app, eventType: 'a', payload: Buffer.from(PAYLOAD), ...given, acceptedAtMs };
  }

  function anAttempt(message: MessageRecord, given: Partial<AttemptFact> = {}): AttemptFact {
    const atMs = message.acceptedAtMs + 10;
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
      timing: { totalMs: 1 },
      trigger: 'scheduled',
      ...given,
      atMs,
    };
  }

  it('lists the messages of an endpoint, with their payload as it was sent and how each stands', async () => {
    const answer = await get('endpoint/main/msg');
    expect(answer.text).toContain(`"payload":${PAYLOAD}}`);
    expect(answer.body).toMatchObject({
      done: true,
      iterator: first.id,
      prevIterator: `-${second.id}`,
      data: [
        { id: second.id, eventType: 'b', status: 0, statusText: 'success', state: 'delivered', nextAttempt: null },
        {
          id: first.id,
          eventId: 'order-1',
          channels: ['red'],
          status: 1,
          statusText: 'pending',
          state: 'waiting',
          nextAttempt: new Date(first.acceptedAtMs + DAY).toISOString(),
        },
      ],
    });
    expect((await get('endpoint/main/msg?with_content=false')).body.data[0]?.payload).toEqual({});
    expect(await ids('endpoint/main/msg?status=1')).toEqual([first.id]);
    expect(await ids('endpoint/main/msg?status=2')).toEqual([]);
    expect(await ids('endpoint/main/msg?status=3')).toEqual([]);
    expect(await ids('endpoint/main/msg?event_types=b,c')).toEqual([second.id]);
    expect(await ids('endpoint/main/msg?channel=red')).toEqual([first.id]);
    expect(await ids('endpoint/main/msg?search=order-2')).toEqual([second.id]);
    expect(await ids('endpoint/main/msg?limit=1')).toEqual([second.id]);
    expect(await ids(`endpoint/main/msg?limit=1&iterator=${second.id}`)).toEqual([first.id]);
    expect(await ids(`endpoint/main/msg?limit=1&iterator=-${first.id}`)).toEqual([second.id]);
  });

  it('shows what was sent and answered, the time of each phase, and the message if asked', async () => {
    const path = 'attempt/endpoint/main?status=2';
    const [shown] = (await get(path)).body.data;
    expect(shown).toMatchObject({
      requestHeaders: {
        'content-type': 'application/json',
        'webhook-id': first.id,
        'webhook-signature': '***',
        'x-tenant': 'seven',
        authorization: '***',
      },
      responseHeaders: { server: 'nginx' },
      timing: failed.timing,
      nextAttempt: new Date(first.acceptedAtMs + DAY).toISOString(),
    });
    expect(shown).not.toHaveProperty('msg');
    const withMessage = await get(`${path}&with_msg=true`);
    expect(withMessage.body.data[0]).toMatchObject({ id: failed.attemptId, msg: { id: first.id, eventId: 'order-1' } });
    expect(withMessage.text).toContain(PAYLOAD);
    const [bare] = (await get(`${path}&with_content=false`)).body.data;
    expect(bare).toMatchObject({ response: '{}' });
    expect(bare).not.toHaveProperty('requestHeaders');
  });

  it('finds attempts and messages by the beginning of an id, and asks for more of it where that is too little', async () => {
    expect(await ids('attempt/endpoint/main?search=order-1')).toEqual([failed.attemptId]);
    expect(await ids(`attempt/endpoint/main?search=${first.id.slice(0, 20)}`)).toEqual([failed.attemptId]);
    expect(await ids('msg?search=order-')).toEqual([second.id, first.id]);
    expect(await ids('msg?search=nothing')).toEqual([]);
    const many = Array.from({ length: 101 }, (_, at) => aMessage({ eventId: `many-${String(at)}` }));
    for (const message of many) await scene.publish(message);
    const last = many.at(-1)?.id ?? '';
    expect((await get(`msg/${last}`)).status).toBe(200);
    await until(async () => (await get('msg?search=many-')).status === 422, { timeoutMs: 10_000, what: 'too many' });
    expect((await get('msg?search=many-')).body.detail).toMatchObject([
      { loc: ['query', 'search'], type: 'search_too_wide' },
    ]);
  });

  it('counts deliveries by how they stand, of 28 days at most', async () => {
    const stats = async (query: string) => get(`endpoint/main/stats${query}`);
    expect((await stats('')).body).toEqual({ success: 1, pending: 1, sending: 0, fail: 0, canceled: 0 });
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const before = new Date(first.acceptedAtMs + 500).toISOString();
    expect((await stats(`?until=${before}`)).body).toMatchObject({ success: 0, pending: 1 });
    expect((await stats(`?since=${at(-28 * DAY)}`)).status).toBe(200);
    for (const range of [`?since=${at(-29 * DAY)}`, `?until=${at(DAY)}`, `?since=${at(-DAY)}&until=${at(-2 * DAY)}`]) {
      expect(await stats(range)).toMatchObject({ status: 400, body: { code: 'invalid_range' } });
    }
    expect((await stats('?since=yesterday')).status).toBe(422);
    expect((await get('endpoint/none/stats')).status).toBe(404);
  });

  it('expunges a payload and an answer for good, and of nobody else', async () => {
    const message = aMessage();
    const attempt = anAttempt(message, { responseBody: 'a secret', fate: 'delivered' });
    await scene.publish(message);
    await scene.tell(attempt);
    const content = `/api/v1/app/one/msg/${message.id}/content`;
    const answer = `/api/v1/app/one/msg/${message.id}/attempt/${attempt.attemptId}/content`;
    const stranger = await scene.keyOf('stranger');
    expect((await scene.call('DELETE', content, undefined, stranger)).status).toBe(404);
    expect((await scene.call('DELETE', answer, undefined, stranger)).status).toBe(404);
    expect((await scene.call('DELETE', content)).status).toBe(204);
    expect((await scene.call('DELETE', answer)).status).toBe(204);
    // All of it comes again, as after a crash.
    await scene.publish(message);
    await scene.tell(attempt);
    const later = aMessage();
    await scene.publish(later);
    await scene.tell(anAttempt(later));
    expect((await get(`msg/${later.id}`)).status).toBe(200);
    expect((await get(`msg/${message.id}`)).body.payload).toEqual({ expired: true });
    expect((await get(`msg/${message.id}/attempt/${attempt.attemptId}`)).body.response).toBe('EXPUNGED');
    expect((await scene.call('DELETE', `/api/v1/app/one/msg/${newId('msg', Date.now())}/content`)).status).toBe(404);
  });
});
