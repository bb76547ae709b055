import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLetterHeaders, TOPICS, type DeadLetter } from '@signpost/contracts';
import { newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { query, until } from '@signpost/testing';
import { aLetter } from '../dead-letters/letters.js';
import { ApiScene } from './support.js';
import { portalToken } from './tenancy/tenant.js';

const PATH = '/api/v1/dead-letter';

interface Listed {
  readonly data: readonly { readonly id: string; readonly state: string }[];
  readonly iterator: string;
  readonly prevIterator: string;
  readonly done: boolean;
}
interface Counted {
  readonly buckets: readonly { readonly at: string; readonly endpointId: string; readonly count: number }[];
  readonly totals: { readonly count: number; readonly customer: number; readonly platform: number };
  readonly done: boolean;
}

describe('dead letters', () => {
  let scene: ApiScene;
  let app: ApplicationId;
  let endpoint: EndpointId;
  let letters: readonly DeadLetter[];
  const started = Date.now() - 40 * 60_000;
  beforeAll(async () => {
    scene = await ApiScene.open();
    app = (await scene.call('POST', '/api/v1/app', { name: 'One', uid: 'one' })).body.id as ApplicationId;
    const made = await scene.call('POST', '/api/v1/app/one/endpoint', { url: 'https://example.com/', uid: 'main' });
    endpoint = made.body.id as EndpointId;
    const of = { applicationId: app, endpointId: endpoint };
    letters = [
      aLetter({ ...of, atMs: started }),
      aLetter({ ...of, atMs: started + 60_000, last: 'network:EAI_AGAIN' }),
      aLetter({ ...of, atMs: started + 120_000, eventType: 'rating.submitted', reason: 'gone', last: 'http:410' }),
    ];
    await publish(...letters);
  }, 60_000);
  afterAll(() => scene.close());

  async function publish(...list: readonly DeadLetter[]): Promise<void> {
    for (const letter of list) {
      const headers = deadLetterHeaders(letter);
      await scene.sink.append({
        topic: TOPICS.deadLetter,
        key: letter.delivery.endpointId,
        value: Buffer.from('{}'),
        headers,
      });
    }
    const ids = list.map(({ delivery, redrives }) => `('${delivery.id}', ${String(redrives)})`).join(',');
    await until(
      async () =>
        (await query(scene.databaseUrl, `SELECT FROM dead_letters WHERE (delivery_id, redelivery) IN (${ids})`))
          .length === list.length,
      { timeoutMs: 30_000, what: 'the dead letters to be indexed' },
    );
  }

  const idsOf = (...places: number[]): (string | undefined)[] => places.map((at) => letters[at]?.delivery.id);
  async function list(query: string, key?: string): Promise<Listed> {
    const { status, body, text } = await scene.call('GET', `${PATH}?${query}`, undefined, key);
    expect({ status, text }).toMatchObject({ status: 200 });
    return body as unknown as Listed;
  }
  const listed = async (query: string, key?: string) => (await list(query, key)).data.map(({ id }) => id);

  it('are listed, the latest first, with all that is known of them', async () => {
    const { data, done } = await list('');
    expect([data.map(({ id }) => id), done]).toEqual([idsOf(2, 1, 0), true]);
    expect(data[2]).toEqual({
      id: letters[0]?.delivery.id,
      msgId: letters[0]?.delivery.messageId,
      appId: app,
      endpointId: endpoint,
      eventType: 'lead.captured',
      reason: 'attempts-exhausted',
      reasonClass: 'customer',
      lastFailure: 'http:503',
      lastStatus: 503,
      attempts: 3,
      firstFailureAt: new Date(started - 2_000).toISOString(),
      lastFailureAt: new Date(started).toISOString(),
      deadAt: new Date(started).toISOString(),
      origin: { topic: 'signpost.deliveries', partition: 1, offset: 77 },
      position: { partition: expect.any(Number), offset: expect.any(Number) },
      redrives: 0,
      state: 'dead',
    });
    expect((await scene.call('GET', `${PATH}/${data[2]?.id ?? ''}`)).body).toEqual(data[2]);
  });

  it('are found by each filter, and by several', async () => {
    const since = new Date(started + 60_000).toISOString();
    const until = new Date(started + 120_000).toISOString();
    expect(await listed('appId=one')).toEqual(idsOf(2, 1, 0));
    expect(await listed(`appId=${app}&endpointId=main`)).toEqual(idsOf(2, 1, 0));
    expect(await listed(`endpointId=${endpoint}&order=ascending`)).toEqual(idsOf(0, 1, 2));
    expect(await listed('eventType=rating.submitted')).toEqual(idsOf(2));
    expect(await listed('reason=attempts-exhausted')).toEqual(idsOf(1, 0));
    expect(await listed('reasonClass=platform')).toEqual(idsOf(1));
    expect(await listed('status=503')).toEqual(idsOf(0));
    expect(await listed(`since=${since}&until=${until}`)).toEqual(idsOf(1));
    expect(await listed(`msgId=${letters[2]?.delivery.messageId ?? ''}`)).toEqual(idsOf(2));
    expect(await listed(`msgId=no-message`)).toEqual([]);
    expect(await listed('status=503&reason=gone')).toEqual([]);
    expect(await listed('state=redriven')).toEqual([]);
    expect(await listed(`endpointId=${newId('ep', 0)}`)).toEqual([]);
  });

  it('are read page by page, there and back', async () => {
    const first = await list('limit=2');
    expect([first.data.map(({ id }) => id), first.done]).toEqual([idsOf(2, 1), false]);
    const second = await list(`limit=2&iterator=${first.iterator}`);
    expect([second.data.map(({ id }) => id), second.done]).toEqual([idsOf(0), true]);
    expect((await list(`limit=2&iterator=${second.prevIterator}`)).data).toEqual(first.data);
  });

  it('are counted by time, endpoint and reason', async () => {
    const { status, body } = await scene.call('GET', `${PATH}/histogram?bucket=minute&appId=one`);
    const { buckets, totals, done } = body as unknown as Counted;
    expect([status, done, buckets.map(({ count }) => count)]).toEqual([200, true, [1, 1, 1]]);
    expect(buckets.map(({ at }) => at)).toEqual(
      [0, 1, 2].map((n) => new Date(Math.floor(started / 60_000 + n) * 60_000).toISOString()),
    );
    expect(totals).toMatchObject({ count: 3, endpoints: 1, customer: 2, platform: 1 });
    const byClass = await scene.call('GET', `${PATH}/histogram?reasonClass=platform`);
    expect((byClass.body as unknown as Counted).totals.count).toBe(1);
  });

  it('say that they were asked for again, and show the latest', async () => {
    const endpointId = newId('ep', Date.now());
    const first = aLetter({ applicationId: app, endpointId, atMs: Date.now() - 5_000 });
    const { id, messageId } = first.delivery;
    await publish(first, aLetter({ applicationId: app, endpointId, messageId, redelivery: 1 }));
    expect((await scene.call('GET', `${PATH}/${id}`)).body).toMatchObject({ id, redrives: 1, state: 'dead' });
    expect((await list(`endpointId=${endpointId}&state=all`)).data).toMatchObject([
      { id, redrives: 1, state: 'dead' },
      { id, redrives: 0, state: 'redriven' },
    ]);
    await scene.tell({ kind: 'redelivered', ...factOf(first), redelivery: 2 });
    await until(async () => (await listed(`endpointId=${endpointId}`)).length === 0, {
      timeoutMs: 30_000,
      what: 'the letter to be known as asked for again',
    });
    expect((await scene.call('GET', `${PATH}/${id}`)).body).toMatchObject({ redrives: 1, state: 'redriven' });
  });

  it('are shown to a portal token as far as they are of its application', async () => {
    const two = (await scene.call('POST', '/api/v1/app', { name: 'Two', uid: 'two' })).body.id as ApplicationId;
    const theirs = aLetter({ applicationId: two, endpointId: newId('ep', Date.now()) });
    await publish(theirs);
    const token = await portalToken(scene, { key: scene.key }, two, ['ViewBase']);
    const id = theirs.delivery.id;
    expect(await listed('', token)).toEqual([id]);
    expect(await listed('appId=two', token)).toEqual([id]);
    expect(await listed(`endpointId=${endpoint}`, token)).toEqual([]);
    const histogram = await scene.call('GET', `${PATH}/histogram`, undefined, token);
    expect((histogram.body as unknown as Counted).totals.count).toBe(1);
    const refused = ['?appId=one', `?appId=${app}`, `/${letters[0]?.delivery.id ?? ''}`, '/histogram?appId=one'];
    for (const path of refused) {
      expect([path, (await scene.call('GET', `${PATH}${path}`, undefined, token)).status]).toEqual([path, 404]);
    }
  });

  it('of another organisation are not there', async () => {
    const foreign = await scene.keyOf('somebody else');
    expect(await listed('state=all', foreign)).toEqual([]);
    expect(await listed(`endpointId=${endpoint}`, foreign)).toEqual([]);
    expect(await listed(`msgId=${letters[0]?.delivery.messageId ?? ''}`, foreign)).toEqual([]);
    const histogram = await scene.call('GET', `${PATH}/histogram`, undefined, foreign);
    expect((histogram.body as unknown as Counted).totals.count).toBe(0);
    for (const path of ['?appId=one', `?appId=${app}`, `/${letters[0]?.delivery.id ?? ''}`]) {
      expect((await scene.call('GET', `${PATH}${path}`, undefined, foreign)).status).toBe(404);
    }
  });

  it.each([
    ['?reason=boredom', 422, 'reason'],
    ['?status=99', 422, 'status'],
    ['?state=alive', 422, 'state'],
    ['?since=yesterday', 422, 'since'],
    ['?endpointId=main', 422, 'appId'],
    ['?appId=three', 404, 'three'],
    ['/dlv_1', 404, 'dlv_1'],
    ['/histogram?bucket=year', 422, 'bucket'],
    ['/histogram?bucket=minute&since=2026-01-01T00:00:00Z', 400, '24 hours'],
    ['/histogram?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z', 400, 'later'],
  ])('asked for by %s are refused with %i, naming what is wrong', async (path, status, named) => {
    const answer = await scene.call('GET', `${PATH}${path}`);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(named)]);
  });
});

function factOf({ delivery }: DeadLetter) {
  const { id: deliveryId, messageId, applicationId, endpointId, eventType } = delivery;
  return { deliveryId, messageId, applicationId, endpointId, eventType, atMs: Date.now() };
}
