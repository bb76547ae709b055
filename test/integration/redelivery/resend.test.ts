import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFact, TOPICS, type JournalFact } from '@signpost/contracts';
import { deliveryIdOf, newId, type EndpointId } from '@signpost/domain';
import { TopicFollower } from '@signpost/ports';
import type { Answer } from '../api/support.js';
import { RedeliveryScene } from './support.js';

describe('resend', () => {
  let scene: RedeliveryScene;
  let endpoint: EndpointId;
  const facts: JournalFact[] = [];
  beforeAll(async () => {
    scene = await RedeliveryScene.open();
    endpoint = await scene.endpoint({ uid: 'main' });
    await scene.api.process.app.get(TopicFollower).follow(TOPICS.journal, ({ value }) => facts.push(readFact(value)));
  });
  afterAll(() => scene.close());

  const resend = (messageId: string, to = 'main', key?: string): Promise<Answer> =>
    scene.api.call(
      'POST',
      `/api/v1/app/one/msg/${encodeURIComponent(messageId)}/endpoint/${to}/resend`,
      undefined,
      key,
    );
  const handed = async (messageId: string, count = 1) => {
    const found = () => scene.handed.filter(({ delivery }) => delivery.messageId === messageId);
    await scene.until('the redelivery', () => found().length >= count);
    return found();
  };

  it('waits for a message that was accepted a moment ago, and hands its bytes over as they came', async () => {
    const message = scene.message({ eventId: 'evt/1', conversationId: 'c' });
    const answered = resend(message.id);
    await scene.api.publish(message);
    expect(await answered).toMatchObject({ status: 202, text: '{}' });
    const [one] = await handed(message.id);
    expect(one?.payload).toBe(message.payload.toString());
    expect(one?.delivery).toEqual({
      id: deliveryIdOf(message.id, endpoint),
      messageId: message.id,
      applicationId: scene.app,
      endpointId: endpoint,
      endpointVersion: 1,
      eventType: message.eventType,
      eventId: 'evt/1',
      conversationId: 'c',
      acceptedAtMs: message.acceptedAtMs,
      attempt: 1,
      redelivery: { number: 1, attemptsBefore: 0 },
      // Whether it was matched, and what became of it, is not known yet.
      handOver: { kind: 'take-over' },
    });
    await scene.until('the fact', () =>
      facts.some((fact) => fact.kind === 'redelivered' && fact.messageId === message.id),
    );
    expect(facts.find((fact) => fact.kind === 'redelivered')).toMatchObject({ redelivery: 1, endpointId: endpoint });
    // From now on it is under way for whoever would send it too.
    const rows = await scene.query(`SELECT result FROM redeliveries WHERE message_id = '${message.id}'`);
    expect(rows).toEqual([{ result: null }]);
  });

  it('numbers each, also of those that are asked for at once', async () => {
    const message = scene.message();
    await scene.api.publish(message);
    const answers = await Promise.all(Array.from({ length: 5 }, () => resend(message.id)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    const numbers = (await handed(message.id, 5)).map(({ delivery }) => delivery.redelivery?.number);
    expect(numbers.toSorted()).toEqual([1, 2, 3, 4, 5]);
  });

  it('of a dead letter goes on from its attempts, takes nobody’s place, and shows as pending until it is told otherwise', async () => {
    const [message] = await scene.dead(endpoint, 1);
    if (message === undefined) throw new Error('no dead letter');
    await resend(message.id);
    const [one] = await handed(message.id);
    expect(one?.delivery).toMatchObject({ attempt: 3, redelivery: { number: 1, attemptsBefore: 2 } });
    expect(one?.delivery).not.toHaveProperty('handOver');
    await scene.until('the state', async () => (await scene.state(message, endpoint)) === 'pending');
    const given = { attempt: 3, redelivery: 1, trigger: 'manual', outcome: 'delivered', fate: 'delivered' } as const;
    await scene.api.tell(scene.attempt(message, endpoint, given));
    await scene.until('the state', async () => (await scene.state(message, endpoint)) === 'delivered');
    const attempts = await scene.api.call('GET', `/api/v1/app/one/attempt/msg/${message.id}`);
    expect(attempts.body.data).toMatchObject([{ attempt: 3, triggerType: 1, repeated: false }, { triggerType: 0 }]);
  });

  it('of something delivered leaves it delivered, whatever becomes of it', async () => {
    const message = scene.message();
    await scene.api.publish(message);
    await scene.api.tell(scene.attempt(message, endpoint, { outcome: 'delivered', fate: 'delivered' }));
    await scene.until('the delivery', async () => (await scene.state(message, endpoint)) === 'delivered');
    await resend(message.id);
    const [one] = await handed(message.id);
    expect(one?.delivery).toMatchObject({ attempt: 2, redelivery: { number: 1, attemptsBefore: 1 } });
    expect(one?.delivery).not.toHaveProperty('handOver');
    const given = { attempt: 2, redelivery: 1, fate: 'dead-lettered', deadLetterReason: 'gone' } as const;
    await scene.api.tell(scene.attempt(message, endpoint, given));
    const path = `/api/v1/app/one/attempt/msg/${message.id}`;
    await scene.until('the attempt', async () => (await scene.api.call('GET', path)).body.data.length === 2);
    expect(await scene.state(message, endpoint)).toBe('delivered');
  });

  it('takes the place of a run that waits', async () => {
    const message = scene.message();
    await scene.api.publish(message);
    await scene.api.tell(scene.attempt(message, endpoint, { nextAttemptAtMs: Date.now() + 60_000 }));
    await scene.until('the delivery', async () => (await scene.state(message, endpoint)) === 'waiting');
    await resend(message.id);
    const [one] = await handed(message.id);
    expect(one?.delivery).toMatchObject({ attempt: 2, handOver: { kind: 'take-over' } });
  });

  it('goes to an endpoint that had not asked for the message', async () => {
    const other = await scene.endpoint({ filterTypes: ['something.else'] });
    const message = scene.message();
    await scene.api.publish(message);
    const { id: messageId } = message;
    await scene.api.tell({ kind: 'matched', messageId, applicationId: scene.app, atMs: Date.now(), endpointIds: [] });
    await scene.until('the match', async () => {
      return (await scene.query(`SELECT FROM matches WHERE message_id = '${messageId}'`)).length === 1;
    });
    expect((await resend(messageId, other)).status).toBe(202);
    const [one] = await handed(messageId);
    expect(one?.delivery).toMatchObject({ endpointId: other, attempt: 1 });
    expect(one?.delivery).not.toHaveProperty('handOver');
  });

  it('is owed to an endpoint that is switched off', async () => {
    const off = await scene.endpoint({ disabled: true });
    const message = scene.message();
    await scene.api.publish(message);
    expect((await resend(message.id, off)).status).toBe(202);
    await handed(message.id);
  });

  it.each([
    ['was expunged', {}],
    ['has expired', { payloadExpiresAtMs: Date.now() - 1 }],
  ])('is refused once the payload %s, with the reason', async (why, given) => {
    const message = scene.message(given);
    await scene.api.publish(message);
    await scene.api.call('GET', `/api/v1/app/one/msg/${message.id}`);
    if (why === 'was expunged') await scene.query(`UPDATE messages SET payload = NULL WHERE id = '${message.id}'`);
    const answer = await resend(message.id);
    expect(answer).toMatchObject({ status: 400, body: { code: 'missing_payload' } });
    expect(String(answer.body.detail)).toContain(message.id);
  });

  it('of what is not there, or somebody else’s, is answered 404', async () => {
    const message = scene.message();
    await scene.api.publish(message);
    const gone = await scene.endpoint();
    await scene.api.call('DELETE', `/api/v1/app/one/endpoint/${gone}`);
    const foreign = await scene.api.keyOf('somebody else');
    await scene.api.call('POST', '/api/v1/app', { name: 'Two', uid: 'two' });
    const other = (await scene.api.call('POST', '/api/v1/app/two/endpoint', { url: 'https://example.com/' })).body.id;
    const answers = await Promise.all([
      resend(newId('msg', Date.now() - 3_600_000)),
      resend('no-such-event'),
      resend(message.id, gone),
      resend(message.id, other),
      resend(message.id, newId('ep', 0)),
      resend(message.id, 'main', foreign),
      scene.api.call('POST', `/api/v1/app/two/msg/${message.id}/endpoint/${other}/resend`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404, 404]);
    expect(scene.handed.filter(({ delivery }) => delivery.messageId === message.id)).toEqual([]);
  });
});
