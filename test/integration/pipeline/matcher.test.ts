import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  messageHeaders,
  messageKey,
  readDelivery,
  readRejection,
  TOPICS,
  type MessageRecord,
} from '@signpost/contracts';
import { deliveryIdOf, newId, type Application, type Endpoint } from '@signpost/domain';
import { matcherRole } from '@signpost/subscription-matcher';
import { Scene } from './scene.js';

let scene: Scene;
let application: Application;

beforeAll(async () => {
  scene = await Scene.open();
  application = await scene.application();
  await scene.start(matcherRole);
});
afterAll(async () => {
  await scene.close();
});

async function accept(
  changes: Partial<MessageRecord>,
  topic: 'messages' | 'messages.bulk' = TOPICS.messages,
): Promise<MessageRecord> {
  const message: MessageRecord = {
    id: newId('msg', Date.now()),
    applicationId: application.id,
    eventType: 'a',
    acceptedAtMs: Date.now(),
    payload: Buffer.from('{ "n": 1.00 }'),
    ...changes,
  };
  await scene.sink.append({
    topic,
    key: messageKey(message),
    value: message.payload,
    headers: messageHeaders(message),
  });
  return message;
}

/** The endpoints of the message's matched fact. */
async function matched({ id }: MessageRecord): Promise<readonly string[]> {
  const journal = await scene.keep(TOPICS.journal);
  const find = () => journal.find(({ key }) => key?.toString() === id);
  await scene.until(`the match of ${id}`, find);
  const fact = JSON.parse(find()?.value?.toString() ?? '{}') as { kind: string; endpointIds: string[] };
  expect(fact.kind).toBe('matched');
  return fact.endpointIds.toSorted();
}

describe('the matcher', () => {
  it('makes one delivery for each endpoint that asked, with the payload’s own bytes', async () => {
    const all = await scene.endpoint(application.id);
    const ofType = await scene.endpoint(application.id, { eventTypes: ['a', 'b'], version: 3, disabled: true });
    const ofChannel = await scene.endpoint(application.id, { channels: ['x'] });
    await scene.endpoint(application.id, { eventTypes: ['c'] });
    const deliveries = await scene.keep(TOPICS.deliveries);
    const message = await accept({ channels: ['x', 'y'], eventId: 'ev', conversationId: 'c1' });
    const ids = [all.id, ofType.id, ofChannel.id].toSorted();
    expect(await matched(message)).toEqual(ids);
    await scene.until('three deliveries', () => deliveries.length >= 3);
    const made = deliveries.map((record) => ({ record, delivery: readDelivery(record.headers) }));
    expect(made.map(({ delivery }) => delivery.endpointId).toSorted()).toEqual(ids);
    for (const { record, delivery } of made) {
      expect(record.key?.toString()).toBe(delivery.endpointId);
      expect(record.value?.toString()).toBe('{ "n": 1.00 }');
      expect(delivery).toEqual({
        id: deliveryIdOf(message.id, delivery.endpointId),
        messageId: message.id,
        applicationId: application.id,
        endpointId: delivery.endpointId,
        endpointVersion: delivery.endpointId === ofType.id ? 3 : 1,
        eventType: 'a',
        eventId: 'ev',
        conversationId: 'c1',
        channels: ['x', 'y'],
        acceptedAtMs: message.acceptedAtMs,
        attempt: 1,
      });
    }
    expect(await matched(await accept({}))).toEqual([all.id, ofType.id].toSorted());
    expect(await matched(await accept({}, TOPICS.messagesBulk))).toEqual([all.id, ofType.id].toSorted());
  });

  it('goes by wildcards and by what messages hold, whatever the payload', async () => {
    const { id: applicationId } = await scene.application();
    const ask = (fields: Partial<Endpoint>) => scene.endpoint(applicationId, fields);
    const all = await ask({ eventTypes: ['*'] });
    const ofFamily = await ask({ eventTypes: ['rating.*'] });
    const high = await ask({ filters: [{ json: { data: { score: { $gte: 4 } } } }] });
    const low = await ask({ eventTypes: ['*.submitted'], filters: [{ cel: 'data.score < 4' }] });
    const both = await ask({ filters: [{ json: { type: 'rating.submitted' } }, { cel: 'data.score > 1' }] });
    const received = async (eventType: string, payload: string) => {
      const ids = await matched(await accept({ applicationId, eventType, payload: Buffer.from(payload) }));
      return [all, ofFamily, high, low, both].map(({ id }) => ids.includes(id));
    };
    await scene.until('all of them to be known', async () =>
      (await received('rating.submitted', '{"score":5}')).every((is, at) => is === (at !== 3)),
    );
    expect(await received('rating.submitted', '{"type":"x","data":{"score":2}}')).toEqual([
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(await received('form.submitted', '{"score":2}')).toEqual([true, false, false, true, false]);
    expect(await received('rating.submitted', 'no JSON')).toEqual([true, true, false, false, false]);
    const long = JSON.stringify({ score: Array.from({ length: 30_000 }, () => 0) });
    expect(await received('rating.submitted', long)).toEqual([true, true, false, false, false]);
    expect(await received('rating.submitted', '{"score":5}')).toEqual([true, true, true, false, true]);
  });

  it('follows the control plane', async () => {
    const { id: applicationId } = await scene.application();
    expect(await matched(await accept({ applicationId }))).toEqual([]);
    const endpoint = await scene.endpoint(applicationId);
    await scene.until(
      'the new endpoint to be matched',
      async () => (await matched(await accept({ applicationId }))).length === 1,
    );
    await scene.remove(endpoint);
    await scene.until(
      'the removal to be heard',
      async () => (await matched(await accept({ applicationId }))).length === 0,
    );
  });

  it('sends what is for one endpoint alone to that one, whatever it asked for, and to no other', async () => {
    const { id: applicationId } = await scene.application();
    const only = await scene.endpoint(applicationId, { eventTypes: ['c'], channels: ['x'] });
    await scene.endpoint(applicationId);
    const foreign = await scene.endpoint((await scene.application()).id);
    // Known or not yet known to the matcher.
    expect(await matched(await accept({ applicationId, onlyEndpointId: only.id }))).toEqual([only.id]);
    expect(await matched(await accept({ applicationId, onlyEndpointId: foreign.id }))).toEqual([]);
    expect(await matched(await accept({ applicationId, onlyEndpointId: newId('ep', 0) }))).toEqual([]);
  });

  it('says of an application that does not exist that nobody asked', async () => {
    expect(await matched(await accept({ applicationId: newId('app', 0) }))).toEqual([]);
  });

  it('sets aside what it cannot read and goes on', async () => {
    await scene.sink.append({ topic: TOPICS.messages, key: 'k', value: Buffer.from('x'), headers: { ce_type: 'a' } });
    const [record] = await scene.records(TOPICS.rejected, 1);
    expect(readRejection(record?.headers)).toMatchObject({ code: 'record_unreadable', source: { topic: 'messages' } });
    expect([record?.value?.toString(), String(record?.headers['ce_type'])]).toEqual(['x', 'a']);
    await matched(await accept({}));
  });
});
