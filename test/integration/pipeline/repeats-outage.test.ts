import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ingestRole } from '@signpost/ingest';
import { loadPostgresConfig, migrate } from '@signpost/postgres';
import { freshFolder, startPostgres, type EmbeddedPostgres } from '@signpost/testing';
import { Scene } from './scene.js';

/** Promise 4 at intake: the database goes and comes back, and publishing goes on. */
describe('intake while the database is away', () => {
  let postgres: EmbeddedPostgres;
  let scene: Scene;
  let url: string;
  beforeAll(async () => {
    postgres = await startPostgres({ dataFolder: join(freshFolder(), 'postgres'), durable: false });
    const databaseUrl = await postgres.createDatabase('intake');
    await migrate(loadPostgresConfig({ DATABASE_URL: databaseUrl }));
    scene = await Scene.open({ DATABASE_URL: databaseUrl });
    const { id } = await scene.application();
    const { port } = await scene.start(ingestRole);
    url = `http://127.0.0.1:${String(port)}/api/v1/app/${id}/msg`;
  });
  afterAll(async () => {
    await scene.close();
    await postgres.stop();
  });

  async function post(body: object, key: string): Promise<{ status: number; checked: string | null }> {
    const answer = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        authorization: `Bearer ${scene.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
    });
    await answer.text();
    return { status: answer.status, checked: answer.headers.get('signpost-idempotency') };
  }

  it('accepts what it cannot check and says so, and knows again afterwards what came before', async () => {
    const message = { eventType: 'a', payload: {}, eventId: randomUUID() };
    const key = randomUUID();
    expect(await post(message, key)).toEqual({ status: 202, checked: null });
    await postgres.stop();
    await scene.until('an answer that nothing was checked for', async () => {
      const { status, checked } = await post(message, randomUUID());
      expect(status).toBe(202);
      return checked === 'unchecked';
    });
    await postgres.restart();
    await scene.until('the database to be asked again', async () => (await post(message, key)).checked === 'replayed');
    expect(await post(message, randomUUID())).toEqual({ status: 409, checked: null });
  });
});
