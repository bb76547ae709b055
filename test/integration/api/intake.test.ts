import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiRole } from '@signpost/api';
import { ingestRole } from '@signpost/ingest';
import { boot, type RunningProcess } from '@signpost/runtime';
import { query, until } from '@signpost/testing';
import { ApiScene, type Body } from './support.js';

let scene: ApiScene;
let ingest: RunningProcess;
let application: Body;
beforeAll(async () => {
  scene = await ApiScene.open();
  // Beside an api, as when all roles run in one process: a key is then honoured once, not by each role.
  ingest = await boot([ingestRole, apiRole], { ...scene.env });
  application = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body;
});
afterAll(async () => {
  await ingest.stop();
  await scene.close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Body & { readonly code?: string };
  readonly checked: string | null;
}

async function post(
  process: RunningProcess,
  path: string,
  body: unknown,
  given: { readonly idempotencyKey?: string; readonly apiKey?: string } = {},
): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${String(process.port)}/api/v1${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: {
      authorization: `Bearer ${given.apiKey ?? scene.key}`,
      'content-type': 'application/json',
      ...(given.idempotencyKey === undefined ? {} : { 'idempotency-key': given.idempotencyKey }),
    },
  });
  const text = await answer.text();
  const checked = answer.headers.get('signpost-idempotency');
  return { status: answer.status, text, body: JSON.parse(text) as Answer['body'], checked };
}

describe('an Idempotency-Key of the control plane', () => {
  it('gives the first answer again, status and all, and makes nothing twice', async () => {
    const idempotencyKey = randomUUID();
    const wanted = { name: 'Keyed' };
    const first = await post(scene.process, '/app', wanted, { idempotencyKey });
    expect(first).toMatchObject({ status: 201, checked: null });
    await expect(post(scene.process, '/app', wanted, { idempotencyKey })).resolves.toEqual({
      ...first,
      checked: 'replayed',
    });
    const { body } = await scene.call('GET', '/api/v1/app?limit=250');
    expect(body.data.filter(({ name }) => name === 'Keyed')).toHaveLength(1);
  });

  it('serves uses at the same time with one', async () => {
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 15 }, () => post(scene.process, '/app', { name: 'At once' }, { idempotencyKey })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('is honoured by roles that share a process', async () => {
    for (const [path, body] of [
      ['/app', { name: 'Shared' }],
      ['/app/one/msg', { eventType: 'a', payload: {}, tags: ['vip'] }],
    ] as const) {
      const idempotencyKey = randomUUID();
      const first = await post(ingest, path, body, { idempotencyKey });
      expect(first.checked).toBeNull();
      await expect(post(ingest, path, body, { idempotencyKey })).resolves.toEqual({ ...first, checked: 'replayed' });
    }
  });

  it('is free after a refusal, and refused for something else', async () => {
    const idempotencyKey = randomUUID();
    expect((await post(scene.process, '/app', { name: 'x', uid: 'one' }, { idempotencyKey })).status).toBe(409);
    expect((await post(scene.process, '/app', { name: 'x' }, { idempotencyKey })).status).toBe(201);
    expect(await post(scene.process, '/app', { name: 'y' }, { idempotencyKey })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['header', 'idempotency-key'], type: 'idempotency_key_reused' }] },
    });
  });

  it('belongs to its organisation', async () => {
    const [idempotencyKey, apiKey] = [randomUUID(), await scene.keyOf('another')];
    const mine = await post(scene.process, '/app', { name: 'Same' }, { idempotencyKey });
    const theirs = await post(scene.process, '/app', { name: 'Same' }, { idempotencyKey, apiKey });
    expect([theirs.status, theirs.checked]).toEqual([201, null]);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('gives an answer again to no key that may do less than the one that got it', async () => {
    const idempotencyKey = randomUUID();
    const path = '/management/authentication/api-token';
    const asked = { name: 'A copy', scopes: ['read'] };
    const keeper = await scene.keyOf('tests of scopes', ['read', 'write', 'ops']);
    const lesser = await scene.keyOf('tests of scopes', ['read', 'ops']);
    const same = await scene.keyOf('tests of scopes', ['ops', 'write', 'read']);
    const mine = await post(scene.process, path, asked, { idempotencyKey, apiKey: keeper });
    const theirs = await post(scene.process, path, asked, { idempotencyKey, apiKey: lesser });
    expect([mine.checked, theirs.checked]).toEqual([null, null]);
    expect(theirs.text).not.toBe(mine.text);
    await expect(post(scene.process, path, asked, { idempotencyKey, apiKey: same })).resolves.toEqual({
      ...mine,
      checked: 'replayed',
    });
  });

  it('has its answer sealed in the database', async () => {
    const name = `Secret ${randomUUID()}`;
    await post(scene.process, '/app', { name }, { idempotencyKey: randomUUID() });
    const rows = await query(scene.databaseUrl, 'SELECT body FROM idempotency_keys WHERE body IS NOT NULL');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(String(row['body'])).not.toContain(name.slice(0, 6));
  });
});

describe('a message that brings its application along', () => {
  const aMessage = (uid: string, more: object = {}): object => ({
    eventType: 'a',
    payload: {},
    application: { name: 'Brought along', uid, ...more },
  });

  it('creates it under the uid in the path, once, however many come at once', async () => {
    const uid = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(ingest, `/app/${uid}/msg`, aMessage(uid, { metadata: { a: 'b' } }))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    const { status, body } = await scene.call('GET', `/api/v1/app/${uid}`);
    expect([status, body.name]).toEqual([200, 'Brought along']);
    expect((await post(ingest, `/app/${uid}/msg`, { eventType: 'a', payload: {} })).status).toBe(202);
    const [answer] = answers;
    const id = answer?.body.id ?? '';
    expect((await scene.call('GET', `/api/v1/app/${uid}/msg/${id}`)).status).toBe(200);
  });

  it('does so for a batch', async () => {
    const uid = randomUUID();
    const data = [{ eventType: 'a', payload: {} }, aMessage(uid)];
    expect((await post(ingest, `/app/${uid}/msg/batch`, { data })).status).toBe(202);
  });

  it('leaves one that exists as it is', async () => {
    expect((await post(ingest, '/app/one/msg', aMessage('other'))).status).toBe(202);
    expect((await scene.call('GET', '/api/v1/app/one')).body.name).toBe('One');
  });

  it.each([
    ['another uid than the path', 'not-this', ['body', 'application', 'uid'], 'application_uid_mismatch'],
    ['no uid', undefined, ['body', 'application', 'uid'], 'application_uid_missing'],
  ])('is refused with %s', async (_, uid, loc, type) => {
    const answer = await post(ingest, `/app/${randomUUID()}/msg`, {
      eventType: 'a',
      payload: {},
      application: { name: 'x', uid },
    });
    expect(answer).toMatchObject({ status: 422, body: { detail: [{ loc, type }] } });
  });

  it('is refused with its place in a batch, and under an id of nobody', async () => {
    const path = randomUUID();
    const data = [{ eventType: 'a', payload: {} }, aMessage('other')];
    expect(await post(ingest, `/app/${path}/msg/batch`, { data })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'data', '1', 'application', 'uid'] }] },
    });
    const id = `${application.id.slice(0, -1)}${application.id.endsWith('0') ? '1' : '0'}`;
    expect((await post(ingest, `/app/${id}/msg`, aMessage(id))).status).toBe(404);
  });
});

describe('a payload', () => {
  const published = async (message: object): Promise<Answer> => {
    const answer = await post(ingest, '/app/one/msg', { eventType: 'a', payload: {}, ...message });
    expect(answer.status).toBe(202);
    return answer;
  };
  const logged = async ({ body }: Answer): Promise<string> => {
    const { status, text } = await scene.call('GET', `/api/v1/app/one/msg/${body.id}`);
    expect(status).toBe(200);
    return text;
  };

  it('that comes as raw text is sent as it is, and shown', async () => {
    const raw = '{ "n": 1.00, "big": 12345678901234567890 }';
    const answer = await published({ transformationsParams: { rawPayload: raw, headers: {} } });
    expect(answer.text).toContain(`"payload":${raw}}`);
    expect(await logged(answer)).toContain(raw);
  });

  it('that is no JSON is shown as text in an object', async () => {
    const answer = await published({ transformationsParams: { rawPayload: '<a/>' } });
    expect(answer.body.payload).toEqual({ rawPayload: '<a/>' });
    expect(JSON.parse(await logged(answer))).toMatchObject({ payload: { rawPayload: '<a/>' } });
  });

  it.each([
    [{ payloadRetentionHours: 2 }, 2],
    [{ payloadRetentionPeriod: 5 }, 120],
  ])('with %j is kept so long, and hidden and gone after', async (retention, hours) => {
    const answer = await published({ payload: { secret: 1 }, ...retention });
    expect(await logged(answer)).toContain('secret');
    const [row] = await query(
      scene.databaseUrl,
      `SELECT extract (epoch FROM payload_expires_at - accepted_at) / 3600 AS hours FROM messages WHERE id = '${answer.body.id}'`,
    );
    expect(Number(row?.['hours'])).toBe(hours);
    await query(scene.databaseUrl, `UPDATE messages SET payload_expires_at = now() WHERE id = '${answer.body.id}'`);
    expect(JSON.parse(await logged(answer))).toMatchObject({ payload: { expired: true } });
  });

  it('may have tags that its message is found by', async () => {
    const tag = randomUUID();
    const answer = await published({ tags: [tag, 'b c'] });
    expect(answer.text).toContain(`"tags":["${tag}","b c"]`);
    await logged(answer);
    const { body } = await scene.call('GET', `/api/v1/app/one/msg?tag=${tag}`);
    expect(body.data.map(({ id }) => id)).toEqual([answer.body.id]);
  });

  it('has the fields of the SDKs that mean nothing here left alone', async () => {
    await published({ tags: [], deliverAt: null, transformationsParams: null, application: null });
  });
});

describe('bad input to intake', () => {
  const long = 'x'.repeat(300);
  it.each([
    ['payloadRetentionPeriod', 4],
    ['payloadRetentionPeriod', 91],
    ['payloadRetentionPeriod', '14'],
    ['payloadRetentionPeriod', 5.5],
    ['payloadRetentionHours', 0],
    ['payloadRetentionHours', 1e9],
    ['payloadRetentionHours', {}],
    ['eventId', long],
    ['eventId', 7],
    ['eventId', ''],
    ['eventType', long],
    ['eventType', null],
    ['payload', 'text'],
    ['payload', null],
    ['channels', 'a'],
    ['channels', []],
    ['tags', 'a'],
    ['tags', ['']],
    ['tags', Array.from({ length: 21 }, (_, index) => String(index))],
    ['conversationId', ''],
    ['conversationId', 'a\u0000b'],
    ['application', 'one'],
    ['transformationsParams', 'text'],
  ])('is refused, located at %s: %j', async (field, value) => {
    const answer = await post(ingest, '/app/one/msg', { eventType: 'a', payload: {}, [field]: value });
    expect(answer.status).toBe(422);
    const faults = answer.body.detail as { loc: unknown[] }[];
    expect(faults.map(({ loc }) => loc[1])).toContain(field);
  });

  it('names a field deep inside', async () => {
    const answer = await post(ingest, '/app/one/msg', {
      eventType: 'a',
      payload: {},
      application: { name: '', uid: 'a b' },
      transformationsParams: { rawPayload: '\ud800' },
    });
    const faults = answer.body.detail as { loc: string[] }[];
    expect(faults.map(({ loc }) => loc.join('.'))).toEqual(
      expect.arrayContaining([
        'body.application.name',
        'body.application.uid',
        'body.transformationsParams.rawPayload',
      ]),
    );
  });

  it('refuses both retentions, and a raw payload above the limit', async () => {
    const both = { eventType: 'a', payload: {}, payloadRetentionPeriod: 5, payloadRetentionHours: 5 };
    expect(await post(ingest, '/app/one/msg', both)).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'payloadRetentionHours'] }] },
    });
    const large = { eventType: 'a', payload: {}, transformationsParams: { rawPayload: 'x'.repeat(300_000) } };
    expect(await post(ingest, '/app/one/msg', large)).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    });
  });

  it.each(['', '{', '[]', '"text"', 'null', '3', '{"data":{}}', '{"data":[null]}'])(
    'refuses the batch %j',
    async (body) => {
      const answer = await post(ingest, '/app/one/msg/batch', body);
      expect([400, 422]).toContain(answer.status);
      expect(answer.body.detail).toBeDefined();
    },
  );

  it('takes a field that is given twice at its last value, as its parser does', async () => {
    const text = '{"eventType":"a","eventType":"b","payload":{"a":1},"payload":{"a":2}}';
    const answer = await post(ingest, '/app/one/msg', text);
    expect(answer.text).toContain('"eventType":"b"');
    expect(answer.body.payload).toEqual({ a: 2 });
    await until(async () => (await scene.call('GET', `/api/v1/app/one/msg/${answer.body.id}`)).status === 200, {
      timeoutMs: 10_000,
      what: 'the message in the log',
    });
  });
});
