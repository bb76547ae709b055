import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SecretBox, type Endpoint, type EndpointId } from '@signpost/domain';
import { PostgresDatabase } from '@signpost/postgres';
import { until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';

const URL_OF_RECEIVER = 'https://example.com/hooks';

describe("an endpoint's", () => {
  let scene: ApiScene;
  let app: string;
  const box = new SecretBox('a key for tests and nothing else');
  const opened = (sealed: string | undefined): string => box.open(sealed ?? '').toString();
  beforeAll(async () => {
    scene = await ApiScene.open(undefined, { EGRESS_TOTAL_TIMEOUT_MS: '20000' });
    app = (await call('POST', 'app', { name: 'One' })).body.id;
  });
  afterAll(() => scene.close());

  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    scene.call(method, `/api/v1/${path}`, body);
  const create = (fields: object = {}): Promise<Answer> =>
    call('POST', `app/${app}/endpoint`, { url: URL_OF_RECEIVER, ...fields });
  const anEndpoint = async (fields: object = {}): Promise<{ readonly id: string; readonly path: string }> => {
    const created = await create(fields);
    expect(created).toMatchObject({ status: 201 });
    return { id: created.body.id, path: `app/${app}/endpoint/${created.body.id}` };
  };
  const inControl = (id: string, version: number): Promise<Endpoint> =>
    until(
      () => {
        const known = scene.control.view.endpoint(id as EndpointId);
        return known?.version === version ? known : undefined;
      },
      { timeoutMs: 5_000, what: 'the data plane to know the endpoint', everyMs: 5 },
    );
  const faultsOf = (answer: Answer): readonly unknown[] => {
    expect(answer.status).toBe(422);
    return (answer.body.detail as readonly { readonly loc: unknown }[]).map(({ loc }) => loc);
  };

  describe('headers', () => {
    it('are set, changed, removed and shown, the sensitive ones by name alone', async () => {
      const { id, path } = await anEndpoint();
      expect(await call('GET', `${path}/headers`)).toMatchObject({ status: 200, body: { headers: {}, sensitive: [] } });
      const headers = { 'X-Tenant': 'seven', Authorization: 'Bearer s3cret', 'x-auth-token': 's3cret' };
      expect(await call('PUT', `${path}/headers`, { headers })).toMatchObject({ status: 204, text: '' });
      const shown = await call('GET', `${path}/headers`);
      expect(shown.body).toEqual({ headers: { 'X-Tenant': 'seven' }, sensitive: ['Authorization', 'x-auth-token'] });
      expect(shown.text).not.toContain('s3cret');
      const changes = { 'x-tenant': 'eight', 'x-new': 'n', authorization: null };
      expect((await call('PATCH', `${path}/headers`, { headers: changes })).status).toBe(204);
      expect((await call('GET', `${path}/headers`)).body).toEqual({
        headers: { 'x-tenant': 'eight', 'x-new': 'n' },
        sensitive: ['x-auth-token'],
      });
      const removing = { headers: { 'x-more': 'm' }, deleteHeaders: ['X-NEW', 'x-unknown'] };
      expect((await call('PATCH', `${path}/headers`, removing)).status).toBe(204);
      expect((await call('GET', `${path}/headers`)).body).toMatchObject({
        headers: { 'x-tenant': 'eight', 'x-more': 'm' },
      });
      const known = await inControl(id, 4);
      expect(known.headers).not.toHaveProperty('x-new');
      expect(opened(known.headers?.['x-auth-token'])).toBe('s3cret');
      expect(JSON.stringify(known)).not.toMatch(/s3cret|eight/);
      expect((await call('PUT', path, { url: URL_OF_RECEIVER })).status).toBe(200);
      expect((await call('PUT', `${path}/headers`, { headers: {} })).status).toBe(204);
      expect((await call('GET', `${path}/headers`)).body).toEqual({ headers: {}, sensitive: [] });
      expect(await inControl(id, 6)).not.toHaveProperty('headers');
    });

    it('are sealed in the database', async () => {
      const { id } = await anEndpoint({ headers: { 'x-plain': 's3cret' } });
      const rows = await scene.process.app
        .get(PostgresDatabase)
        .query((manager) => manager.query<object[]>('SELECT * FROM endpoints WHERE id = $1', [id]));
      expect(rows).toHaveLength(1);
      expect(JSON.stringify(rows)).not.toContain('s3cret');
    });

    it.each([
      [{ Host: 'a' }, ['body', 'headers', 'Host']],
      [{ 'webhook-id': 'a' }, ['body', 'headers', 'webhook-id']],
      [{ 'Content-Length': '1' }, ['body', 'headers', 'Content-Length']],
      [{ 'x y': 'a' }, ['body', 'headers', 'x y']],
      [{ '': 'a' }, ['body', 'headers', '']],
      [{ 'x-a': 'a\r\nb' }, ['body', 'headers', 'x-a']],
      [{ 'x-a': 'a'.repeat(4_097) }, ['body', 'headers', 'x-a']],
      [{ 'x-a': 5 }, ['body', 'headers', 'x-a']],
      [{ 'x-a': '1', 'X-A': '2' }, ['body', 'headers', 'X-A']],
      [Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`x-${String(n)}`, 'a'])), ['body', 'headers']],
      ['a', ['body', 'headers']],
    ])('may not be %j', async (headers, loc) => {
      const { path } = await anEndpoint();
      for (const method of ['PUT', 'PATCH']) {
        expect(faultsOf(await call(method, `${path}/headers`, { headers }))).toContainEqual(loc);
      }
      expect(faultsOf(await create({ headers }))).toContainEqual(loc);
      expect((await call('GET', `${path}/headers`)).body).toEqual({ headers: {}, sensitive: [] });
    });
  });

  describe('authentication', () => {
    const oauth2 = {
      type: 'oauth2',
      tokenUrl: 'https://example.com/token',
      clientId: 'c',
      clientSecret: 's3cret',
      scope: 'a b',
      clientAuthentication: 'body',
    };

    it.each([
      [
        { type: 'basic', username: 'u', password: 's3cret' },
        { type: 'basic', username: 'u' },
      ],
      [{ type: 'bearer', token: 's3cret' }, { type: 'bearer' }],
      [
        { type: 'header', name: 'X-Api-Key', value: 's3cret' },
        { type: 'header', name: 'X-Api-Key' },
      ],
      [
        oauth2,
        {
          type: 'oauth2',
          tokenUrl: 'https://example.com/token',
          clientId: 'c',
          scope: 'a b',
          clientAuthentication: 'body',
        },
      ],
    ])('%j is kept sealed and shown as %j', async (authentication, shown) => {
      const created = await create({ authentication });
      expect(created.body).toMatchObject({ authentication: shown });
      expect(created.text).not.toContain('s3cret');
      const path = `app/${app}/endpoint/${created.body.id}`;
      expect((await call('PUT', path, { url: URL_OF_RECEIVER })).body).toMatchObject({ authentication: shown });
      const known = await inControl(created.body.id, 2);
      expect(known.authentication).toMatchObject(shown);
      expect(JSON.stringify(known)).not.toContain('s3cret');
      const { username: _, ...rest } = { username: '', ...known.authentication };
      expect(Object.values(rest).some((value) => value.startsWith('v1.') && opened(value) === 's3cret')).toBe(true);
      const none = await call('PATCH', path, { authentication: { type: 'none' } });
      expect(none.body).not.toHaveProperty('authentication');
      expect((await call('PATCH', path, { authentication })).body).toMatchObject({ authentication: shown });
      expect((await call('PATCH', path, { authentication: null })).body).not.toHaveProperty('authentication');
    });

    it.each([
      [{ type: 'basic', username: 'a:b', password: 'p' }, ['body', 'authentication', 'username']],
      [{ type: 'basic', username: 'a' }, ['body', 'authentication', 'password']],
      [{ type: 'bearer', token: 'a b' }, ['body', 'authentication', 'token']],
      [{ type: 'bearer', token: 'a\r\nhost: b' }, ['body', 'authentication', 'token']],
      [{ type: 'header', name: 'host', value: 'v' }, ['body', 'authentication', 'name']],
      [{ type: 'header', name: 'webhook-id', value: 'v' }, ['body', 'authentication', 'name']],
      [{ ...oauth2, tokenUrl: 'https://127.0.0.1/token' }, ['body', 'authentication', 'tokenUrl']],
      [{ ...oauth2, tokenUrl: 'no url' }, ['body', 'authentication', 'tokenUrl']],
      [{ ...oauth2, clientSecret: undefined }, ['body', 'authentication', 'clientSecret']],
      [{ ...oauth2, clientAuthentication: 'jwt' }, ['body', 'authentication', 'clientAuthentication']],
      [{ type: 'digest' }, ['body', 'authentication', 'type']],
      ['basic', ['body', 'authentication']],
    ])('may not be %j', async (authentication, loc) => {
      expect(faultsOf(await create({ authentication }))).toContainEqual(loc);
    });
  });

  describe('time-outs', () => {
    it("are kept until they are named, and no longer than the operator's", async () => {
      const { id, path } = await anEndpoint({ timeouts: { connectMs: 1_000, totalMs: 20_000 } });
      const shown = { timeouts: { connectMs: 1_000, totalMs: 20_000 } };
      expect((await call('PUT', path, { url: URL_OF_RECEIVER })).body).toMatchObject(shown);
      expect(await inControl(id, 2)).toMatchObject(shown);
      expect((await call('PATCH', path, { timeouts: null })).body).not.toHaveProperty('timeouts');
      for (const [timeouts, field] of [
        [{ totalMs: 20_001 }, 'totalMs'],
        [{ connectMs: 9 }, 'connectMs'],
        [{ firstByteMs: '5' }, 'firstByteMs'],
      ] as const) {
        expect(faultsOf(await create({ timeouts }))).toContainEqual(['body', 'timeouts', field]);
      }
    });
  });

  describe('pause', () => {
    it('shows who and since, is kept by a replacement, and ends by being resumed', async () => {
      const { id, path } = await anEndpoint();
      expect((await call('GET', path)).body).toMatchObject({ paused: false, health: { state: 'healthy' } });
      const paused = await call('POST', `${path}/pause`);
      expect(paused).toMatchObject({
        status: 200,
        body: {
          paused: true,
          health: {
            state: 'paused',
            since: expect.any(String),
            by: expect.stringMatching(/^API key "tests" \(key_/),
            why: expect.any(String),
          },
        },
      });
      const again = await call('POST', `${path}/pause`);
      expect(again.body).toEqual(paused.body);
      expect((await call('PUT', path, { url: URL_OF_RECEIVER })).body).toMatchObject({ paused: true });
      expect(await inControl(id, 3)).toMatchObject({ paused: { sinceMs: expect.any(Number) } });
      expect((await call('PATCH', path, { disabled: true })).body).toMatchObject({ health: { state: 'disabled' } });
      expect((await call('PATCH', path, { disabled: false })).body).toMatchObject({ health: { state: 'paused' } });
      const resumed = await call('POST', `${path}/resume`);
      expect(resumed).toMatchObject({ status: 200, body: { paused: false, health: { state: 'healthy' } } });
      expect((await call('POST', `${path}/resume`)).body).toEqual(resumed.body);
      expect(await inControl(id, 6)).not.toHaveProperty('paused');
      expect((await call('POST', `app/${app}/endpoint/unknown/pause`)).status).toBe(404);
    });
  });

  describe('health', () => {
    it.each([
      [
        { breaker: { untilMs: 5_000, openings: 2 } },
        { state: 'breaker-open', nextProbeAt: '1970-01-01T00:00:05.000Z' },
      ],
      [{ pausedUntilMs: 4e12 }, { state: 'throttled', nextProbeAt: '2096-10-02T07:06:40.000Z' }],
      [
        {
          failing: {
            sinceMs: 1_000,
            lastMs: 2_000,
            failedMs: 1_000,
            attempts: 9,
            warnedPercent: 50,
            limitMs: 3_000,
            lastFailure: 'http:503',
          },
          breaker: { untilMs: 5_000, openings: 2 },
        },
        {
          state: 'failing',
          since: '1970-01-01T00:00:01.000Z',
          lastFailure: 'http:503',
          nextProbeAt: '1970-01-01T00:00:05.000Z',
          disablesAt: '1970-01-01T00:00:04.000Z',
        },
      ],
    ])('comes of what its lane remembers: %j', async (memory, health) => {
      const { id, path } = await anEndpoint();
      await scene.remember({
        endpointId: id as EndpointId,
        applicationId: app as Endpoint['applicationId'],
        ...memory,
      });
      const found = await until(
        async () => {
          const { body } = await call('GET', path);
          return (body as unknown as { health: { state: string } }).health.state === 'healthy' ? undefined : body;
        },
        { timeoutMs: 5_000, what: 'its health to be known' },
      );
      expect(found).toMatchObject({ health: { ...health, why: expect.any(String) } });
      const warned = 'failing' in memory ? [{ code: 'failing', detail: expect.any(String) }] : [];
      expect(found).toMatchObject({ warnings: warned });
    });
  });

  describe('fields', () => {
    it('are taken and given under the names that older clients use, too', async () => {
      const { path } = await anEndpoint({ filterTypes: ['a.b'], rateLimit: 7, version: 1 });
      const shown = { eventTypes: ['a.b'], filterTypes: ['a.b'], throttleRate: 7, rateLimit: 7 };
      const got = await call('GET', path);
      expect(got.body).toMatchObject(shown);
      // What was read is written back.
      expect((await call('PUT', path, got.body)).body).toMatchObject(shown);
      expect((await call('PATCH', path, { filterTypes: null, rateLimit: 8 })).body).toMatchObject({
        eventTypes: null,
        throttleRate: 8,
      });
      expect((await call('PATCH', path, { rateLimit: null })).body).not.toHaveProperty('throttleRate');
    });

    it.each([
      [{ filterTypes: ['a.b'], eventTypes: ['c.d'] }, ['body', 'filterTypes']],
      [{ filterTypes: [] }, ['body', 'filterTypes']],
      [{ rateLimit: 0 }, ['body', 'rateLimit']],
      [{ rateLimit: 5, throttleRate: 6 }, ['body', 'rateLimit']],
      [{ version: 0 }, ['body', 'version']],
    ])('may not be %j', async (fields, loc) => {
      expect(faultsOf(await create(fields))).toContainEqual(loc);
    });
  });
});
