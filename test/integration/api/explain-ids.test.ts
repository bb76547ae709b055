import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { attempt, ExplainScene, matched, verdict } from './explain-scene.js';
import { portalToken } from './tenancy/tenant.js';

const HOUR = 3_600_000;

describe('by which ids a message is explained', () => {
  let scene: ExplainScene;
  let app: ApplicationId;
  let main: EndpointId;
  let red: EndpointId;
  beforeAll(async () => {
    scene = await ExplainScene.open();
    ({ app, main, red } = scene);
  });
  afterAll(() => scene.close());

  it('finds the message by every id that logs and receivers show', async () => {
    const message = await scene.publish({
      eventId: 'evt/2 ü',
      origin: { topic: 'platform.events', partition: 3, offset: 1_042 },
    });
    const fact = attempt(message, red, 9, {
      fate: 'dead-lettered',
      deadLetterReason: 'gone',
      reason: 'http:410',
      status: 410,
    });
    await scene.api.tell(matched(message, main, red), fact);
    await scene.soon(message, verdict(red, 'dead'));
    const dead = { verdict: 'dead', rule: { kind: 'dead', clause: 'gone' }, next: { what: 'nothing' } };
    for (const [id, as] of [
      [fact.attemptId, 'attempt'],
      [fact.deliveryId, 'delivery'],
    ] as const) {
      const out = await scene.explain(id);
      expect(out).toMatchObject({ asked: { id, as }, message: { id: message.id } });
      // The one that the id is about stands first.
      expect(out.endpoints[0]).toMatchObject({ endpointId: red, ...dead });
    }
    // Of this delivery nothing but its matching is known.
    const pending = await scene.explain(deliveryIdOf(message.id, main));
    expect(pending.endpoints[0]).toMatchObject({ endpointId: main, verdict: 'pending', rule: { kind: 'on-its-way' } });
    for (const [id, as] of [
      ['platform.events:3:1042', 'source'],
      ['evt/2 ü', 'event'],
    ] as const) {
      expect(await scene.explain(id)).toMatchObject({
        asked: { id, as },
        message: { id: message.id, source: { topic: 'platform.events', partition: 3, offset: 1_042 } },
      });
    }
  });

  it('says what was tried where nothing is found, and whose message it may be', async () => {
    const unknown = newId('msg', Date.now());
    const answer = await scene.ask(unknown);
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(answer.body.detail).toContain("as a message's id and as an event's own id");
    expect((await scene.ask('platform.events:3:77')).body.detail).toContain('signpost rejected ls');
    expect(await scene.ask('a\u0001b')).toMatchObject({ status: 422 });
    const message = await scene.publish({ eventId: 'private' });
    await scene.explain(message.id);
    const foreign = await scene.api.keyOf('another organisation');
    for (const id of [message.id, 'private', deliveryIdOf(message.id, main)]) {
      expect((await scene.ask(id, '', foreign)).status).toBe(404);
      expect((await scene.ask(id, '?appId=one', foreign)).status).toBe(404);
      expect((await scene.ask(id, `?appId=${app}`, foreign)).status).toBe(404);
    }
  });

  it('asks for the application where an event id is known in several, and takes the newest within one', async () => {
    const other = (await scene.api.call('POST', '/api/v1/app', { name: 'Two', uid: 'two' })).body.id as ApplicationId;
    const older = await scene.publish({ eventId: 'twice', acceptedAtMs: Date.now() - HOUR });
    const newer = await scene.publish({ eventId: 'twice' });
    const elsewhere = await scene.publish({ eventId: 'twice', applicationId: other });
    await scene.explain(elsewhere.id);
    const answer = await scene.ask('twice');
    expect(answer).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['query', 'appId'], type: 'id_ambiguous', msg: expect.stringContaining(other) }] },
    });
    expect((await scene.explain('twice', '?appId=two')).message.id).toBe(elsewhere.id);
    expect(await scene.explain('twice', '?appId=one')).toMatchObject({
      message: { id: newer.id },
      notes: [expect.stringContaining('a moment after'), expect.stringContaining(older.id)],
    });
  });

  it('shows a portal its own application alone', async () => {
    const two = (await scene.api.call('POST', '/api/v1/app', { name: 'Three', uid: 'three' })).body.id as ApplicationId;
    const mine = await scene.publish({ applicationId: two, eventId: 'shared' });
    const notMine = await scene.publish({ eventId: 'shared' });
    await scene.explain(mine.id);
    await scene.explain(notMine.id);
    const token = await portalToken(scene.api, { key: scene.api.key }, two);
    expect((await scene.ask(mine.id, '', token)).body).toMatchObject({ message: { id: mine.id } });
    // What another application calls the same is not there for it, and so not ambiguous.
    expect((await scene.ask('shared', '', token)).body).toMatchObject({ message: { id: mine.id } });
    expect((await scene.ask('shared', '?appId=three', token)).status).toBe(200);
    for (const other of ['one', app]) expect((await scene.ask(mine.id, `?appId=${other}`, token)).status).toBe(404);
    for (const query of ['', '?appId=three', '?appId=one', `?appId=${app}`]) {
      expect((await scene.ask(notMine.id, query, token)).status).toBe(404);
    }
  });
});
