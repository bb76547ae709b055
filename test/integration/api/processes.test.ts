import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Deployment, freshDatabase, freshFolder, freshTopicPrefix, testKafkaBrokers, until } from '@signpost/testing';

describe('api and recorder, each a process of its own', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.start({
      kafkaBrokers: testKafkaBrokers(),
      databaseUrl: await freshDatabase(),
      folder: freshFolder(),
      topicPrefix: freshTopicPrefix(),
      roles: ['api', 'recorder'],
    });
  });
  afterAll(() => deployment.stop());

  it('answer with the key that the command made, also after a kill', async () => {
    await until(() => deployment.call('POST', '/api/v1/app', { name: 'One', uid: 'one' }), {
      timeoutMs: 10_000,
      what: 'the key to be known',
    });
    const api = deployment.process('api');
    await api.kill();
    await api.restart();
    await expect(deployment.call('GET', '/api/v1/app/one')).resolves.toMatchObject({ name: 'One' });
    const metrics = await (await fetch(`${deployment.process('recorder').url}/metrics`)).text();
    expect(metrics).toContain('signpost_recorder_rows_total');
  });

  it('stop gracefully', async () => {
    await expect(Promise.all(deployment.all.map((process) => process.stop()))).resolves.toEqual(['ended', 'ended']);
  });
});
