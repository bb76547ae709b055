import { describe, expect, it } from '@jest/globals';
import { encodeLane, readDelivery, readLane, TOPICS, type Delivery } from '@signpost/contracts';
import {
  afterParking,
  afterParkingBehind,
  conversationKey,
  emptyLane,
  MOST_WAITING_CONVERSATIONS,
  withAhead,
  type Endpoint,
  type LaneMemory,
  type Ordering,
} from '@signpost/domain';
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
    const many = Array.from(
      { length: MOST_WAITING_CONVERSATIONS * 2 },
      (_, at): [string, ReturnType<typeof recordOf>] => [
        `d${String(at)}`,
        recordOf(inConversation(scene, `c${String(at)}`)),
      ],
    );
    scene.hand('fresh', Object.fromEntries(many));
    await settle();
    const { order, parked } = memoryOf(scene);
    const waiting = Object.keys(order?.conversations ?? {}).length;
    expect(waiting).toBeGreaterThanOrEqual(MOST_WAITING_CONVERSATIONS);
    expect(waiting).toBeLessThan(MOST_WAITING_CONVERSATIONS + 100);
    expect(parked?.count).toBe(many.length - waiting);
  });
});

describe('a new owner of an ordered lane', () => {
  const endpoint = anEndpoint({
    ordering: { by: 'conversation', onFailure: { kind: 'block' } },
    retrySchedule: [1_000],
  });
  const left = async (change: (memory: LaneMemory) => LaneMemory): Promise<MemoryLog> => {
    const log = new MemoryLog();
    const memory = change(emptyLane(endpoint.id, endpoint.applicationId));
    await log.append({ topic: TOPICS.lanes, key: endpoint.id, value: encodeLane(memory) });
    return log;
  };
  const ofLane = (log: MemoryLog, { id }: Endpoint) =>
    readLane(
      log
        .of(TOPICS.lanes)
        .filter(({ key }) => key === id)
        .at(-1)?.value ?? Buffer.alloc(0),
    );

  it('asks for nothing that was parked before what was under way then has come again and is done', async () => {
    const first = aDelivery(endpoint, { conversationId: 'a' });
    const log = await left((memory) => afterParking(withAhead(memory, [first.id]), 0));
    const { hand, sender, dispatch } = await open({}, log, endpoint);
    dispatch.tick();
    await settle();
    expect(ofLane(log, endpoint)).not.toHaveProperty('demand');
    hand('fresh', { first: recordOf(first) });
    expect(sender.requests).toHaveLength(1);
    sender.requests[0]?.answer(answered(200));
    await settle();
    expect(ofLane(log, endpoint)).toMatchObject({ demand: { fromOffset: 0, limit: 1 } });
  });

  it('does not send what comes again from parked before those that it was moved behind', async () => {
    const key = conversationKey('a');
    const log = await left((memory) => afterParkingBehind(afterParkingBehind(memory, key, 1), key, 8));
    const { hand, sender, done } = await open({}, log, endpoint);
    const moved = aDelivery(endpoint, { conversationId: 'a', parkedOffset: 3, demand: 1 });
    hand('returning', { moved: recordOf(moved) });
    await settle();
    expect(sender.requests).toEqual([]);
    expect(ofLane(log, endpoint).order?.conversations[key]?.parked?.count).toBe(3);
    expect(done).toEqual(['moved']);
  });

  it('asks for a follower that had failed before its tier had it', async () => {
    const key = conversationKey('a');
    const log = await left((memory) => afterParkingBehind(afterParkingBehind(memory, key, 4), key, 5));
    const before = await open({}, log, endpoint);
    const demand = ofLane(log, endpoint).order?.conversations[key]?.demand?.sequence ?? 0;
    const follower = aDelivery(endpoint, { conversationId: 'a', parkedOffset: 4, demand, behind: key });
    log.hold(TOPICS.retry('1s'));
    before.hand('returning', { follower: recordOf(follower) });
    before.sender.requests[0]?.answer(answered(500));
    await settle();
    expect(before.done).toEqual([]);
    await open({}, log, endpoint);
    await settle();
    expect(ofLane(log, endpoint).order?.conversations[key]).toMatchObject({
      head: { id: follower.id },
      demand: { fromOffset: 4, limit: 1 },
    });
  });
});

describe('a head on its way to be parked', () => {
  it('is parked like any other, when its conversation has gone on meanwhile', async () => {
    const scene = await ordered({ kind: 'block' });
    const head = inConversation(scene, 'a');
    scene.hand('fresh', { head: recordOf(head) });
    scene.sender.requests[0]?.answer(answered(500));
    await settle();
    scene.put({ ...scene.endpoint, version: 2, disabled: true });
    scene.log.hold(TOPICS.parked);
    scene.hand('returning', { parked: recordOf({ ...head, attempt: 2 }) });
    scene.put({ ...scene.endpoint, version: 3 });
    scene.hand('returning', { again: recordOf({ ...head, attempt: 2 }) });
    scene.sender.requests[1]?.answer(answered(200));
    await settle();
    const next = inConversation(scene, 'a');
    scene.hand('fresh', { next: recordOf(next) });
    scene.sender.requests[2]?.answer(answered(500));
    await settle();
    scene.log.release(TOPICS.parked);
    await settle();
    expect(waitingOf(scene, 'a')).toEqual({ head: { id: next.id } });
    expect(memoryOf(scene).parked).toEqual({ oldestOffset: 1, newestOffset: 1, count: 1 });
    expect(scene.done).toContain('parked');
  });
});

describe('a delivery whose endpoint is awaited', () => {
  it('is not overtaken by one that comes once the endpoint is known', async () => {
    const scene = await ordered({ kind: 'block' });
    const newer = { ...scene.endpoint, version: 2 };
    const [one, two] = [1, 2].map(() => aDelivery(newer, { conversationId: 'a' }));
    scene.hand('fresh', { one: recordOf(one ?? aDelivery(newer)) });
    scene.put(newer);
    scene.hand('fresh', { two: recordOf(two ?? aDelivery(newer)) });
    expect(sent(scene)).toEqual([]);
    scene.refreshes.forEach((refresh) => refresh());
    await settle();
    expect(sent(scene)).toEqual([one?.messageId]);
  });
});
