import { describe, expect, it } from '@jest/globals';
import { readDelivery, readLane, TOPICS, type Delivery } from '@signpost/contracts';
import { conversationKey, MOST_WAITING_CONVERSATIONS, type Ordering } from '@signpost/domain';
import { aDelivery, anEndpoint, answered, MemoryLog, open, recordOf, settle } from './dispatch.fixture.js';

const ordered = (onFailure: Ordering['onFailure'], settings: NodeJS.ProcessEnv = {}) => {
  const ordering: Ordering = { by: 'conversation', onFailure };
  return open(settings, new MemoryLog(), anEndpoint({ ordering, retrySchedule: [1_000] }));
};

type Scene = Awaited<ReturnType<typeof ordered>>;

const inConversation = ({ endpoint }: Scene, conversationId: string, changes: Partial<Delivery> = {}) =>
  aDelivery(endpoint, { conversationId, ...changes });
const sent = ({ sender }: Scene) => sender.requests.map(({ request }) => request.headers['webhook-id']);
const memoryOf = ({ log }: Scene) => readLane(log.of(TOPICS.lanes).at(-1)?.value ?? Buffer.alloc(0));
const waitingOf = (scene: Scene, conversation: string) =>
  memoryOf(scene).order?.conversations[conversationKey(conversation)];

describe('a conversation of an ordered endpoint', () => {
  it('has one delivery under way, others theirs beside it, and the next goes when all of the first is durable', async () => {
    const scene = await ordered({ kind: 'block' });
    const [one, two, other] = [inConversation(scene, 'a'), inConversation(scene, 'a'), inConversation(scene, 'b')];
    scene.hand('fresh', { one: recordOf(one), two: recordOf(two), other: recordOf(other) });
    expect(sent(scene)).toEqual([one.messageId, other.messageId]);
    scene.log.hold(TOPICS.journal);
    scene.sender.requests[0]?.answer(answered(200));
    await settle();
    expect(sent(scene)).toHaveLength(2);
    scene.log.release(TOPICS.journal);
    await settle();
    expect(sent(scene)).toEqual([one.messageId, other.messageId, two.messageId]);
  });

  it('waits in parked while its head waits in a tier, and is asked for once that has arrived', async () => {
    const scene = await ordered({ kind: 'block' });
    const [one, two, three] = [inConversation(scene, 'a'), inConversation(scene, 'a'), inConversation(scene, 'a')];
    scene.hand('fresh', { one: recordOf(one), two: recordOf(two) });
    scene.sender.requests[0]?.answer(answered(500));
    await settle();
    scene.hand('fresh', { three: recordOf(three) });
    await settle();
    expect(scene.log.of(TOPICS.parked).map(({ headers }) => readDelivery(headers).id)).toEqual([two.id, three.id]);
    expect(waitingOf(scene, 'a')).toEqual({
      head: { id: one.id },
      parked: { oldestOffset: 0, newestOffset: 1, count: 2 },
    });
    expect(memoryOf(scene)).not.toHaveProperty('parked');
    expect(scene.done.sort()).toEqual(['one', 'three', 'two']);

    scene.hand('returning', { again: recordOf({ ...one, attempt: 2 }) });
    scene.sender.requests[1]?.answer(answered(200));
    await settle();
    expect(waitingOf(scene, 'a')).toMatchObject({ demand: { fromOffset: 0, limit: 2 } });
    expect(waitingOf(scene, 'a')).not.toHaveProperty('head');
  });

  it('leaves where it lies what comes back out of turn', async () => {
    const scene = await ordered({ kind: 'block' });
    const [one, two] = [inConversation(scene, 'a'), inConversation(scene, 'a')];
    scene.hand('fresh', { one: recordOf(one), two: recordOf(two) });
    scene.sender.requests[0]?.answer(answered(500));
    await settle();
    const behind = conversationKey('a');
    scene.hand('returning', { early: recordOf({ ...two, parkedOffset: 0, demand: 7, behind }) });
    await settle();
    expect(sent(scene)).toHaveLength(1);
    expect(scene.done).toContain('early');
    expect(waitingOf(scene, 'a')?.parked).toEqual({ oldestOffset: 0, newestOffset: 0, count: 1 });
  });

  it('goes on without its head once that has failed as often as its owner allows', async () => {
    const scene = await ordered({ kind: 'skip', afterAttempts: 1 });
    const [one, two] = [inConversation(scene, 'a'), inConversation(scene, 'a')];
    scene.hand('fresh', { one: recordOf(one), two: recordOf(two) });
    scene.sender.requests[0]?.answer(answered(500));
    await settle();
    expect(sent(scene)).toEqual([one.messageId, two.messageId]);
    expect(scene.log.of(TOPICS.retry('1s'))).toHaveLength(1);
  });

  it('is set aside with its dead letter until its owner changes the endpoint', async () => {
    const scene = await ordered({ kind: 'park' });
    const [one, two] = [inConversation(scene, 'a', { attempt: 2 }), inConversation(scene, 'a')];
    scene.hand('fresh', { one: recordOf(one), two: recordOf(two) });
    scene.sender.requests[0]?.answer(answered(500));
    await settle();
    expect(scene.log.of(TOPICS.deadLetter)).toHaveLength(1);
    scene.dispatch.tick();
    await settle();
    expect(waitingOf(scene, 'a')).toEqual({
      head: { id: one.id, heldAt: 1 },
      parked: { oldestOffset: 0, newestOffset: 0, count: 1 },
    });
    scene.put({ ...scene.endpoint, version: 2 });
    await settle();
    expect(waitingOf(scene, 'a')).toMatchObject({ demand: { fromOffset: 0, limit: 1 } });
  });

  it('needs no order where it is not named', async () => {
    const scene = await ordered({ kind: 'block' });
    scene.hand('fresh', { one: recordOf(aDelivery(scene.endpoint)), two: recordOf(aDelivery(scene.endpoint)) });
    expect(sent(scene)).toHaveLength(2);
  });

  it('is one of so many that wait and no more: beyond them all is parked as it comes', async () => {
    const scene = await ordered({ kind: 'block' });
    scene.sender.always = answered(500);
    const many = Array.from({ length: MOST_WAITING_CONVERSATIONS * 2 }, (_, at) => [
      `d${String(at)}`,
      recordOf(inConversation(scene, `c${String(at)}`)),
    ]);
    scene.hand('fresh', Object.fromEntries(many));
    await settle();
    const { order, parked } = memoryOf(scene);
    const waiting = Object.keys(order?.conversations ?? {}).length;
    expect(waiting).toBeGreaterThanOrEqual(MOST_WAITING_CONVERSATIONS);
    expect(waiting).toBeLessThan(MOST_WAITING_CONVERSATIONS + 100);
    expect(parked?.count).toBe(many.length - waiting);
  });
});
