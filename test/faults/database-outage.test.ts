import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshFolder, startPostgres, until, type EmbeddedPostgres } from '@signpost/testing';
import { openScene, type Scene } from './support/scene.js';

jest.setTimeout(240_000);

/** Promise 4: the data plane needs Kafka alone. */
describe('a database that is down', () => {
  let postgres: EmbeddedPostgres;
  let scene: Scene;
  beforeAll(async () => {
    postgres = await startPostgres({ dataFolder: join(freshFolder(), 'postgres') });
    scene = await openScene({ databaseUrl: await postgres.createDatabase('outage') });
  });
  afterAll(async () => {
    await scene.end();
    await postgres.stop();
  });

  it('holds up no delivery, and the log catches up afterwards', async () => {
    const { deployment, receiver, application, endpoint } = scene;
    const load = scene.load();
    // What the control plane has said reaches the data plane through the database: it has to have got there.
    await until(() => receiver.arrivals.size > 0, { timeoutMs: 60_000, what: 'the first delivery' });
    await postgres.stop();
    const before = receiver.arrivals.size;
    await until(() => receiver.arrivals.size > before + 500, {
      timeoutMs: 60_000,
      what: '500 deliveries without a database',
    });
    const accepted = await load.stop();
    await until(() => receiver.missing(accepted).length === 0, {
      timeoutMs: 60_000,
      what: 'every accepted message to arrive',
    });
    await postgres.restart();
    const last = [...accepted].at(-1) ?? '';
    await until(
      async () =>
        (await deployment.call<{ data: unknown[] }>('GET', `/api/v1/app/${application}/attempt/msg/${last}`)).data
          .length === 1,
      { timeoutMs: 120_000, everyMs: 500, what: 'the log to catch up' },
    );
    const page = `/api/v1/app/${application}/attempt/endpoint/${endpoint}?limit=50`;
    await until(async () => (await deployment.call<{ data: unknown[] }>('GET', page)).data.length === 50, {
      timeoutMs: 60_000,
      everyMs: 500,
      what: 'the attempts of the outage to be logged',
    });
    expect(receiver.badlySigned).toEqual([]);
  });
});
