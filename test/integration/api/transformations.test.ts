import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  deliveryIdOf,
  MOST_VERSIONS,
  newId,
  SecretBox,
  type ApplicationId,
  type Endpoint,
  type EndpointId,
} from '@signpost/domain';
import { ExplainOut, listOf, MessageAttemptOut, type AttemptFact } from '@signpost/contracts';
import { query, until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';

const CODE = 'function handler(webhook) { webhook.payload = { v: 1 }; return webhook; }';
const MessageAttempts = listOf(MessageAttemptOut);
const coded = (value: string) => `function handler(webhook) { webhook.payload = { v: ${value} }; return webhook; }`;

describe("an endpoint's transformation", () => {
  let scene: ApiScene;
  let app: ApplicationId;
  beforeAll(async () => {
    scene = await ApiScene.open();
    app = (await call('POST', 'app', { name: 'One' })).body.id as ApplicationId;
  });
  afterAll(() => scene.close());

  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    scene.call(method, `/api/v1/${path}`, body);
  const anEndpoint = async (fields: object = {}): Promise<{ id: EndpointId; path: string }> => {
    const { body } = await call('POST', `app/${app}/endpoint`, { url: 'https://example.com/hooks', ...fields });
    return { id: body.id as EndpointId, path: `app/${app}/endpoint/${body.id}/transformation` };
  };
  const inControl = (id: EndpointId, holds: (endpoint: Endpoint) => boolean): Promise<Endpoint> =>
    until(
      () => {
        const known = scene.control.view.endpoint(id);
        return known !== undefined && holds(known) ? known : undefined;
      },
      { timeoutMs: 10_000, what: 'the data plane to know it', everyMs: 5 },
    );

  it('is none at first, and what was set after', async () => {
    const { id, path } = await anEndpoint();
    expect((await call('GET', path)).body).toEqual({ code: null, enabled: false, version: null, updatedAt: null });
    const set = await call('PUT', path, { code: CODE });
    expect(set).toMatchObject({ status: 200, body: { code: CODE, enabled: true, version: 1 } });
    expect((await call('GET', path)).body).toEqual(set.body);
    const known = await inControl(id, ({ transformation }) => transformation !== undefined);
    expect(known.transformation?.version).toBe(1);
    expect(JSON.stringify(known)).not.toContain('handler');
    const box = new SecretBox('a key for tests and nothing else');
    expect(box.open(known.transformation?.sealedCode ?? '').toString()).toBe(CODE);
    const rows = await query(
      scene.databaseUrl,
      `SELECT * FROM endpoints e JOIN transformation_versions v ON v.endpoint_id = e.id WHERE e.id = '${id}'`,
    );
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('function handler');
  });

  it('has versions: other code is a new one, the same is none, and any can be put in force again', async () => {
    const { id, path } = await anEndpoint();
    for (const value of ['1', '2', '2', '3'])
      expect((await call('PUT', path, { code: coded(value) })).status).toBe(200);
    const listed = await call('GET', `${path}/version`);
    expect(listed.body.data).toMatchObject([
      { version: 3, current: true, createdBy: { type: 'api-key' } },
      { version: 2, current: false },
      { version: 1, current: false },
    ]);
    expect((await call('GET', `${path}/version/1`)).body).toMatchObject({ version: 1, code: coded('1') });
    expect(await call('POST', `${path}/rollback`, { version: 1 })).toMatchObject({
      status: 200,
      body: { version: 1, code: coded('1'), enabled: true },
    });
    await inControl(id, ({ transformation }) => transformation?.version === 1);
    expect((await call('PUT', path, { code: coded('4') })).body).toMatchObject({ version: 4 });
    for (const missing of [
      await call('GET', `${path}/version/9`),
      await call('POST', `${path}/rollback`, { version: 9 }),
    ]) {
      expect(missing).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
  });

  it('keeps so many versions and no more', async () => {
    const { path } = await anEndpoint();
    for (let value = 1; value <= MOST_VERSIONS + 2; value += 1) await call('PUT', path, { code: coded(String(value)) });
    const { data } = (await call('GET', `${path}/version`)).body;
    expect(data).toHaveLength(MOST_VERSIONS);
    expect(data[0]).toMatchObject({ version: MOST_VERSIONS + 2, current: true });
    expect((await call('POST', `${path}/rollback`, { version: 2 })).status).toBe(404);
    for (const version of [0, 1_000_000_000, 1_098_938_341_107_758]) {
      expect((await call('POST', `${path}/rollback`, { version })).status).toBe(422);
      expect((await call('POST', `${path}/try`, { version })).status).toBe(422);
    }
  });

  it('is switched off and on, and taken off, in the form of the peer', async () => {
    const { id, path } = await anEndpoint();
    expect(await call('PATCH', path, { enabled: true })).toMatchObject({
      status: 409,
      body: { code: 'no_transformation' },
    });
    expect((await call('PATCH', path, { code: CODE })).status).toBe(204);
    await inControl(id, ({ transformation }) => transformation?.version === 1);
    expect((await call('PATCH', path, { enabled: false })).status).toBe(204);
    await inControl(id, ({ transformation }) => transformation === undefined);
    expect((await call('GET', path)).body).toMatchObject({ code: CODE, enabled: false, version: 1 });
    await call('PATCH', `app/${app}/endpoint/${id}`, { description: 'something else' });
    expect((await call('GET', path)).body).toMatchObject({ code: CODE, enabled: false, version: 1 });
    expect((await call('PATCH', path, { enabled: true })).status).toBe(204);
    expect((await call('PATCH', path, { code: null })).status).toBe(204);
    expect((await call('GET', path)).body).toMatchObject({ code: null, enabled: false, version: null });
    await inControl(id, ({ transformation }) => transformation === undefined);
    expect((await call('POST', `${path}/rollback`, { version: 1 })).body).toMatchObject({ code: CODE, version: 1 });
  });

  it.each([
    [
      'is no JavaScript',
      { code: 'function handler(webhook) {\n return webhook +;\n}' },
      'transformation_syntax',
      /line 2/,
    ],
    ['has no handler', { code: 'let x = 1;' }, 'transformation_no_handler', /handler/],
    ['loops before there is a message', { code: 'for (;;);' }, 'transformation_timeout', /ms/],
    ['is too long', { code: `//${'x'.repeat(51_200)}` }, 'too_big', /51200/],
    ['is too long in bytes', { code: `//${'é'.repeat(30_000)}` }, 'custom', /bytes/],
    ['is empty', { code: '' }, 'too_small', /./],
  ])('is refused when its code %s, with the reason', async (_, body, type, msg) => {
    const { path } = await anEndpoint();
    for (const method of ['PUT', 'PATCH']) {
      const answer = await call(method, path, body);
      expect(answer).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'code'], type }] } });
      expect(answer.text).toMatch(msg);
    }
    expect((await call('GET', path)).body).toMatchObject({ version: null });
  });

  it('shows in the audit log, without its code, and is gone with its endpoint', async () => {
    const { id, path } = await anEndpoint();
    await call('PUT', path, { code: coded('"a key of mine"') });
    const { text, body } = await call('GET', `audit-log?object_id=${id}`);
    expect(body.data[0]).toMatchObject({
      operation: 'v1.endpoint.transformation-update',
      after: { transformation: { version: 1, enabled: true, sealedCode: '***' } },
    });
    expect(text).not.toContain('a key of mine');
    await call('DELETE', `app/${app}/endpoint/${id}`);
    expect(await query(scene.databaseUrl, `SELECT FROM transformation_versions WHERE endpoint_id = '${id}'`)).toEqual(
      [],
    );
    expect((await call('GET', path)).status).toBe(404);
  });

  it('stands in each attempt with the version that made its request, and in what explains its arrival', async () => {
    const { id: endpointId } = await anEndpoint();
    const messageId = newId('msg', Date.now());
    const of = { messageId, applicationId: app, eventType: 'made.here' };
    await scene.publish({ id: messageId, ...of, acceptedAtMs: Date.now(), payload: Buffer.from('{}') });
    const delivery = { ...of, endpointId, deliveryId: deliveryIdOf(messageId, endpointId) };
    const attempted = (attempt: number, more: Partial<AttemptFact>): AttemptFact => ({
      ...delivery,
      kind: 'attempt',
      attemptId: newId('atmpt', Date.now() + attempt),
      attempt,
      atMs: Date.now() + attempt,
      url: 'https://example.com/hooks',
      outcome: 'failed',
      timing: { totalMs: 1 },
      trigger: 'scheduled',
      ...more,
    });
    await scene.tell(
      { kind: 'matched', messageId, applicationId: app, atMs: Date.now(), endpointIds: [endpointId] },
      attempted(1, { reason: 'transformation:threw', transformation: 1 }),
      attempted(2, { reason: 'http:503', status: 503 }),
      attempted(3, { outcome: 'delivered', status: 200, transformation: 2, fate: 'delivered' }),
    );
    const list = () => call('GET', `app/${app}/attempt/msg/${messageId}?order=ascending`);
    await until(async () => (await list()).body.data.length === 3, {
      timeoutMs: 20_000,
      what: 'the attempts to be logged',
    });
    const { data } = MessageAttempts.parse((await list()).body);
    expect(data.map(({ transformationVersion }) => transformationVersion)).toEqual([1, undefined, 2]);
    const explained = ExplainOut.parse((await call('GET', `explain/${messageId}`)).body);
    const [{ attempts, rule } = { attempts: [], rule: { text: '' } }] = explained.endpoints.filter(
      (one) => one.endpointId === endpointId,
    );
    expect(attempts.map(({ transformationVersion }) => transformationVersion)).toEqual([1, undefined, 2]);
    expect(rule.text).toContain("Version 2 of the endpoint's transformation");
  });

  it('that declined a message is what explains that it did not arrive, with its version', async () => {
    const { id: endpointId } = await anEndpoint();
    const messageId = newId('msg', Date.now());
    const of = { messageId, applicationId: app, eventType: 'declined.here' };
    await scene.publish({ id: messageId, ...of, acceptedAtMs: Date.now(), payload: Buffer.from('{}') });
    const delivery = { ...of, endpointId, deliveryId: deliveryIdOf(messageId, endpointId) };
    await scene.tell(
      { kind: 'matched', messageId, applicationId: app, atMs: Date.now(), endpointIds: [endpointId] },
      { kind: 'fate', ...delivery, fate: 'declined', transformation: 2, atMs: Date.now() + 5 },
    );
    const explained = await until(
      async () => {
        const { text } = await call('GET', `explain/${messageId}`);
        return text.includes('transformation version 2') ? text : undefined;
      },
      { timeoutMs: 20_000, what: 'the fate to be explained' },
    );
    expect(explained).toContain('"verdict":"declined"');
    expect(explained).toContain("The endpoint's transformation declined it.");
  });

  describe('tried', () => {
    const message = async (eventType: string, payload: string): Promise<string> => {
      const id = newId('msg', Date.now());
      await scene.publish({
        id,
        applicationId: app,
        eventType,
        acceptedAtMs: Date.now(),
        payload: Buffer.from(payload),
      });
      await until(async () => (await call('GET', `app/${app}/msg/${id}`)).status === 200, {
        timeoutMs: 20_000,
        what: 'the message to be logged',
      });
      return id;
    };

    it('on recent messages of its types shows what would be sent, and sends nothing', async () => {
      const { path } = await anEndpoint({ eventTypes: ['tried.here'] });
      const ids = [await message('tried.here', '{"n":1}'), await message('tried.here', '{"n": 2.0}')];
      await message('tried.elsewhere', '{"n":3}');
      const code = `function handler(webhook) {
        console.log('n is', webhook.payload.n);
        if (webhook.payload.n === 1) throw new Error('not one');
        webhook.url += '?n=' + webhook.payload.n;
        return webhook;
      }`;
      const tried = await call('POST', `${path}/try`, { code });
      const before = (body: string) => ({ method: 'POST', url: 'https://example.com/hooks', body });
      expect(tried).toMatchObject({
        status: 200,
        body: {
          data: [
            {
              msgId: ids[1],
              outcome: 'made',
              before: before('{"n": 2.0}'),
              after: { method: 'POST', url: 'https://example.com/hooks?n=2', body: '{"n": 2.0}', bodyChanged: false },
              console: ['n is 2'],
              cpuMs: expect.any(Number),
              memoryBytes: expect.any(Number),
            },
            {
              msgId: ids[0],
              outcome: 'threw',
              line: 3,
              message: expect.stringContaining('not one'),
              console: ['n is 1'],
            },
          ],
        },
      });
      expect(tried.body.data).toHaveLength(2);
      expect((await call('GET', path)).body).toMatchObject({ version: null });
      const named = await call('POST', `${path}/try`, { code: CODE, messageIds: [ids[0]] });
      expect(named.body.data).toMatchObject([{ msgId: ids[0], after: { body: '{"v":1}', bodyChanged: true } }]);
      expect((await call('POST', `${path}/try`, { code, limit: 1 })).body.data).toHaveLength(1);
    });

    it('on those messages alone that the endpoint asks for by wildcards, channels and filters', async () => {
      const wild = await anEndpoint({
        eventTypes: ['tried.wild.*'],
        filters: [{ json: { data: { n: { $gte: 2 } } } }],
      });
      await message('tried.wild.b', '{"n":1}');
      const ids = [await message('tried.wild.a', '{"n":2}'), await message('tried.wild.b', '{"n":3}')];
      await message('tried.tame.a', '{"n":4}');
      const { data } = (await call('POST', `${wild.path}/try`, { code: CODE })).body;
      expect(data).toMatchObject([{ msgId: ids[1] }, { msgId: ids[0] }]);
      expect(data).toHaveLength(2);
    });

    it('on an example, in the version in force or another', async () => {
      const { path } = await anEndpoint();
      const example = { eventType: 'a.b', payload: { a: 1 } };
      expect(await call('POST', `${path}/try`, { example })).toMatchObject({
        status: 409,
        body: { code: 'no_transformation' },
      });
      await call('PUT', path, { code: coded('1') });
      await call('PUT', path, { code: coded('2') });
      const body = async (asked: object) => (await call('POST', `${path}/try`, { example, ...asked })).body.data;
      expect(await body({})).toMatchObject([{ eventType: 'a.b', after: { body: '{"v":2}' } }]);
      expect(await body({ version: 1 })).toMatchObject([{ after: { body: '{"v":1}' } }]);
      expect(await body({ code: 'function handler(w) { for (;;); }' })).toMatchObject([{ outcome: 'timeout' }]);
      expect((await call('POST', `${path}/try`, { example, code: CODE, version: 1 })).status).toBe(422);
      expect((await call('POST', `${path}/try`, { example, version: 9 })).status).toBe(404);
      expect((await call('POST', `${path}/try`, { messageIds: ['msg_unknown'] })).status).toBe(404);
    });
  });
});
