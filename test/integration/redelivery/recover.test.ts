import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BackgroundTaskOut } from '@signpost/contracts';
import { deliveryIdOf, newId, type EndpointId } from '@signpost/domain';
import type { Answer } from '../api/support.js';
import { RedeliveryScene } from './support.js';

const iso = (atMs: number): string => new Date(atMs).toISOString();

describe('recover', () => {
  let scene: RedeliveryScene;
  /** Another Signpost that hands over only 20 a second, and each delivery once. */
  let slow: RedeliveryScene;
  beforeAll(async () => {
    [scene, slow] = await Promise.all([
      RedeliveryScene.open({ RECOVER_PER_SECOND: '20000' }),
      RedeliveryScene.open({ RECOVER_PER_SECOND: '20', RECOVER_REDELIVERIES_PER_DELIVERY: '1' }),
    ]);
  });
  afterAll(() => Promise.all([scene.close(), slow.close()]));

  const recover = (on: RedeliveryScene, endpoint: string, body: unknown, key?: string): Promise<Answer> =>
    on.api.call('POST', `/api/v1/app/one/endpoint/${endpoint}/recover`, body, key);
  const task = async (on: RedeliveryScene, id: string): Promise<BackgroundTaskOut> =>
    (await on.api.call('GET', `/api/v1/background-task/${id}`)).body as unknown as BackgroundTaskOut;
  const ended = async (on: RedeliveryScene, id: string): Promise<BackgroundTaskOut> => {
    await on.until('the task to end', async () => (await task(on, id)).status !== 'running');
    return task(on, id);
  };
  const anHourAgo = () => ({ since: iso(Date.now() - 3_600_000) });

  it('hands over every dead letter of the window, each once, oldest first, and nothing else', async () => {
    const endpoint = await scene.endpoint();
    const other = await scene.endpoint();
    const nowMs = Date.now();
    const before = await scene.dead(endpoint, 3, nowMs - 600_000);
    const inside = await scene.dead(endpoint, 2_500, nowMs - 300_000);
    const after = await scene.dead(endpoint, 3, nowMs - 1_000);
    await scene.dead(other, 3, nowMs - 300_000);
    const delivered = scene.message({ acceptedAtMs: nowMs - 300_000 });
    await scene.api.publish(delivered);
    await scene.api.tell(scene.attempt(delivered, endpoint, { outcome: 'delivered', fate: 'delivered' }));
    await scene.until('it', async () => (await scene.state(delivered, endpoint)) === 'delivered');

    const first = inside[0]?.acceptedAtMs ?? 0;
    const answer = await recover(scene, endpoint, { since: iso(first), until: iso(nowMs - 100_000) });
    expect(answer).toMatchObject({ status: 202, body: { task: 'endpoint.recover', status: 'running' } });
    expect(answer.body.id).toMatch(/^qtask_\w{27}$/);
    const done = await ended(scene, answer.body.id);
    expect(done).toMatchObject({
      status: 'finished',
      data: {
        endpointId: endpoint,
        total: 2_500,
        done: 2_500,
        skipped: { withoutPayload: 0, underWay: 0, tooOften: 0 },
      },
    });
    expect(done.data.perSecond).toBeGreaterThan(0);
    await scene.until('all of them', () => scene.handedTo(endpoint).length >= 2_500);
    const handed = scene.handedTo(endpoint);
    expect(handed.map(({ delivery }) => delivery.id)).toEqual(
      inside.map(({ id }) => deliveryIdOf(id, endpoint)).toSorted(),
    );
    expect(handed.map(({ delivery }) => delivery.handOver)).toEqual(
      inside.map((_, at) => ({ kind: 'task', task: answer.body.id, sequence: at + 1 })),
    );
    expect(handed[0]).toMatchObject({
      payload: inside[0]?.payload.toString(),
      delivery: { attempt: 3, redelivery: { number: 1, attemptsBefore: 2 } },
    });
    expect(scene.handedTo(other)).toEqual([]);
    expect([...before, ...after].some(({ id }) => handed.some(({ delivery }) => delivery.messageId === id))).toBe(
      false,
    );
  });

  it('finishes at once when there is nothing to recover', async () => {
    const endpoint = await scene.endpoint();
    const { body } = await recover(scene, endpoint, anHourAgo());
    expect(await ended(scene, body.id)).toMatchObject({ status: 'finished', data: { total: 0, done: 0 } });
  });

  it('leaves to one of two tasks what both would recover', async () => {
    const endpoint = await scene.endpoint();
    await scene.dead(endpoint, 1_000);
    const answers = await Promise.all([recover(scene, endpoint, anHourAgo()), recover(scene, endpoint, anHourAgo())]);
    const tasks = await Promise.all(answers.map(({ body }) => ended(scene, body.id)));
    expect(tasks.reduce((sum, { data }) => sum + data.done, 0)).toBe(1_000);
    await scene.until('all of them', () => scene.handedTo(endpoint).length >= 1_000);
    expect(new Set(scene.handedTo(endpoint).map(({ delivery }) => delivery.id)).size).toBe(1_000);
    expect(scene.handedTo(endpoint)).toHaveLength(1_000);
  });

  it('leaves out what has lost its payload, and what was sent again too often, and counts them', async () => {
    const endpoint = await slow.endpoint();
    const [gone, expired, often, due] = await slow.dead(endpoint, 4);
    if (gone === undefined || expired === undefined || often === undefined || due === undefined)
      throw new Error('too few');
    await slow.query(`UPDATE messages SET payload = NULL WHERE id = '${gone.id}'`);
    await slow.query(`UPDATE messages SET payload_expires_at = now() WHERE id = '${expired.id}'`);
    await slow.api.call('POST', `/api/v1/app/one/msg/${often.id}/endpoint/${endpoint}/resend`);
    const ofRedelivery = { attempt: 3, redelivery: 1, fate: 'dead-lettered', deadLetterReason: 'gone' } as const;
    await slow.api.tell(slow.attempt(often, endpoint, ofRedelivery));
    await slow.until('its second death', async () => {
      const rows = await slow.query<{ attempts: number }>(
        `SELECT attempts FROM deliveries WHERE id = '${deliveryIdOf(often.id, endpoint)}' AND state = 'dead-lettered'`,
      );
      return rows[0]?.attempts === 3;
    });
    const { body } = await recover(slow, endpoint, anHourAgo());
    expect(await ended(slow, body.id)).toMatchObject({
      status: 'finished',
      data: { total: 4, done: 1, skipped: { withoutPayload: 2, underWay: 0, tooOften: 1 } },
    });
  });

  it('is cancelled, ends with its endpoint, and keeps to its pace', async () => {
    const [cancelled, deleted] = [await slow.endpoint(), await slow.endpoint()];
    await slow.dead(cancelled, 500);
    await slow.dead(deleted, 500);
    const startedMs = Date.now();
    const [one, two] = await Promise.all([recover(slow, cancelled, anHourAgo()), recover(slow, deleted, anHourAgo())]);
    await slow.until(
      'both to have begun',
      () => slow.handedTo(cancelled).length > 0 && slow.handedTo(deleted).length > 0,
    );
    expect(await slow.api.call('POST', `/api/v1/background-task/${one.body.id}/cancel`)).toMatchObject({
      status: 200,
      body: { status: 'failed', data: { reason: 'cancelled' } },
    });
    await slow.api.call('DELETE', `/api/v1/app/one/endpoint/${deleted}`);
    expect(await ended(slow, two.body.id)).toMatchObject({ status: 'failed', data: { reason: 'endpoint-deleted' } });
    const seconds = (Date.now() - startedMs) / 1_000;
    expect(slow.handedTo(cancelled).length).toBeLessThanOrEqual(20 * (seconds + 1));
    // What has ended stays as it ended.
    const again = await slow.api.call('POST', `/api/v1/background-task/${two.body.id}/cancel`);
    expect(again.body).toMatchObject({ status: 'failed', data: { reason: 'endpoint-deleted' } });
  });

  it('is accepted for an endpoint that is switched off: what it hands over waits there', async () => {
    const endpoint = await scene.endpoint({ disabled: true });
    await scene.dead(endpoint, 2);
    const { body } = await recover(scene, endpoint, anHourAgo());
    expect(await ended(scene, body.id)).toMatchObject({ status: 'finished', data: { done: 2 } });
  });

  it('is listed newest first, by status, and shown to nobody else', async () => {
    const endpoint = await scene.endpoint();
    const ids: string[] = [];
    for (let time = 0; time < 3; time += 1) ids.push((await recover(scene, endpoint, anHourAgo())).body.id);
    for (const id of ids) await ended(scene, id);
    const list = async (query: string, key?: string) =>
      (await scene.api.call('GET', `/api/v1/background-task?${query}`, undefined, key)).body;
    expect((await list('limit=3')).data.map(({ id }) => id)).toEqual(ids.toSorted().reverse());
    const page = await list('limit=1');
    expect((await list(`limit=1&iterator=${page.iterator}`)).data[0]?.id).toBe(ids.toSorted()[1]);
    expect((await list('status=running')).data).toEqual([]);
    expect((await list('task=endpoint.replay')).data).toEqual([]);
    expect((await list('task=endpoint.recover&status=finished&limit=3')).data).toHaveLength(3);
    const foreign = await scene.api.keyOf('somebody else');
    expect((await list('', foreign)).data).toEqual([]);
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/cancel'],
    ] as const) {
      const answer = await scene.api.call(
        method,
        `/api/v1/background-task/${String(ids[0])}${path}`,
        undefined,
        foreign,
      );
      expect(answer.status).toBe(404);
    }
    expect((await scene.api.call('GET', `/api/v1/background-task/${newId('qtask', 0)}`)).status).toBe(404);
  });

  it('says which field of a window is wrong', async () => {
    const endpoint: EndpointId = await scene.endpoint();
    const day = 86_400_000;
    for (const [body, field] of [
      [{}, 'since'],
      [{ since: 'yesterday' }, 'since'],
      [{ since: null }, 'since'],
      [{ since: 17 }, 'since'],
      [{ since: iso(Date.now() - 15 * day) }, 'since'],
      [{ since: iso(Date.now() + day) }, 'since'],
      [{ since: '1970-01-01T00:00:00Z' }, 'since'],
      [{ since: iso(Date.now() - day), until: 'now' }, 'until'],
      [{ since: iso(Date.now() - day), until: iso(Date.now() - 2 * day) }, 'until'],
    ] as const) {
      const answer = await recover(scene, endpoint, body);
      expect([body, answer.status]).toEqual([body, 422]);
      expect(answer.body.detail).toMatchObject([{ loc: ['body', field] }]);
    }
    const foreign = await scene.api.keyOf('somebody else');
    expect((await recover(scene, endpoint, anHourAgo(), foreign)).status).toBe(404);
    expect((await recover(scene, newId('ep', 0), anHourAgo())).status).toBe(404);
    expect((await recover(scene, endpoint, { since: iso(Date.now() - day), until: null })).status).toBe(202);
  });
});
