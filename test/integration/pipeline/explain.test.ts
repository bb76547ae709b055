import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExplainOut } from '@signpost/contracts';
import { until } from '@signpost/testing';
import { SourceScene } from './source-scene.js';

describe("an event of the platform's own topic, with every role in one process", () => {
  let scene: SourceScene;
  beforeAll(async () => {
    scene = await SourceScene.open(2);
  });
  afterAll(() => scene.close());

  async function endpoint(uid: string, fields: object = {}): Promise<string> {
    const body = { uid, url: scene.receiver.url(`/${uid}`), retrySchedule: [60], ...fields };
    const answer = await scene.api.call('POST', '/api/v1/app/shop/endpoint', body);
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 201 });
    return answer.body.id;
  }

  it('is explained by topic, partition and offset: where it arrived, where not, why, and what happens next', async () => {
    const app = (await scene.api.call('POST', '/api/v1/app', { name: 'Shop', uid: 'shop' })).body.id;
    scene.receiver.playAt('/crm', 200);
    scene.receiver.playAt('/chat', 503);
    const crm = await endpoint('crm');
    const chat = await endpoint('chat');
    const off = await endpoint('archive', { disabled: true });
    const bi = await endpoint('bi', { eventTypes: ['lead.captured'] });
    const low = await endpoint('low', { eventTypes: ['rating.*'], filters: [{ json: { data: { n: { $gte: 4 } } } }] });
    await scene.untilKnown(app, 5);
    const headers = {
      ce_specversion: '1.0',
      ce_id: 'rating-8812',
      ce_type: 'rating.submitted',
      ce_source: '/chat',
      ce_application: app,
    };
    const coordinates = await scene.produce({ key: 'k', value: '{"n":1}', headers, partition: 1 });
    let out: ExplainOut | undefined;
    const rules = () => out?.endpoints.map(({ uid = '', rule }) => `${uid}: ${rule.kind}`).sort();
    const expected = ['archive: disabled', 'bi: event-type', 'chat: waiting', 'crm: delivered', 'low: filter'];
    await until(
      async () => {
        const answer = await scene.api.call('GET', `/api/v1/explain/${coordinates}`);
        if (answer.status !== 200) return false;
        out = answer.body as unknown as ExplainOut;
        const parked = out.endpoints.find(({ uid }) => uid === 'archive')?.stages.at(-1)?.name === 'parked';
        return parked && JSON.stringify(rules()) === JSON.stringify(expected);
      },
      { timeoutMs: 30_000, what: 'what becomes of the event to be recorded', everyMs: 50 },
    );
    expect(out).toMatchObject({
      asked: { id: coordinates, as: 'source' },
      message: {
        eventId: 'rating-8812',
        source: { topic: scene.topic, partition: 1, offset: Number(coordinates.split(':').at(-1)) },
      },
      counts: { considered: 5, matched: 3, notMatched: 2 },
    });
    const of = (id: string) => out?.endpoints.find(({ endpointId }) => endpointId === id);
    expect(of(crm)).toMatchObject({ verdict: 'delivered', attempts: [{ attempt: 1, status: 200 }] });
    const attempt = of(chat)?.attempts[0];
    expect(of(chat)).toMatchObject({ verdict: 'pending', next: { what: 'attempt', at: attempt?.nextAttempt } });
    expect(of(off)).toMatchObject({ verdict: 'pending', next: { what: 'enable' } });
    expect(of(off)?.stages.at(-1)).toMatchObject({ name: 'parked', reason: 'endpoint-disabled' });
    expect(of(bi)).toMatchObject({ verdict: 'not-matched', next: { what: 'nothing' } });
    expect(of(low)).toMatchObject({
      verdict: 'not-matched',
      rule: {
        kind: 'filter',
        clause: 'json data.n $gte 4: is 1',
        text: 'The message does not fit its filters: json data.n $gte 4: is 1.',
      },
      next: { what: 'nothing' },
    });
    // The same by what the receiver has of it.
    const webhookId = scene.receiver.requests.find(({ path }) => path === '/crm')?.headers['webhook-id'];
    const answer = await scene.api.call('GET', `/api/v1/explain/${String(webhookId)}`);
    expect(answer.body).toMatchObject({ asked: { as: 'message' }, message: { id: out?.message.id } });
  });

  it('is not found where it was refused, and where it lies then is said', async () => {
    const coordinates = await scene.produce({ value: 'no event', partition: 0 });
    const { status, body } = await scene.api.call('GET', `/api/v1/explain/${coordinates}`);
    expect({ status, detail: body.detail }).toEqual({
      status: 404,
      detail: expect.stringContaining('signpost rejected ls'),
    });
  });
});
