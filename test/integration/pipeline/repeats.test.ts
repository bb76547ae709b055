import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import type { Application } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { loadPostgresConfig, migrate } from '@signpost/postgres';
import { freshDatabase, query } from '@signpost/testing';
import { Scene } from './scene.js';

let databaseUrl: string;
let scene: Scene;
let application: Application;
/** Of two processes with the database, and of one that cannot reach it. */
let origins: readonly [string, string];
let lonely: string;

beforeAll(async () => {
  databaseUrl = await freshDatabase();
  await migrate(loadPostgresConfig({ DATABASE_URL: databaseUrl }));
  scene = await Scene.open({ DATABASE_URL: databaseUrl, INGEST_PAYLOAD_LIMIT_BYTES: '10240' });
  application = await scene.application({ uid: 'customer-7' });
  const ports = [await scene.start(ingestRole), await scene.start(ingestRole)].map(({ port }) => port);
  origins = [`http://127.0.0.1:${String(ports[0])}/api/v1`, `http://127.0.0.1:${String(ports[1])}/api/v1`];
  const { port } = await scene.startWith({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' }, ingestRole);
  lonely = `http://127.0.0.1:${String(port)}/api/v1`;
});
afterAll(async () => {
  await scene.close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly checked: string | null;
  readonly json: {
    readonly id: string;
    readonly code?: string;
    readonly detail?: unknown;
    readonly data: { id: string }[];
  };
}

async function post(
  path: string,
  body: unknown,
  { key, origin = origins[0] }: { readonly key?: string; readonly origin?: string } = {},
): Promise<Answer> {
  const answer = await fetch(`${origin}/app/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: {
      authorization: `Bearer ${scene.apiKey}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
  });
  const text = await answer.text();
  const json = JSON.parse(text) as Answer['json'];
  return { status: answer.status, text, checked: answer.headers.get('signpost-idempotency'), json };
}

const messagePath = (): string => `${application.id}/msg`;
const aMessage = (more: object = {}): object => ({ eventType: 'a', payload: { n: randomUUID() }, ...more });
const count = (): Promise<number> => scene.count(TOPICS.messages);

describe('an Idempotency-Key of a message', () => {
  it('gives the first answer again, byte for byte, and sends nothing twice, at whichever process', async () => {
    const before = await count();
    const [key, body] = [randomUUID(), aMessage({ channels: ['b'] })];
    const first = await post(messagePath(), body, { key });
    expect(first).toMatchObject({ status: 202, checked: null });
    for (const origin of origins) {
      const again = await post(messagePath(), body, { key, origin });
      expect(again).toEqual({ ...first, checked: 'replayed' });
    }
    expect(await count()).toBe(before + 1);
  });

  it('serves uses at the same time, at two processes, with one message', async () => {
    const before = await count();
    const [key, body] = [randomUUID(), aMessage()];
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => post(messagePath(), body, { key, origin: origins[index % 2] ?? '' })),
    );
    expect(new Set(answers.map(({ status, text }) => `${String(status)} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(202);
    expect(await count()).toBe(before + 1);
  });

  it('of a batch gives the same ids again', async () => {
    const before = await count();
    const [key, body] = [randomUUID(), { data: [aMessage(), aMessage({ eventId: randomUUID() }), aMessage()] }];
    const first = await post(`${messagePath()}/batch`, body, { key });
    expect(first.status).toBe(202);
    const again = await post(`${messagePath()}/batch`, body, { key, origin: origins[1] });
    expect(again).toEqual({ ...first, checked: 'replayed' });
    expect(await count()).toBe(before + 3);
  });

  it('is refused for another body and for another query, and belongs to its path', async () => {
    const [key, body] = [randomUUID(), aMessage()];
    expect((await post(messagePath(), body, { key })).status).toBe(202);
    for (const other of [
      post(messagePath(), aMessage(), { key }),
      post(`${messagePath()}?with_content=false`, body, { key }),
    ]) {
      expect(await other).toMatchObject({
        status: 422,
        json: { detail: [{ loc: ['header', 'idempotency-key'], type: 'idempotency_key_reused' }] },
      });
    }
    expect((await post(`customer-7/msg`, body, { key })).status).toBe(202);
  });

  it('is free again after a refusal', async () => {
    const key = randomUUID();
    expect((await post(messagePath(), { eventType: 'a b', payload: {} }, { key })).status).toBe(422);
    expect(await post(messagePath(), aMessage(), { key })).toMatchObject({ status: 202, checked: null });
  });

  it.each([
    ['an empty one', '', 'too_small'],
    ['a long one', 'k'.repeat(257), 'too_big'],
  ])('that is %s is refused', async (_, key, type) => {
    const answer = await post(messagePath(), aMessage(), { key });
    expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc: ['header', 'idempotency-key'], type }] } });
  });

  it('is not asked of somebody who may not publish', async () => {
    const answer = await fetch(`${origins[0]}/app/${messagePath()}`, {
      method: 'POST',
      body: '{}',
      headers: { authorization: 'Bearer wrong', 'content-type': 'application/json', 'idempotency-key': '' },
    });
    expect(answer.status).toBe(401);
  });
});

describe('an eventId', () => {
  it('that came before is refused, at whichever process', async () => {
    const before = await count();
    const eventId = randomUUID();
    const { json } = await post(messagePath(), aMessage({ eventId }));
    for (const origin of origins) {
      expect(await post(messagePath(), aMessage({ eventId }), { origin })).toMatchObject({
        status: 409,
        json: { code: 'conflict', detail: expect.stringContaining(json.id) as unknown },
      });
    }
    expect(await count()).toBe(before + 1);
  });

  it('that many send at once is accepted once', async () => {
    const before = await count();
    const body = aMessage({ eventId: randomUUID() });
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => post(messagePath(), body, { origin: origins[index % 2] ?? '' })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, ...Array.from({ length: 29 }, () => 409)]);
    expect(await count()).toBe(before + 1);
  });

  it('that came before keeps all of its batch out, and the others may come again', async () => {
    const [known, fresh] = [randomUUID(), randomUUID()];
    await post(messagePath(), aMessage({ eventId: known }));
    const before = await count();
    const data = [aMessage({ eventId: fresh }), aMessage(), aMessage({ eventId: known })];
    expect(await post(`${messagePath()}/batch`, { data })).toMatchObject({
      status: 409,
      json: { code: 'conflict', detail: expect.stringContaining('data[2].eventId') as unknown },
    });
    expect(await count()).toBe(before);
    expect((await post(messagePath(), aMessage({ eventId: fresh }))).status).toBe(202);
  });

  it('twice in a batch is refused with its place', async () => {
    const data = [aMessage({ eventId: 'twin' }), aMessage(), aMessage({ eventId: 'twin' })];
    expect(await post(`${messagePath()}/batch`, { data })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['body', 'data', '2', 'eventId'] }] },
    });
  });

  it('in batches that overlap, sent at once in both orders, is accepted once', async () => {
    const before = await count();
    const ids = Array.from({ length: 6 }, () => randomUUID());
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const some = [0, 1, 2].map((step) => ids[(index + step) % ids.length]);
        const data = (index % 2 === 0 ? some : some.reverse()).map((eventId) => aMessage({ eventId }));
        return post(`${messagePath()}/batch`, { data }, { origin: origins[index % 2] ?? '' });
      }),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true);
    expect(accepted.length).toBeGreaterThan(0);
    expect(await count()).toBe(before + accepted.length * 3);
  });
});

describe('a process without its database', () => {
  it('accepts what it cannot check, each time, and says so', async () => {
    const before = await count();
    const [key, body] = [randomUUID(), aMessage({ eventId: randomUUID() })];
    for (let time = 0; time < 2; time += 1) {
      for (const given of [{ key }, {}]) {
        const answer = await post(messagePath(), body, { ...given, origin: lonely });
        expect(answer).toMatchObject({ status: 202, checked: 'unchecked' });
      }
    }
    expect(await count()).toBe(before + 4);
  });

  it('says nothing of the kind where there is nothing to check', async () => {
    expect(await post(messagePath(), aMessage(), { origin: lonely })).toMatchObject({ status: 202, checked: null });
  });

  it('cannot create an application', async () => {
    const uid = randomUUID();
    const body = aMessage({ application: { name: 'New', uid } });
    expect(await post(`${uid}/msg`, body, { origin: lonely })).toMatchObject({
      status: 503,
      json: { code: 'database_unavailable' },
    });
  });
});

describe('messages without event id and key', () => {
  it('open no connection to the database', async () => {
    const other = await freshDatabase();
    await migrate(loadPostgresConfig({ DATABASE_URL: other }));
    const { port } = await scene.startWith({ DATABASE_URL: other }, ingestRole);
    const origin = `http://127.0.0.1:${String(port)}/api/v1`;
    const sessions = async (): Promise<number> =>
      (
        await query(
          other,
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'signpost%'",
        )
      ).length;
    for (let time = 0; time < 20; time += 1) {
      expect((await post(messagePath(), aMessage(), { origin })).status).toBe(202);
    }
    expect((await post(`${messagePath()}/batch`, { data: [aMessage(), aMessage()] }, { origin })).status).toBe(202);
    expect(await sessions()).toBe(0);
    await post(messagePath(), aMessage({ eventId: randomUUID() }), { origin });
    expect(await sessions()).toBeGreaterThan(0);
  });
});
