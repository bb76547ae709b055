import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId } from '@signpost/domain';
import { Webhook } from 'standardwebhooks';
import { RecoveryScene, iso, WHY } from './recovery-scene.js';
import type { RedeliveryScene } from './support.js';

describe('a recovery', () => {
  let scene: RedeliveryScene;
  let recoveries: RecoveryScene;
  beforeAll(async () => {
    recoveries = await RecoveryScene.open();
    scene = recoveries.on;
  });
  afterAll(() => recoveries.close());

  describe('of dead letters', () => {
    it('is counted and shown before, done over all endpoints of the selection, and tells what became of each', async () => {
      const [one, two] = [await scene.endpoint(), await scene.endpoint()];
      const sinceMs = Date.now() - 60_000;
      const messages = [...(await scene.dead(one, 5)), ...(await scene.dead(two, 2))];
      const select = { appId: 'one', since: iso(sinceMs), reasons: ['attempts-exhausted'] };
      const plan = await recoveries.dryRun({ kind: 'redrive', select });
      expect(plan).toMatchObject({
        count: 7,
        histogram: [
          { endpointId: one, reason: 'attempts-exhausted', count: 5 },
          { endpointId: two, reason: 'attempts-exhausted', count: 2 },
        ],
        notes: [],
      });
      expect(plan.samples).toHaveLength(7);
      expect(plan.samples[0]).toMatchObject({
        deliveryId: deliveryIdOf(messages[0]?.id ?? newId('msg', 0), one),
        state: 'dead-lettered',
        attempts: 2,
      });
      expect(scene.handedTo(one)).toEqual([]);

      const { id, ...begun } = await recoveries.begin({ kind: 'redrive', select });
      expect(begun).toMatchObject({ kind: 'redrive', why: WHY, by: { type: 'api-key' }, status: 'running' });
      expect(await recoveries.ended(id)).toMatchObject({
        status: 'finished',
        total: 7,
        done: 7,
        delivered: 0,
        failedAgain: 0,
      });
      await scene.until('all of them', () => scene.handedTo(one).length + scene.handedTo(two).length === 7);
      await recoveries.settle(scene.handedTo(one), messages);
      await recoveries.settle(scene.handedTo(two), messages, 'dead-lettered');
      await scene.until('the fates', async () => (await recoveries.get(id)).failedAgain === 2);
      expect(await recoveries.get(id)).toMatchObject({ delivered: 5, failedAgain: 2 });
      expect((await recoveries.records(id)).map(({ sequence, result, why }) => [sequence, result, why])).toEqual([
        ...[1, 2, 3, 4, 5].map((at) => [at, 'delivered', null]),
        [6, 'failed', 'dead-lettered'],
        [7, 'failed', 'dead-lettered'],
      ]);
      expect(await recoveries.records(id, 'result=failed&limit=1')).toMatchObject([
        { sequence: 6, endpointId: two, redelivery: 1 },
      ]);
      // Those that died again may be asked for again.
      expect((await recoveries.dryRun({ kind: 'redrive', select })).count).toBe(2);

      const audit = await scene.api.call('GET', `/api/v1/audit-log?object_id=${id}`);
      expect(audit.body.data).toMatchObject([
        { operation: 'v1.recovery.create', object: { type: 'recovery', id }, after: { why: WHY, kind: 'redrive' } },
      ]);
    });

    it('takes those that are named, and of them only what is a dead letter', async () => {
      const endpoint = await scene.endpoint();
      const [first, second] = await scene.dead(endpoint, 3);
      const [delivered] = await recoveries.delivered(endpoint, 1);
      if (first === undefined || second === undefined || delivered === undefined) throw new Error('too few');
      const msgIds = [first.id, delivered.id];
      const deliveryIds = [deliveryIdOf(second.id, endpoint)];
      const foreign = newId('msg', first.acceptedAtMs);
      expect((await recoveries.dryRun({ kind: 'redrive', select: { msgIds: [...msgIds, foreign] } })).count).toBe(1);
      expect((await recoveries.dryRun({ kind: 'redrive', select: { deliveryIds } })).count).toBe(1);
      const nothing = await recoveries.dryRun({ kind: 'redrive', select: { msgIds: [foreign] } });
      expect(nothing).toMatchObject({ count: 0, samples: [], notes: [{ code: 'nothing' }] });
      const { id } = await recoveries.begin({ kind: 'redrive', select: { deliveryIds } });
      expect(await recoveries.ended(id)).toMatchObject({ status: 'finished', total: 1, done: 1 });
      const none = await recoveries.begin({ kind: 'redrive', select: { msgIds: [foreign] } });
      expect(await recoveries.ended(none.id)).toMatchObject({ status: 'finished', total: 0, done: 0 });
    });
  });

  it('narrows dead letters by whose fault they are, by the last answer and by their death, as their index has it', async () => {
    const endpoint = await scene.endpoint();
    const [theirs, ours, unindexed] = await scene.dead(endpoint, 3);
    const diedAt = Date.now();
    const letter = (message: MessageRecord | undefined, reasonClass: string, status: number | null, died: number) => {
      const id = String(message?.id);
      const deliveryId = deliveryIdOf(message?.id ?? newId('msg', 0), endpoint);
      return scene.query(`INSERT INTO dead_letters (id, delivery_id, redelivery, application_id, endpoint_id, message_id,
          event_type, reason, reason_class, cause, last_status, attempts, dead_at, origin_topic, origin_partition,
          origin_offset, position_partition, position_offset, dead)
        VALUES ('dl_${id}', '${deliveryId}', 0, '${scene.app}', '${endpoint}', '${id}', 'a', 'attempts-exhausted',
          '${reasonClass}', 0, ${String(status)}, 2, '${iso(died)}', 't', 0, 0, 0, 0, true)`);
    };
    await letter(theirs, 'customer', 503, diedAt);
    await letter(ours, 'platform', null, diedAt + 1_000);
    const chosen = async (narrowing: object) => {
      const select = { endpointId: endpoint, ...narrowing };
      return (await recoveries.dryRun({ kind: 'redrive', select })).samples.map(({ msgId }) => msgId);
    };
    expect(await chosen({})).toEqual([theirs?.id, ours?.id, unindexed?.id]);
    expect(await chosen({ reasonClass: 'customer' })).toEqual([theirs?.id]);
    expect(await chosen({ reasonClass: 'platform' })).toEqual([ours?.id]);
    expect(await chosen({ statuses: [503, 504] })).toEqual([theirs?.id]);
    expect(await chosen({ statuses: [504] })).toEqual([]);
    expect(await chosen({ deadSince: iso(diedAt) })).toEqual([theirs?.id, ours?.id]);
    expect(await chosen({ deadSince: iso(diedAt + 1) })).toEqual([ours?.id]);
    expect(await chosen({ deadUntil: iso(diedAt + 1_000) })).toEqual([theirs?.id]);
    const { id } = await recoveries.begin({
      kind: 'redrive',
      select: { endpointId: endpoint, deadSince: iso(diedAt), deadUntil: iso(diedAt + 1) },
    });
    expect(await recoveries.ended(id)).toMatchObject({
      select: { deadSince: iso(diedAt), deadUntil: iso(diedAt + 1) },
      total: 1,
      done: 1,
    });
  });

  it('of what was delivered goes by the last attempt, where it is asked for a status', async () => {
    const endpoint = await scene.endpoint();
    await recoveries.delivered(endpoint, 1);
    const count = async (status: number) =>
      (await recoveries.dryRun({ kind: 'replay', select: { endpointId: endpoint, statuses: [status] } })).count;
    expect([await count(500), await count(200)]).toEqual([1, 0]);
  });

  describe('of what has ended', () => {
    it('sends what was delivered once more, and again after that, whatever became of it', async () => {
      const endpoint = await scene.endpoint();
      const messages = await recoveries.delivered(endpoint, 3);
      await scene.dead(endpoint, 1);
      const select = { endpointId: endpoint };
      expect(await recoveries.dryRun({ kind: 'replay', select })).toMatchObject({
        count: 3,
        histogram: [{ endpointId: endpoint, reason: 'delivered', count: 3 }],
        samples: [{ state: 'delivered', reason: null }, {}, {}],
      });
      expect(
        (await recoveries.dryRun({ kind: 'replay', select: { ...select, states: ['delivered', 'dead-lettered'] } }))
          .count,
      ).toBe(4);
      const { id } = await recoveries.begin({ kind: 'replay', select });
      expect(await recoveries.ended(id)).toMatchObject({ done: 3, total: 3 });
      await scene.until('all of them', () => scene.handedTo(endpoint).length === 3);
      expect(scene.handedTo(endpoint)[0]?.delivery).toMatchObject({ attempt: 2, redelivery: { number: 1 } });
      await recoveries.settle(scene.handedTo(endpoint), messages, 'dead-lettered');
      await scene.until('the fates', async () => (await recoveries.get(id)).failedAgain === 3);
      // Delivered stays delivered, and may be replayed again.
      const again = await recoveries.begin({ kind: 'replay', select });
      expect(await recoveries.ended(again.id)).toMatchObject({ done: 3, skipped: { underWay: 0 } });
    });

    it('sends each once, whoever else is over it, and says of the other why it left it out', async () => {
      const endpoint = await scene.endpoint();
      const messages = await recoveries.delivered(endpoint, 3);
      const select = { endpointId: endpoint };
      const first = await recoveries.begin({ kind: 'replay', select, perSecond: 1 });
      await scene.until('the first', () => scene.handedTo(endpoint).length > 0);
      expect((await recoveries.dryRun({ kind: 'replay', select })).notes).toMatchObject([
        { code: 'overlaps', recoveryIds: [first.id] },
      ]);
      const second = await recoveries.begin({ kind: 'replay', select });
      const [one, two] = [await recoveries.ended(first.id), await recoveries.ended(second.id)];
      expect(one.done + two.done).toBe(3);
      expect(one.skipped.underWay + two.skipped.underWay).toBe(3);
      const leftOut = await recoveries.records(second.id, 'result=left-out');
      expect(leftOut).toHaveLength(two.skipped.underWay);
      expect(leftOut[0]).toMatchObject({ sequence: 1, why: 'underWay', redelivery: null });
      await scene.until('all of them', () => scene.handedTo(endpoint).length === 3);
      await recoveries.settle(scene.handedTo(endpoint), messages);
    });
  });

  describe('to another URL', () => {
    it('is a trial: signed as for the endpoint, and unknown to the delivery, its lane and its endpoint', async () => {
      const endpoint = await scene.endpoint({ headers: { authorization: 'Bearer of the receiver alone' } });
      await scene.dead(endpoint, 3);
      const secret = (await scene.api.call('GET', `/api/v1/app/one/endpoint/${endpoint}/secret`)).body.key;
      recoveries.receiver.playAt('/canary', 200, 410, 500);
      const to = { url: recoveries.receiver.url('/canary') };
      const { id } = await recoveries.begin({ kind: 'redrive', select: { endpointId: endpoint }, to, concurrency: 1 });
      expect(await recoveries.ended(id)).toMatchObject({
        to,
        total: 3,
        done: 3,
        delivered: 1,
        failedAgain: 2,
        status: 'finished',
      });
      expect(
        (await recoveries.records(id)).map(({ result, why, responseStatusCode }) => [result, why, responseStatusCode]),
      ).toEqual([
        ['delivered', null, 200],
        ['failed', 'http:410', 410],
        ['failed', 'http:500', 500],
      ]);
      const requests = await recoveries.receiver.received(3, '/canary');
      for (const { headers, body } of requests) {
        new Webhook(secret).verify(body.toString(), headers as Record<string, string>);
        expect(headers.authorization).toBeUndefined();
      }
      expect(scene.handedTo(endpoint)).toEqual([]);
      expect((await scene.api.call('GET', `/api/v1/app/one/endpoint/${endpoint}`)).body).toMatchObject({
        disabled: false,
        health: { state: 'healthy' },
      });
      // A dead letter that was tried is one still.
      expect((await recoveries.dryRun({ kind: 'redrive', select: { endpointId: endpoint } })).count).toBe(3);
    });
  });

  describe('of the past, for a new endpoint', () => {
    it('sends the messages that it would have got, and none that it has got or is owed', async () => {
      const sinceMs = Date.now() - 120_000;
      const make = async (changes: Partial<MessageRecord>, at: number) => {
        const message = scene.message({ acceptedAtMs: sinceMs + at, ...changes });
        await scene.api.publish(message);
        return message;
      };
      const fits = await make({ eventType: 'lead.captured', channels: ['a', 'b'] }, 1);
      const known = await make({ eventType: 'lead.captured', channels: ['b'] }, 2);
      await make({ eventType: 'lead.captured', channels: ['c'] }, 3);
      await make({ eventType: 'lead.captured' }, 4);
      await make({ eventType: 'other.type', channels: ['b'] }, 5);
      await make({ eventType: 'lead.captured', channels: ['b'], onlyEndpointId: newId('ep', 0) }, 6);
      const last = await make({ eventType: 'lead.captured', channels: ['b'] }, 7);
      await scene.until('the messages', async () => {
        return (await scene.query(`SELECT FROM messages WHERE id >= '${fits.id}' AND id <= '${last.id}'`)).length === 7;
      });
      const endpoint = await scene.endpoint({ filterTypes: ['lead.captured'], channels: ['b'] });
      await scene.api.tell(scene.attempt(known, endpoint, { outcome: 'delivered', fate: 'delivered' }));
      await scene.until('the delivery', async () => (await scene.state(known, endpoint)) === 'delivered');

      const body = {
        kind: 'backfill',
        toEndpointId: endpoint,
        select: { since: iso(sinceMs), until: iso(sinceMs + 1_000) },
      };
      expect(await recoveries.dryRun(body)).toMatchObject({
        count: 3,
        histogram: [{ endpointId: endpoint, count: 3 }],
      });
      const { id } = await recoveries.begin(body);
      expect(await recoveries.ended(id)).toMatchObject({
        toEndpointId: endpoint,
        total: 3,
        done: 2,
        skipped: { alreadyOwed: 1 },
      });
      await scene.until('them', () => scene.handedTo(endpoint).length === 2);
      expect(scene.handedTo(endpoint).map(({ delivery }) => delivery.messageId)).toEqual([fits.id, last.id]);
      expect(scene.handedTo(endpoint)[0]?.delivery).toMatchObject({
        attempt: 1,
        channels: ['a', 'b'],
        redelivery: { number: 1, attemptsBefore: 0 },
      });
      const again = await recoveries.begin(body);
      expect(await recoveries.ended(again.id)).toMatchObject({ done: 0 });
    });

    it('goes by wildcards and by what the messages hold', async () => {
      const sinceMs = Date.now() - 240_000;
      const make = async (eventType: string, data: object, at: number) => {
        const payload = Buffer.from(JSON.stringify({ data }));
        const message = scene.message({ acceptedAtMs: sinceMs + at, eventType, payload });
        await scene.api.publish(message);
        return message;
      };
      const fits = await make('form_a.sent', { score: 5 }, 1);
      await make('formXa.sent', { score: 5 }, 2);
      await make('form_a.sent', { score: 3 }, 3);
      await make('form_b.lost', { score: 5 }, 4);
      const last = await make('form_b.sent', { score: 4 }, 5);
      await scene.until('the messages', async () => {
        return (await scene.query(`SELECT FROM messages WHERE id >= '${fits.id}' AND id <= '${last.id}'`)).length === 5;
      });
      const filters = [{ json: { data: { score: { $gte: 4 } } } }];
      const endpoint = await scene.endpoint({ eventTypes: ['form_*.sent'], filters });
      const select = { since: iso(sinceMs), until: iso(sinceMs + 1_000) };
      const body = { kind: 'backfill', toEndpointId: endpoint, select };
      // By what they hold messages are told apart when they are sent: before, those are counted that may be.
      const plan = await recoveries.dryRun(body);
      expect(plan).toMatchObject({ count: 3, notes: [{ code: 'filters-apart' }] });
      expect(plan.samples.map(({ msgId }: { readonly msgId: string }) => msgId)).toEqual([fits.id, last.id]);
      const { id } = await recoveries.begin(body);
      expect(await recoveries.ended(id)).toMatchObject({ total: 3, done: 2 });
      await scene.until('them', () => scene.handedTo(endpoint).length === 2);
      expect(scene.handedTo(endpoint).map(({ delivery }) => delivery.messageId)).toEqual([fits.id, last.id]);
    });
  });
});
