import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SecretBox, type EndpointId } from '@signpost/domain';
import { until } from '@signpost/testing';
import { ApiScene, type Answer, type Body } from './support.js';

const URL_OF_RECEIVER = 'https://example.com/hooks';

describe('the control plane by HTTP', () => {
  let scene: ApiScene;
  beforeAll(async () => {
    scene = await ApiScene.open();
  });
  afterAll(() => scene.close());

  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    scene.call(method, `/api/v1/${path}`, body);
  const anApp = async (fields: object = {}): Promise<string> =>
    (await call('POST', 'app', { name: 'One', ...fields })).body.id;
  const anEndpoint = async (app: string, fields: object = {}): Promise<string> => {
    const answer = await call('POST', `app/${app}/endpoint`, { url: URL_OF_RECEIVER, ...fields });
    expect(answer).toMatchObject({ status: 201 });
    return answer.body.id;
  };

  describe('applications', () => {
    it('are created, read, changed, listed and deleted, by id and by uid', async () => {
      const created = await call('POST', 'app', {
        name: 'Acme',
        uid: 'acme.1',
        metadata: { tier: 'gold' },
        throttleRate: 5,
        weight: 3,
        intakeQuota: 500,
      });
      expect(created.status).toBe(201);
      expect(created.body).toEqual({
        id: expect.stringMatching(/^app_[0-9A-Za-z]{27}$/),
        uid: 'acme.1',
        name: 'Acme',
        metadata: { tier: 'gold' },
        throttleRate: 5,
        rateLimit: 5,
        weight: 3,
        intakeQuota: 500,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      });
      const { id } = created.body;
      expect((await call('GET', 'app/acme.1')).body).toEqual(created.body);
      expect((await call('GET', `app/${id}`)).body).toEqual(created.body);
      expect((await call('PATCH', 'app/acme.1', { name: 'Acme Ltd' })).body).toMatchObject({
        name: 'Acme Ltd',
        throttleRate: 5,
        weight: 3,
        intakeQuota: 500,
      });
      expect((await call('PATCH', 'app/acme.1', { throttleRate: null })).body).not.toHaveProperty('throttleRate');
      expect((await call('PATCH', 'app/acme.1', { rateLimit: 9 })).body).toMatchObject({ throttleRate: 9 });
      expect((await call('PATCH', 'app/acme.1', { rateLimit: null })).body).not.toHaveProperty('throttleRate');
      expect((await call('PATCH', 'app/acme.1', { weight: null })).body).not.toHaveProperty('weight');
      expect((await call('PATCH', 'app/acme.1', { intakeQuota: null })).body).not.toHaveProperty('intakeQuota');
      expect((await call('PUT', `app/${id}`, { name: 'Acme', uid: 'acme.1' })).body).toMatchObject({ metadata: {} });
      expect(await call('PUT', 'app/acme.2', { name: 'Two' })).toMatchObject({ status: 201, body: { uid: 'acme.2' } });
      expect((await call('PUT', `app/app_${'0'.repeat(27)}`, { name: 'Two' })).status).toBe(404);
      expect(await call('DELETE', 'app/acme.1')).toMatchObject({ status: 204, text: '' });
      expect((await call('GET', `app/${id}`)).status).toBe(404);
      expect((await call('DELETE', `app/${id}`)).status).toBe(404);
    });

    it('have a uid once, which is free again after a deletion', async () => {
      const app = await anApp({ uid: 'twice' });
      const taken = await call('POST', 'app', { name: 'Two', uid: 'twice' });
      expect(taken).toMatchObject({
        status: 409,
        body: { code: 'conflict', detail: expect.stringContaining('twice') },
      });
      expect(await call('POST', 'app?get_if_exists=true', { name: 'Two', uid: 'twice' })).toMatchObject({
        status: 200,
        body: { id: app, name: 'One' },
      });
      const other = await anApp();
      expect((await call('PATCH', `app/${other}`, { uid: 'twice' })).status).toBe(409);
      await call('DELETE', 'app/twice');
      expect((await call('POST', 'app', { name: 'Two', uid: 'twice' })).status).toBe(201);
    });

    it('are listed page by page, either way', async () => {
      const key = await scene.keyOf('lists');
      const list = async (query: string) => (await scene.call('GET', `/api/v1/app${query}`, undefined, key)).body;
      expect(await list('')).toEqual({ data: [], iterator: null, prevIterator: null, done: true });
      const ids: string[] = [];
      for (let count = 0; count < 5; count += 1) {
        ids.push((await scene.call('POST', '/api/v1/app', { name: String(count) }, key)).body.id);
      }
      const idsOf = (page: Body) => page.data.map(({ id }) => id);
      const first = await list('?limit=2');
      expect(first).toMatchObject({ done: false, iterator: ids[1], prevIterator: `-${String(ids[0])}` });
      expect(idsOf(first)).toEqual(ids.slice(0, 2));
      const second = await list(`?limit=2&iterator=${first.iterator}`);
      expect(idsOf(second)).toEqual(ids.slice(2, 4));
      expect(idsOf(await list(`?limit=2&iterator=${second.prevIterator}`))).toEqual(ids.slice(0, 2));
      expect(await list(`?limit=2&iterator=${second.iterator}`)).toMatchObject({ done: true });
      expect(idsOf(await list('?order=descending'))).toEqual([...ids].reverse());
    });
  });

  describe('endpoints', () => {
    it('are created, read, changed, listed and deleted, by id and by uid', async () => {
      const app = await anApp({ uid: 'with-endpoints' });
      const created = await call('POST', 'app/with-endpoints/endpoint', {
        url: URL_OF_RECEIVER,
        uid: 'main',
        eventTypes: ['message.sent'],
        channels: ['a', 'b'],
        retrySchedule: [1, 2.5],
      });
      expect(created.status).toBe(201);
      expect(created.body).toEqual({
        id: expect.stringMatching(/^ep_[0-9A-Za-z]{27}$/),
        health: { state: 'healthy' },
        uid: 'main',
        url: URL_OF_RECEIVER,
        description: '',
        disabled: false,
        eventTypes: ['message.sent'],
        filterTypes: ['message.sent'],
        channels: ['a', 'b'],
        metadata: {},
        retrySchedule: [1, 2.5],
        paused: false,
        warnings: [],
        version: 1,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      });
      const path = 'app/with-endpoints/endpoint/main';
      expect((await call('GET', path)).body).toEqual(created.body);
      expect((await call('PATCH', path, { disabled: true, channels: null })).body).toMatchObject({
        disabled: true,
        channels: null,
        eventTypes: ['message.sent'],
        version: 2,
      });
      expect((await call('PATCH', path, { retryPreset: 'fast' })).body.retrySchedule).toEqual([1, 10, 60, 300]);
      expect((await call('PUT', path, { url: 'https://example.com/2', uid: 'main' })).body).toMatchObject({
        url: 'https://example.com/2',
        disabled: false,
        eventTypes: null,
        retrySchedule: expect.arrayContaining([5, 300]),
      });
      expect(await call('PUT', 'app/with-endpoints/endpoint/second', { url: URL_OF_RECEIVER })).toMatchObject({
        status: 201,
        body: { uid: 'second' },
      });
      expect((await call('GET', `app/${app}/endpoint`)).body.data.map(({ uid }) => uid)).toEqual(['main', 'second']);
      expect((await call('POST', `app/${app}/endpoint`, { url: URL_OF_RECEIVER, uid: 'main' })).status).toBe(409);
      expect((await call('DELETE', path)).status).toBe(204);
      expect((await call('GET', path)).status).toBe(404);
    });

    it('say how their conversations keep their order', async () => {
      const app = await anApp();
      const path = `app/${app}/endpoint/${await anEndpoint(app, { ordering: 'conversation' })}`;
      expect((await call('GET', path)).body).toMatchObject({ ordering: 'conversation', orderingPolicy: 'block' });
      const skip = { ordering: 'conversation', orderingPolicy: 'skip', orderingSkipAfter: 3 };
      expect((await call('PATCH', path, skip)).body).toMatchObject(skip);
      expect((await call('PATCH', path, { description: 'x' })).body).toMatchObject(skip);
      const cleared = (await call('PATCH', path, { ordering: null })).body;
      expect(Object.keys(cleared).filter((name) => name.startsWith('ordering'))).toEqual([]);
    });

    it('have a secret, their own or one that is made, and it is kept sealed', async () => {
      const app = await anApp();
      const made = await anEndpoint(app);
      const { key } = (await call('GET', `app/${app}/endpoint/${made}/secret`)).body;
      expect(key).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
      const own = Buffer.alloc(24, 7).toString('base64');
      const given = await anEndpoint(app, { secret: own });
      expect((await call('GET', `app/${app}/endpoint/${given}/secret`)).body).toEqual({ key: `whsec_${own}` });
      const known = await until(() => scene.control.view.endpoint(given as EndpointId), {
        timeoutMs: 5_000,
        what: 'the data plane to know the endpoint',
        everyMs: 5,
      });
      expect(JSON.stringify(known)).not.toContain(own);
      const box = new SecretBox('a key for tests and nothing else');
      expect(box.open(known.secrets[0] ?? '').toString()).toBe(`whsec_${own}`);
    });

    it('reach the data plane well within a second, with every change', async () => {
      const app = await anApp();
      const times: number[] = [];
      for (let round = 0; round < 10; round += 1) {
        const id = (await anEndpoint(app)) as EndpointId;
        const from = performance.now();
        await until(() => scene.control.view.endpoint(id), { timeoutMs: 5_000, what: 'the endpoint', everyMs: 1 });
        times.push(performance.now() - from);
      }
      const worst = Math.max(...times);
      process.stderr.write(`  answered 201 to known by the data plane: at most ${worst.toFixed(0)} ms of 10\n`);
      expect(worst).toBeLessThan(5_000);
      await call('DELETE', `app/${app}`);
      await until(() => [...scene.control.view.endpointsOf(app as never)].length === 0, {
        timeoutMs: 5_000,
        what: 'the endpoints of a deleted application to go',
      });
    });

    it('may not lead where no request may go', async () => {
      const app = await anApp();
      for (const url of [
        'http://127.0.0.1/',
        'https://10.0.0.1/',
        'https://localhost/',
        'ftp://example.com/',
        'no url',
        'https://u:p@example.com/',
      ]) {
        const answer = await call('POST', `app/${app}/endpoint`, { url });
        expect(answer).toMatchObject({
          status: 422,
          body: { detail: [{ loc: ['body', 'url'], msg: expect.any(String) }] },
        });
      }
      const id = await anEndpoint(app);
      expect((await call('PATCH', `app/${app}/endpoint/${id}`, { url: 'https://169.254.169.254/' })).status).toBe(422);
    });

    it('that the dispatcher switched off become disabled, unless their owner was quicker', async () => {
      const app = await anApp();
      const [gone, changed] = [await anEndpoint(app), await anEndpoint(app)];
      const memory = (id: string, endpointVersion: number) =>
        scene.remember({
          endpointId: id as EndpointId,
          applicationId: app as never,
          disabled: { atMs: Date.now(), reason: 'gone', endpointVersion },
        });
      await call('PATCH', `app/${app}/endpoint/${changed}`, { url: 'https://example.com/new' });
      await memory(changed, 1);
      await memory(gone, 1);
      const disabled = await until(
        async () => {
          const { body } = await call('GET', `app/${app}/endpoint/${gone}`);
          return body.disabled ? body : undefined;
        },
        { timeoutMs: 10_000, what: 'the endpoint to be disabled' },
      );
      expect(disabled).toMatchObject({ disabledReason: 'gone', version: 2 });
      await until(() => scene.control.view.endpoint(gone as EndpointId)?.disabled === true, {
        timeoutMs: 5_000,
        what: 'the data plane to know',
      });
      expect((await call('GET', `app/${app}/endpoint/${changed}`)).body.disabled).toBe(false);
      const enabled = (await call('PATCH', `app/${app}/endpoint/${gone}`, { disabled: false })).body;
      expect(enabled).toMatchObject({ disabled: false, version: 3 });
      expect(enabled).not.toHaveProperty('disabledReason');
    });
  });

  describe('event types', () => {
    it('are created, read, changed, listed, archived and forgotten', async () => {
      const schemas = { '1': { type: 'object', title: 'Lead' } };
      const created = await call('POST', 'event-type', { name: 'lead.captured', description: 'A lead', schemas });
      expect(created).toMatchObject({
        status: 201,
        body: { name: 'lead.captured', archived: false, deprecated: false, schemas },
      });
      expect((await call('POST', 'event-type', { name: 'lead.captured', description: '' })).status).toBe(409);
      expect((await call('PATCH', 'event-type/lead.captured', { deprecated: true })).body).toMatchObject({
        deprecated: true,
        schemas,
      });
      const late = { timeToLiveMs: 2_592_000_001 };
      expect((await call('PATCH', 'event-type/lead.captured', late)).status).toBe(422);
      expect((await call('PATCH', 'event-type/lead.captured', { coalesce: 'first' })).status).toBe(422);
      const usefulFor30Days = { timeToLiveMs: 2_592_000_000, coalesce: 'latest' };
      expect((await call('PATCH', 'event-type/lead.captured', usefulFor30Days)).body).toMatchObject(usefulFor30Days);
      expect((await call('GET', 'event-type/lead.captured')).body).toMatchObject(usefulFor30Days);
      const cleared = await call('PATCH', 'event-type/lead.captured', { timeToLiveMs: null });
      expect(cleared.body).toMatchObject({ coalesce: 'latest', schemas });
      expect(cleared.body).not.toHaveProperty('timeToLiveMs');
      expect((await call('PUT', 'event-type/lead.lost', { description: 'gone' })).status).toBe(201);
      expect((await call('GET', 'event-type')).body.data).toMatchObject([
        { name: 'lead.captured', schemas: null },
        { name: 'lead.lost' },
      ]);
      expect((await call('GET', 'event-type?with_content=true&limit=1')).body).toMatchObject({
        data: [{ schemas }],
        done: false,
      });
      expect((await call('DELETE', 'event-type/lead.lost')).status).toBe(204);
      expect((await call('GET', 'event-type')).body.data).toHaveLength(1);
      expect((await call('GET', 'event-type?include_archived=true')).body.data).toHaveLength(2);
      expect((await call('GET', 'event-type/lead.lost')).body.archived).toBe(true);
      expect((await call('POST', 'event-type', { name: 'lead.lost', description: 'back' })).status).toBe(201);
      expect((await call('DELETE', 'event-type/lead.lost?expunge=true')).status).toBe(204);
      expect((await call('GET', 'event-type/lead.lost')).status).toBe(404);
    });
  });
});
