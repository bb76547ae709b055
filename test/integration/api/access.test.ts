import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { query, until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';

interface KeyOut {
  readonly id: string;
  readonly token: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
}

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const KEYS = '/api/v1/management/authentication/api-token';

describe('API keys', () => {
  let scene: ApiScene;
  beforeAll(async () => {
    scene = await ApiScene.open();
  });
  afterAll(() => scene.close());

  async function aKey(fields: object = {}, by = scene.key): Promise<KeyOut> {
    const answer = await scene.call('POST', KEYS, { name: 'a key', ...fields }, by);
    expect(answer).toMatchObject({ status: 201 });
    return answer.body as unknown as KeyOut;
  }
  const withKey = (key: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    scene.call(method, path, body, key);

  it('are shown once, work at once, are listed by their prefix, and of their text only a hash is kept', async () => {
    const made = await aKey({ name: 'for the dashboard', scopes: ['read'] });
    expect(made).toEqual({
      id: expect.stringMatching(/^key_/),
      name: 'for the dashboard',
      prefix: made.token.slice(0, 8),
      scopes: ['read'],
      token: expect.stringMatching(/^sk_[0-9A-Za-z]{32}$/),
      createdAt: expect.any(String),
      expiresAt: null,
    });
    expect((await withKey(made.token, 'GET', '/api/v1/app')).status).toBe(200);
    const list = await scene.call('GET', KEYS);
    const { token, ...rest } = made;
    expect(list.body.data).toContainEqual({
      ...rest,
      censoredToken: `${made.prefix}…`,
      createdBy: { type: 'api-key', id: expect.stringMatching(/^key_/), name: 'tests' },
    });
    expect(list.text).not.toContain(token);
    for (const table of ['api_keys', 'audit_log', 'outbox']) {
      const rows = await query(scene.databaseUrl, `SELECT t::text FROM ${table} t`);
      expect(JSON.stringify(rows)).not.toContain(token);
    }
  });

  it('may do what their scopes say', async () => {
    const reader = (await aKey({ scopes: ['read'] })).token;
    const refused = await withKey(reader, 'POST', '/api/v1/app', { name: 'One' });
    expect(refused).toMatchObject({
      status: 403,
      body: { code: 'insufficient_scope', detail: expect.stringContaining('"write"') },
    });
    const writer = (await aKey({ scopes: ['write'] })).token;
    expect((await withKey(writer, 'POST', '/api/v1/app', { name: 'One' })).status).toBe(201);
    expect((await withKey(writer, 'GET', '/api/v1/app')).status).toBe(403);
    expect((await withKey(writer, 'GET', KEYS)).body).toMatchObject({ detail: expect.stringContaining('"ops"') });
  });

  it('give away no scope that they lack', async () => {
    const ops = (await aKey({ scopes: ['ops', 'read'] })).token;
    expect((await aKey({}, ops)).scopes).toEqual(['ops', 'read']);
    expect((await aKey({ scopes: ['read'] }, ops)).scopes).toEqual(['read']);
    expect(await scene.call('POST', KEYS, { name: 'more', scopes: ['read', 'write'] }, ops)).toMatchObject({
      status: 403,
      body: { code: 'insufficient_scope', detail: expect.stringContaining('"write"') },
    });
  });

  it('made before there were scopes have all of them', async () => {
    const key = await scene.keyOf('of old');
    await query(scene.databaseUrl, 'UPDATE api_keys SET scopes = NULL');
    expect((await withKey(key, 'GET', KEYS)).body.data).toMatchObject([
      { scopes: ['read', 'write', 'publish', 'ops'] },
    ]);
  });

  it('are revoked at once, or in some time and no later than that', async () => {
    const [now, later] = [await aKey(), await aKey()];
    expect((await scene.call('POST', `${KEYS}/${now.id}/expire`, {})).status).toBe(204);
    expect((await withKey(now.token, 'GET', '/api/v1/app')).status).toBe(401);
    expect((await scene.call('POST', `${KEYS}/${now.id}/expire`, {})).status).toBe(404);
    expect((await scene.call('POST', `${KEYS}/${later.id}/expire`, { expiry: 1 })).status).toBe(204);
    expect((await scene.call('POST', `${KEYS}/${later.id}/expire`, { expiry: 3_600 })).status).toBe(204);
    await until(async () => (await withKey(later.token, 'GET', '/api/v1/app')).status === 401, {
      timeoutMs: 10_000,
      what: 'the key to expire',
    });
    expect((await scene.call('GET', KEYS)).text).not.toContain(later.id);
  });

  it('are made by the operator with a command, with all scopes or those that are named', async () => {
    const create = async (...more: readonly string[]): Promise<string> => {
      const [loader, command] = ['tooling/typescript.mjs', 'apps/api/src/create-key.ts'].map((path) =>
        join(root, path),
      );
      const given = [
        '--import',
        loader ?? '',
        command ?? '',
        '--organisation',
        'operators',
        '--name',
        'first',
        ...more,
      ];
      const env = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: scene.databaseUrl };
      return (await run(process.execPath, given, { env })).stdout.trim();
    };
    const [all, some] = [await create(), await create('--scope', 'read,ops', '--scope', 'publish')];
    const list = async () => (await withKey(all, 'GET', KEYS)).body.data;
    await until(async () => (await list()).length === 2, { timeoutMs: 10_000, what: 'the keys to be known' });
    expect(await list()).toMatchObject([
      {
        prefix: all.slice(0, 8),
        scopes: ['read', 'write', 'publish', 'ops'],
        createdBy: { type: 'command-line', name: 'create-key' },
      },
      { prefix: some.slice(0, 8), scopes: ['read', 'ops', 'publish'] },
    ]);
    await expect(create('--scope', 'admin')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('admin'),
    });
  });

  it('are refused with what is wrong', async () => {
    for (const body of [{}, { name: '' }, { name: 'a', scopes: [] }, { name: 'a', scopes: ['admin'] }]) {
      expect((await scene.call('POST', KEYS, body)).status).toBe(422);
    }
    expect((await scene.call('POST', `${KEYS}/nobody/expire`, {})).status).toBe(404);
    expect((await scene.call('POST', `${KEYS}/nobody/expire`, { expiry: -1 })).status).toBe(422);
  });
});

describe('wrong keys', () => {
  let scene: ApiScene;
  const PROXY = '127.0.0.1';
  beforeAll(async () => {
    scene = await ApiScene.open(undefined, { AUTH_FAILURES_PER_MINUTE: '3', HTTP_TRUSTED_PROXIES: PROXY });
  });
  afterAll(() => scene.close());

  const from = (address: string, key: string | undefined): Promise<Answer> =>
    scene.raw('GET', '/api/v1/app', undefined, key, { 'x-forwarded-for': address });

  it('are answered a few times, and then with how long to wait; a right one is let in meanwhile', async () => {
    const answers = [];
    for (let count = 0; count < 4; count += 1) answers.push(await from('192.0.2.1', `wrong-${String(count)}`));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
    const [limited] = answers.slice(-1);
    expect(limited?.body).toMatchObject({ code: 'too_many_failures' });
    const seconds = Number(limited?.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(20);
    expect((await from('192.0.2.1', 'appsk_wrong')).status).toBe(429);
    expect((await from('192.0.2.1', scene.key)).status).toBe(200);
    expect((await from('192.0.2.1', undefined)).status).toBe(401);
  });

  it('are counted by the address that the trusted proxy names, not by what a client claims', async () => {
    for (let count = 0; count < 4; count += 1) await from(`198.51.100.${String(count)}, 192.0.2.2`, 'wrong');
    expect((await from('198.51.100.77, 192.0.2.2', 'wrong')).status).toBe(429);
    expect((await from('192.0.2.3', 'wrong')).status).toBe(401);
  });

  it('are counted by the connection where no proxy is trusted', async () => {
    const direct = await ApiScene.open(undefined, { AUTH_FAILURES_PER_MINUTE: '2' });
    try {
      const statuses = [];
      for (let count = 0; count < 3; count += 1) {
        const forwarded = { 'x-forwarded-for': `192.0.2.${String(count)}` };
        statuses.push((await direct.raw('GET', '/api/v1/app', undefined, 'wrong', forwarded)).status);
      }
      expect(statuses.at(-1)).toBe(429);
    } finally {
      await direct.close();
    }
  });
});
