import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until, type DeployedRole } from '@signpost/testing';
import { openScene, type Scene } from './support/scene.js';

const ROUNDS = process.env['SIGNPOST_TEST_LENGTH'] === 'full' ? 5 : 1;

jest.setTimeout(240_000);

/** Promise 1, under the death of any one process: kill -9 under load, start it again, and every accepted message arrives. */
describe('kill -9 under load loses no accepted message', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.end());

  const roles: readonly DeployedRole[] = [
    'ingest',
    'subscription-matcher',
    'dispatcher',
    'retry-scheduler',
    'recorder',
    'api',
  ];
  it.each(roles)('%s', async (role) => {
    const { deployment, receiver } = scene;
    for (let round = 0; round < ROUNDS; round += 1) {
      const load = scene.load();
      const before = receiver.arrivals.size;
      await until(() => receiver.arrivals.size > before + 200, {
        timeoutMs: 60_000,
        what: '200 deliveries before the kill',
      });
      await deployment.process(role).kill();
      await deployment.process(role).restart();
      const atRestart = receiver.arrivals.size;
      await until(() => receiver.arrivals.size > atRestart + 200, {
        timeoutMs: 60_000,
        what: '200 deliveries after the restart',
      });
      const accepted = await load.stop();
      await until(() => receiver.missing(accepted).length === 0, {
        timeoutMs: 60_000,
        what: `every message accepted around the death of ${role} to arrive`,
      });
    }
    expect(receiver.badlySigned).toEqual([]);
    process.stderr.write(
      `  ${role}: ${String(receiver.arrivals.size)} messages arrived so far, ${String(receiver.repeats)} of them again\n`,
    );
  });

  it('and the log has every attempt of them, once', async () => {
    const { deployment, receiver, application, endpoint } = scene;
    const logged = new Set<string>();
    await until(
      async () => {
        logged.clear();
        let iterator: string | null | undefined;
        do {
          const page: { data: { msgId: string }[]; done: boolean; iterator?: string | null } = await deployment.call(
            'GET',
            `/api/v1/app/${application}/attempt/endpoint/${endpoint}?limit=250${iterator ? `&iterator=${iterator}` : ''}`,
          );
          for (const { msgId } of page.data) logged.add(msgId);
          iterator = page.done ? undefined : page.iterator;
        } while (iterator);
        return [...receiver.arrivals.keys()].every((id) => logged.has(id));
      },
      { timeoutMs: 60_000, everyMs: 500, what: 'the log to catch up' },
    );
    expect(logged.size).toBe(receiver.arrivals.size);
  });
});
