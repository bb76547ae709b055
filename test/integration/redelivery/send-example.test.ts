import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readMessage, TOPICS, type MessageRecord } from '@signpost/contracts';
import { newId, type EndpointId } from '@signpost/domain';
import { TopicFollower } from '@signpost/ports';
import type { Answer } from '../api/support.js';
import { RedeliveryScene } from './support.js';

describe('send-example', () => {
  let scene: RedeliveryScene;
  let endpoint: EndpointId;
  const messages: MessageRecord[] = [];
  beforeAll(async () => {
    scene = await RedeliveryScene.open();
    endpoint = await scene.endpoint({ uid: 'main', filterTypes: ['something.else'] });
    await scene.api.process.app.get(TopicFollower).follow(TOPICS.messages, (record) => {
      messages.push(readMessage(record));
    });
    const examples = [{ n: 1 }, { n: 2 }];
    const types = {
      'with.examples': { '1': { examples: [{ old: true }] }, '2': { examples } },
      'with.properties': { '1': { type: 'object', properties: { who: { type: 'string', format: 'email' } } } },
      'with.text': { '1': { type: 'string' } },
      'with.nothing': undefined,
    };
    for (const [name, schemas] of Object.entries(types)) {
      await scene.api.call('POST', '/api/v1/event-type', { name, description: '', schemas });
    }
  });
  afterAll(() => scene.close());

  const send = (body: unknown, to = 'main', key?: string): Promise<Answer> =>
    scene.api.call('POST', `/api/v1/app/one/endpoint/${to}/send-example`, body, key);

  it.each([
    ['the first example of the newest schema', { eventType: 'with.examples' }, { n: 1 }],
    ['the example that was asked for', { eventType: 'with.examples', exampleIndex: 1 }, { n: 2 }],
    ['what the schema describes', { eventType: 'with.properties' }, { who: 'someone@example.com' }],
    ["the peer's ping, which nobody registers", { eventType: 'svix.ping' }, { success: true }],
  ])('sends %s to that endpoint alone', async (_, body, payload) => {
    const answer = await send(body);
    expect(answer).toMatchObject({ status: 200, body: { eventType: body.eventType, payload, channels: null } });
    await scene.until('the message', () => messages.some(({ id }) => id === answer.body.id));
    const message = messages.find(({ id }) => id === answer.body.id);
    expect(message).toMatchObject({ onlyEndpointId: endpoint, applicationId: scene.app });
    expect(JSON.parse(String(message?.payload))).toEqual(payload);
    // The id that it returned can be read at once.
    expect((await scene.api.call('GET', `/api/v1/app/one/msg/${answer.body.id}`)).status).toBe(200);
  });

  it.each(['with.nothing', 'with.text'])('says that no example can be made of %s', async (eventType) => {
    const answer = await send({ eventType });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_scheme' } });
    expect(String(answer.body.detail)).toContain(eventType);
  });

  it('says which field is wrong', async () => {
    for (const [body, field] of [
      [{}, 'eventType'],
      [{ eventType: 7 }, 'eventType'],
      [{ eventType: 'a b' }, 'eventType'],
      [{ eventType: 'x'.repeat(257) }, 'eventType'],
      [{ eventType: 'with.examples', exampleIndex: -1 }, 'exampleIndex'],
      [{ eventType: 'with.examples', exampleIndex: '1' }, 'exampleIndex'],
    ] as const) {
      const answer = await send(body);
      expect([body, answer.status]).toEqual([body, 422]);
      expect(answer.body.detail).toMatchObject([{ loc: ['body', field] }]);
    }
  });

  it('of an unknown type, or to somebody else’s endpoint, is answered 404', async () => {
    const foreign = await scene.api.keyOf('somebody else');
    const answers = await Promise.all([
      send({ eventType: 'not.registered' }),
      send({ eventType: 'with.examples' }, newId('ep', 0)),
      send({ eventType: 'with.examples' }, 'main', foreign),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });
});
