import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type ApplicationId, type MessageId } from '@signpost/domain';
import { freshFolder, query, startPostgres, until, type EmbeddedPostgres } from '@signpost/testing';
import { recorderRole } from '@signpost/recorder';
import { boot } from '@signpost/runtime';
import { ApiScene, environment } from './support.js';

const WITHIN = { timeoutMs: 30_000 };

describe('with the database down', () => {
  let postgres: EmbeddedPostgres;
  let scene: ApiScene;
  let app: string;
  beforeAll(async () => {
    postgres = await startPostgres({ dataFolder: join(freshFolder(), 'postgres'), durable: false });
    scene = await ApiScene.open(await postgres.createDatabase('outage'));
    app = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id;
  });
  afterAll(async () => {
    await scene.close();
    await postgres.stop();
  });

  const publish = async (): Promise<MessageId> => {
    const acceptedAtMs = Date.now();
    const id = newId('msg', acceptedAtMs);
    const payload = Buffer.from('{}');
    await scene.publish({ id, applicationId: app as ApplicationId, eventType: 'a.b', acceptedAtMs, payload });
    return id;
  };
  const health = () => scene.raw('GET', '/health/ready', undefined, undefined);

  it('says so, keeps what came meanwhile, and goes on when it is back', async () => {
    await postgres.stop();
    expect(await scene.call('GET', '/api/v1/app/one')).toMatchObject({
      status: 503,
      body: { code: 'database_unavailable' },
    });
    expect((await scene.call('POST', '/api/v1/app', { name: 'Two' })).status).toBe(503);
    const id = await publish();
    const endpointId = newId('ep', Date.now());
    await scene.remember({
      endpointId,
      applicationId: app as ApplicationId,
      disabled: { atMs: 1, reason: 'gone', endpointVersion: 1 },
    });
    await until(async () => (await health()).text.includes('records wait in Kafka'), {
      ...WITHIN,
      what: 'health to say so',
    });
    expect((await scene.raw('GET', '/health/live', undefined, undefined)).status).toBe(200);
    await postgres.restart();
    await until(async () => (await scene.call('GET', `/api/v1/app/one/msg/${id}`)).status === 200, {
      ...WITHIN,
      what: 'the log to catch up',
    });
    await until(async () => (await health()).status === 200, { ...WITHIN, what: 'health to recover' });
    const created = await scene.call('POST', '/api/v1/app', { name: 'Three' });
    expect(created.status).toBe(201);
    await until(() => scene.control.view.applicationById(created.body.id as ApplicationId), {
      ...WITHIN,
      what: 'the data plane to hear of changes again',
    });
  });

  it('a recorder starts all the same, and migrates once it is back', async () => {
    const url = await postgres.createDatabase('late');
    await postgres.stop();
    const recorder = await boot([recorderRole], environment(url));
    try {
      await postgres.restart();
      await until(async () => (await query(url, 'SELECT FROM migrations')).length > 0, {
        ...WITHIN,
        what: 'the migration',
      });
    } finally {
      await recorder.stop();
    }
  });
});
