import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { query, until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';

interface Access {
  readonly url: string;
  readonly token: string;
}

describe('portal access', () => {
  let scene: ApiScene;
  let app: string;
  beforeAll(async () => {
    scene = await ApiScene.open(undefined, { PORTAL_URL: 'https://hooks.example.com/portal/' });
    app = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id;
  });
  afterAll(() => scene.close());

  const open = (path: string, body: object = {}, key = scene.key): Promise<Answer> =>
    scene.call('POST', `/api/v1/auth/app-portal-access/${path}`, body, key);
  async function access(path = 'one', body: object = {}): Promise<Access> {
    const answer = await open(path, body);
    expect(answer).toMatchObject({ status: 200 });
    return answer.body as unknown as Access;
  }
  const withToken = (token: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    scene.call(method, `/api/v1/${path}`, body, token);

  it('comes as a token and a URL that carries it behind the #', async () => {
    const { url, token } = await access();
    expect(token).toMatch(/^appsk_[0-9A-Za-z]{32}$/);
    const [page, key] = url.split('#key=');
    expect(page).toBe('https://hooks.example.com/portal/login');
    expect(JSON.parse(Buffer.from(key ?? '', 'base64').toString())).toEqual({ appId: app, token });
    expect(JSON.stringify(await query(scene.databaseUrl, 'SELECT t::text FROM portal_tokens t'))).not.toContain(token);
    expect(JSON.stringify(await query(scene.databaseUrl, 'SELECT t::text FROM audit_log t'))).not.toContain(token);
  });

  it('opens its application by id and by uid, and nothing else', async () => {
    const { token } = await access();
    for (const named of ['one', app]) expect((await withToken(token, 'GET', `app/${named}`)).body.id).toBe(app);
    const other = await scene.call('POST', '/api/v1/app', { name: 'Other', uid: 'other' });
    for (const named of ['other', other.body.id, 'nobody']) {
      expect((await withToken(token, 'GET', `app/${named}/endpoint`)).status).toBe(404);
    }
    expect((await withToken(token, 'GET', 'app')).body).toMatchObject({ code: 'portal_token_not_allowed' });
  });

  it('is not led to another application by a uid that looks like its id', async () => {
    const secret = await scene.call('POST', '/api/v1/app', { name: 'Secret' });
    await scene.call('POST', '/api/v1/app', { name: 'Look-alike', uid: secret.body.id });
    const list = await scene.call('GET', '/api/v1/app');
    const twin = list.body.data.find(({ uid }) => uid === secret.body.id);
    const { token } = await access(twin?.id);
    expect((await withToken(token, 'GET', `app/${secret.body.id}`)).status).toBe(404);
    expect((await withToken(token, 'GET', `app/${String(twin?.id)}`)).body.name).toBe('Look-alike');
  });

  it('allows what its capabilities say', async () => {
    const endpoint = (await scene.call('POST', '/api/v1/app/one/endpoint', { url: 'https://example.com/' })).body.id;
    const viewer = (await access('one', { capabilities: ['ViewBase'] })).token;
    expect((await withToken(viewer, 'GET', `app/one/endpoint/${endpoint}`)).status).toBe(200);
    expect((await withToken(viewer, 'GET', `app/one/endpoint/${endpoint}/secret`)).body).toMatchObject({
      code: 'insufficient_capability',
      detail: expect.stringContaining('ViewEndpointSecret'),
    });
    const readOnly = (await access('one', { readOnly: true })).token;
    expect((await withToken(readOnly, 'PATCH', `app/one/endpoint/${endpoint}`, {})).status).toBe(403);
    const manager = (await access('one', { capabilities: ['ManageEndpoint'] })).token;
    expect((await withToken(manager, 'GET', `app/one/endpoint/${endpoint}/secret`)).status).toBe(200);
    expect((await withToken(manager, 'PATCH', `app/one/endpoint/${endpoint}`, { description: 'mine' })).status).toBe(
      200,
    );
  });

  it('gives no capability away that the key has no scope for', async () => {
    const writer = await scene.keyOf('first', ['write']);
    const refused = await open('one', { capabilities: ['CreateAttempts'] }, writer);
    expect(refused).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect(refused.text).toContain('ops');
  });

  it('shows event types by their feature flags', async () => {
    const schemas = { '1': { type: 'object', examples: [{ a: 1 }] } };
    for (const [name, featureFlag] of [['plain'], ['beta', 'beta'], ['gamma', 'gamma']]) {
      await scene.call('POST', '/api/v1/event-type', { name, description: '', featureFlag, schemas });
    }
    const names = async (token: string) =>
      (await withToken(token, 'GET', 'event-type')).body.data.map(({ name }) => name);
    expect(await names((await access()).token)).toEqual(['plain']);
    const { token } = await access('one', { featureFlags: ['beta'] });
    expect(await names(token)).toEqual(['beta', 'plain']);
    expect((await withToken(token, 'GET', 'event-type/beta')).status).toBe(200);
    expect((await withToken(token, 'GET', 'event-type/gamma')).status).toBe(404);
    const endpoint = (await scene.call('POST', '/api/v1/app/one/endpoint', { url: 'https://example.com/' })).body.id;
    const example = (eventType: string) =>
      withToken(token, 'POST', `app/one/endpoint/${endpoint}/send-example`, { eventType });
    expect([(await example('beta')).status, (await example('gamma')).status]).toEqual([200, 404]);
    expect(await names(scene.key)).toEqual(['beta', 'gamma', 'plain']);
  });

  it('makes the application when it is given and not there yet', async () => {
    expect((await open('new-one')).status).toBe(404);
    const { token } = await access('new-one', { application: { name: 'New' } });
    expect((await withToken(token, 'GET', 'app/new-one')).body).toMatchObject({ name: 'New', uid: 'new-one' });
    await access('new-one', { application: { name: 'Ignored' } });
    expect((await scene.call('GET', '/api/v1/app/new-one')).body.name).toBe('New');
    const mismatch = await open('newer', { application: { name: 'New', uid: 'else' } });
    expect(mismatch).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'application', 'uid'] }] } });
  });

  it('ends by logout, for all tokens or those of some sessions, by time, and with its application', async () => {
    const works = async (token: string) => (await withToken(token, 'GET', 'app/ends')).status === 200;
    await scene.call('POST', '/api/v1/app', { name: 'Ends', uid: 'ends' });
    const [a, b, c] = await Promise.all(['s1', 's2', 's3'].map((sessionId) => access('ends', { sessionId })));
    const tokens = [a, b, c].map((one) => one?.token ?? '');
    expect(await Promise.all(tokens.map(works))).toEqual([true, true, true]);
    expect((await withToken(tokens[0] ?? '', 'POST', 'auth/logout')).status).toBe(204);
    expect(await Promise.all(tokens.map(works))).toEqual([false, true, true]);
    expect((await withToken(tokens[0] ?? '', 'POST', 'auth/logout')).status).toBe(401);
    expect((await scene.call('POST', '/api/v1/auth/logout')).body).toMatchObject({ code: 'portal_token_needed' });
    const expireAll = (body: object) => scene.call('POST', '/api/v1/auth/app/ends/expire-all', body);
    expect((await expireAll({ sessionIds: ['s2'] })).status).toBe(204);
    expect(await Promise.all(tokens.map(works))).toEqual([false, false, true]);
    await expireAll({ expiry: 1 });
    await until(async () => !(await works(tokens[2] ?? '')), { timeoutMs: 10_000, what: 'the token to end' });
    const last = (await access('ends')).token;
    await scene.call('DELETE', '/api/v1/app/ends');
    expect((await withToken(last, 'GET', 'event-type')).status).toBe(401);
  });

  it('is refused with what is wrong', async () => {
    for (const body of [{ expiry: 3_599 }, { expiry: 604_801 }, { capabilities: ['All'] }, { featureFlags: ['a b'] }]) {
      expect((await open('one', body)).status).toBe(422);
    }
  });
});
