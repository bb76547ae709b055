import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import { RecoveryScene, iso, WHY } from './recovery-scene.js';
import type { RedeliveryScene } from './support.js';

describe('the course of a recovery', () => {
  let scene: RedeliveryScene;
  let recoveries: RecoveryScene;
  beforeAll(async () => {
    recoveries = await RecoveryScene.open();
    scene = recoveries.on;
  });
  afterAll(() => recoveries.close());

  it('has no more under way than it may, and goes on as they are attempted', async () => {
    const endpoint = await scene.endpoint();
    const messages = await scene.dead(endpoint, 6);
    const { id } = await recoveries.begin({ kind: 'redrive', select: { endpointId: endpoint }, concurrency: 2 });
    for (let round = 1; round <= 3; round += 1) {
      await scene.until('the next two', () => scene.handedTo(endpoint).length >= 2 * round);
      expect(scene.handedTo(endpoint)).toHaveLength(2 * round);
      expect((await recoveries.get(id)).status).toBe('running');
      await recoveries.settle(scene.handedTo(endpoint).slice(-2), messages);
    }
    expect(await recoveries.ended(id)).toMatchObject({ done: 6 });
  });

  it('waits for an endpoint that is not well, asks it one at a time, and says so', async () => {
    const endpoint = await scene.endpoint();
    const messages = await scene.dead(endpoint, 4);
    const lane = { endpointId: endpoint, applicationId: scene.app };
    await scene.api.remember({ ...lane, breaker: { untilMs: Date.now() + 3_600_000, openings: 3 } });
    await scene.until('it to be known', async () => {
      const { body } = await scene.api.call('GET', `/api/v1/app/one/endpoint/${endpoint}`);
      return JSON.stringify(body).includes('breaker-open');
    });
    const select = { endpointId: endpoint };
    expect((await recoveries.dryRun({ kind: 'redrive', select })).notes).toMatchObject([{ code: 'endpoint-unwell' }]);
    const { id } = await recoveries.begin({ kind: 'redrive', select, onlyWhileHealthy: true, concurrency: 4 });
    await scene.until('it to wait', async () => (await recoveries.get(id)).waiting?.why === 'breaker-open');
    expect(scene.handedTo(endpoint)).toEqual([]);
    // The breaker lets one pass.
    await scene.api.remember({ ...lane, breaker: { untilMs: Date.now() - 1, openings: 3 } });
    await scene.until('a probe', () => scene.handedTo(endpoint).length === 1);
    await scene.until('it to wait again', async () => (await recoveries.get(id)).waiting?.why === 'breaker-open');
    expect(scene.handedTo(endpoint)).toHaveLength(1);
    await scene.api.remember(lane);
    await scene.until('all of them', () => scene.handedTo(endpoint).length === 4);
    await recoveries.settle(scene.handedTo(endpoint), messages);
    expect(await recoveries.ended(id)).toMatchObject({ done: 4, status: 'finished' });
  });

  it('is paused, resumed and aborted, and does not go on once it has ended', async () => {
    const endpoint = await scene.endpoint();
    await scene.dead(endpoint, 50);
    const { id } = await recoveries.begin({ kind: 'redrive', select: { endpointId: endpoint }, perSecond: 10 });
    await scene.until('it to begin', () => scene.handedTo(endpoint).length > 0);
    expect((await recoveries.command(id, 'pause')).body).toMatchObject({ status: 'paused' });
    await scene.until('the batch on its way', async () => {
      const rows = await scene.query(`SELECT FROM recoveries WHERE id = '${id}' AND holder IS NULL`);
      return rows.length === 1 || (await recoveries.get(id)).done === scene.handedTo(endpoint).length;
    });
    const { done } = await recoveries.get(id);
    expect((await recoveries.command(id, 'pause')).status).toBe(200);
    expect((await recoveries.command(id, 'resume')).body).toMatchObject({ status: 'running' });
    await scene.until('it to go on', async () => (await recoveries.get(id)).done > done);
    expect((await recoveries.command(id, 'abort')).body).toMatchObject({ status: 'aborted', estimatedEndAt: null });
    expect((await recoveries.command(id, 'abort')).status).toBe(200);
    for (const what of ['resume', 'pause']) {
      const refused = await recoveries.command(id, what);
      expect(refused).toMatchObject({ status: 409, body: { code: 'recovery_ended' } });
      expect(String(refused.body.detail)).toContain(id);
    }
    expect((await recoveries.get(id)).done).toBeLessThan(50);
    const finished = await recoveries.begin({ kind: 'redrive', select: { msgIds: [newId('msg', 0)] } });
    await recoveries.ended(finished.id);
    expect((await recoveries.command(finished.id, 'resume')).status).toBe(409);
  });

  it('is listed, with those that were asked for as background tasks, and is none itself', async () => {
    const endpoint = await scene.endpoint();
    const since = iso(Date.now() - 60_000);
    const task = (await scene.api.call('POST', `/api/v1/app/one/endpoint/${endpoint}/recover`, { since })).body.id;
    const { id } = await recoveries.begin({ kind: 'redrive', select: { endpointId: endpoint } });
    await Promise.all([recoveries.ended(task), recoveries.ended(id)]);
    const list = (await scene.api.call('GET', '/api/v1/recovery?limit=2&status=finished')).body.data;
    expect(list.map((one) => one.id)).toEqual([id, task].toSorted().reverse());
    expect((await scene.api.call('GET', '/api/v1/background-task?limit=1')).body.data[0]?.id).toBe(task);
    expect((await scene.api.call('GET', `/api/v1/background-task/${id}`)).status).toBe(404);
    expect((await scene.api.call('POST', `/api/v1/background-task/${id}/cancel`)).status).toBe(404);
  });

  it('says which field is wrong, and does nothing', async () => {
    const endpoint = await scene.endpoint();
    const to = { url: recoveries.receiver.url('/never') };
    const since = iso(Date.now());
    for (const [body, field] of [
      [{ select: { appId: 'one' } }, ['kind']],
      [{ kind: 'redrive', select: {} }, ['select']],
      [{ kind: 'replay' }, ['select']],
      [{ kind: 'redrive', select: { appId: 'one' }, why: undefined }, ['why']],
      [{ kind: 'redrive', select: { endpointID: endpoint } }, ['select']],
      [{ kind: 'redrive', select: { msgIds: [] } }, ['select', 'msgIds']],
      [{ kind: 'redrive', select: { msgIds: [endpoint] } }, ['select', 'msgIds', '0']],
      [{ kind: 'redrive', select: { since, until: iso(0) } }, ['select', 'until']],
      [{ kind: 'redrive', select: { deadSince: since, deadUntil: iso(0) } }, ['select', 'deadUntil']],
      [{ kind: 'replay', select: { appId: 'one', deadSince: since } }, ['select', 'deadSince']],
      [{ kind: 'redrive', select: { reasons: ['bad luck'] } }, ['select', 'reasons', '0']],
      [{ kind: 'redrive', select: { appId: 'one', states: ['delivered'] } }, ['select', 'states']],
      [{ kind: 'replay', select: { appId: 'one', reasons: ['gone'] } }, ['select', 'reasons']],
      [{ kind: 'backfill', select: { appId: 'one' } }, ['toEndpointId']],
      [{ kind: 'redrive', select: { appId: 'one' }, toEndpointId: endpoint }, ['toEndpointId']],
      [{ kind: 'backfill', toEndpointId: endpoint, to }, ['to']],
      [{ kind: 'redrive', select: { appId: 'one' }, to, onlyWhileHealthy: true }, ['onlyWhileHealthy']],
      [{ kind: 'redrive', select: { appId: 'one' }, to: { url: 'http://10.0.0.1/' } }, ['to', 'url']],
      [{ kind: 'redrive', select: { appId: 'one' }, perSecond: 0 }, ['perSecond']],
      [{ kind: 'redrive', select: { appId: 'one' }, concurrency: 1.5 }, ['concurrency']],
    ] as const) {
      const answer = await recoveries.post({ why: WHY, ...body });
      expect([body, answer.status]).toEqual([body, 422]);
      expect(answer.body.detail).toMatchObject([{ loc: ['body', ...field] }]);
    }
    expect((await recoveries.dryRun({ kind: 'redrive' })).notes.map(({ code }) => code)).toContain('everything');
    const all = await recoveries.begin({
      kind: 'redrive',
      select: { everything: true, eventTypes: ['nobody.has.it'] },
    });
    expect(await recoveries.ended(all.id)).toMatchObject({ status: 'finished', total: 0 });
    expect(recoveries.receiver.requests.filter(({ path }) => path === '/never')).toEqual([]);
  });

  it('of what is not there, or somebody else’s, is answered 404', async () => {
    const endpoint = await scene.endpoint();
    const foreign = await scene.api.keyOf('somebody else');
    const { id } = await recoveries.begin({ kind: 'redrive', select: { endpointId: endpoint } });
    await recoveries.ended(id);
    for (const body of [
      { kind: 'redrive', select: { appId: 'one' } },
      { kind: 'redrive', select: { endpointId: endpoint } },
      { kind: 'backfill', toEndpointId: endpoint },
      { kind: 'redrive', select: { endpointId: newId('ep', 0) } },
      { kind: 'redrive', select: { endpointId: 'by-its-uid' } },
    ]) {
      expect([body, (await recoveries.post({ why: WHY, ...body }, foreign)).status]).toEqual([body, 404]);
    }
    expect((await scene.api.call('GET', `/api/v1/recovery/${id}`, undefined, foreign)).status).toBe(404);
    expect((await scene.api.call('GET', `/api/v1/recovery/${id}/record`, undefined, foreign)).status).toBe(404);
    const elsewhere = `/api/v1/recovery/${id}/record?iterator=${id}`;
    expect((await scene.api.call('GET', elsewhere)).status).toBe(422);
    for (const what of ['pause', 'resume', 'abort'])
      expect((await recoveries.command(id, what, foreign)).status).toBe(404);
    expect((await scene.api.call('GET', '/api/v1/recovery', undefined, foreign)).body.data).toEqual([]);
    // An id of somebody else's among those that are named selects nothing.
    const [message] = await scene.dead(endpoint, 1);
    const theirs = await recoveries.post({ kind: 'redrive', select: { msgIds: [message?.id] }, dryRun: true }, foreign);
    expect(theirs.body).toMatchObject({ count: 0, samples: [] });
  });
});
