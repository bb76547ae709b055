import { describe, expect, it } from '@jest/globals';
import { readDelivery, readLane, TOPICS, type Delivery } from '@signpost/contracts';
import { conversationKey, type LaneMemory } from '@signpost/domain';
import { aDelivery, anEndpoint, answered, open, recordOf, settle, type MemoryLog } from './dispatch.fixture.js';

const TASK = 'qtask_1';

/** The delivery asked for once more, after that many attempts. */
const again = (delivery: Delivery, attemptsBefore: number, changes: Partial<Delivery> = {}): Delivery => ({
  ...delivery,
  attempt: attemptsBefore + 1,
  redelivery: { number: 1, attemptsBefore },
  ...changes,
});
const takesOver = { handOver: { kind: 'take-over' } } as const;
const ofTask = (sequence: number) => ({ handOver: { kind: 'task', task: TASK, sequence } }) as const;

function memoryIn(log: MemoryLog): LaneMemory | undefined {
  const value = log.of(TOPICS.lanes).at(-1)?.value;
  return value === null || value === undefined ? undefined : readLane(value);
}

describe('a redelivery', () => {
  it('has a schedule of its own, numbers that go on, and says so in its facts', async () => {
    const { endpoint, hand, sender, log, done } = await open();
    const delivery = aDelivery(endpoint);
    hand('returning', { first: recordOf(again(delivery, 3, takesOver)) });
    sender.requests[0]?.answer(answered(503));
    await settle();
    const waiting = readDelivery(log.of(TOPICS.retry('5s'))[0]?.headers);
    expect(waiting).toMatchObject({ attempt: 5, redelivery: { number: 1, attemptsBefore: 3 } });
    expect(waiting).not.toHaveProperty('handOver');
    hand('returning', { last: recordOf({ ...again(delivery, 3), attempt: 6 }) });
    sender.requests[1]?.answer(answered(503));
    await settle();
    expect(log.facts).toMatchObject([
      { kind: 'attempt', attempt: 4, redelivery: 1, trigger: 'manual', outcome: 'failed' },
      { kind: 'attempt', attempt: 6, redelivery: 1, trigger: 'manual', fate: 'dead-lettered' },
    ]);
    expect(readDelivery(log.of(TOPICS.deadLetter)[0]?.headers).redelivery?.number).toBe(1);
    expect(done).toEqual(['first', 'last']);
  });

  it('is done once what its lane remembers of it is durable', async () => {
    const { endpoint, hand, sender, log, done } = await open();
    sender.always = answered(200);
    log.hold(TOPICS.lanes);
    hand('returning', { only: recordOf(again(aDelivery(endpoint), 1, ofTask(1))) });
    await settle();
    expect([sender.requests.length, done]).toEqual([1, []]);
    log.release(TOPICS.lanes);
    await settle();
    expect(done).toEqual(['only']);
  });

  it('of a task goes out once, however often it is handed over', async () => {
    const { endpoint, hand, sender, log, done, metrics } = await open();
    const [one, two] = [aDelivery(endpoint), aDelivery(endpoint)];
    sender.always = answered(200);
    const handedOver = {
      one: recordOf(again(one, 1, ofTask(1))),
      two: recordOf(again(two, 1, ofTask(2))),
    };
    hand('returning', handedOver);
    await settle();
    hand('returning', { oneAgain: handedOver.one, twoAgain: handedOver.two });
    await settle();
    expect(sender.requests).toHaveLength(2);
    expect(done.toSorted()).toEqual(['one', 'oneAgain', 'two', 'twoAgain']);
    expect(log.facts).toHaveLength(2);
    expect(await metrics.registry.metrics()).toContain('signpost_redeliveries_taken_in_total{by="repeat"} 2');
  });

  it('of a task is made again by the next owner, who drops its second copy all the same', async () => {
    const first = await open();
    const { endpoint, log } = first;
    const record = recordOf(again(aDelivery(endpoint), 1, ofTask(1)));
    first.hand('returning', { first: record });
    await settle();
    // It dies without an answer; what it had not committed is read again, and the second copy after it.
    const next = await open({}, log, endpoint);
    next.sender.always = answered(200);
    next.hand('returning', { first: record });
    next.hand('returning', { copy: record });
    await settle();
    expect(next.sender.requests).toHaveLength(1);
    expect(next.done.toSorted()).toEqual(['copy', 'first']);
  });
});

describe('a redelivery of what has not ended', () => {
  it('takes the place of the run that waits, which ends when it comes back', async () => {
    const { endpoint, hand, sender, log, done } = await open();
    const delivery = aDelivery(endpoint);
    sender.always = answered(200);
    hand('returning', { again: recordOf(again(delivery, 1, takesOver)) });
    await settle();
    hand('returning', { retry: recordOf({ ...delivery, attempt: 2 }) });
    await settle();
    expect(sender.requests).toHaveLength(1);
    expect(log.facts).toMatchObject([
      { kind: 'attempt', redelivery: 1, fate: 'delivered' },
      { kind: 'fate', fate: 'superseded' },
    ]);
    expect(log.facts[1]).not.toHaveProperty('redelivery');
    expect(done).toEqual(['again', 'retry']);
  });

  it.each([
    ['its endpoint is switched off', {}],
    ['it was swept out of parked', { parkedOffset: 0, parkedTooLong: true }],
  ] as const)('ends the run that comes back also where %s', async (_, way) => {
    const { endpoint, put, hand, log, done, sender } = await open();
    const delivery = aDelivery(endpoint);
    sender.always = answered(503);
    put({ ...endpoint, version: 2, disabled: true });
    hand('fresh', { first: recordOf(delivery) });
    await settle();
    expect(memoryIn(log)?.parked).toMatchObject({ oldestOffset: 0, count: 1 });
    put({ ...endpoint, version: 3 });
    hand('returning', { again: recordOf(again(delivery, 0, takesOver)) });
    await settle();
    put({ ...endpoint, version: 4, disabled: true });
    hand('returning', { back: recordOf({ ...delivery, parkedOffset: 0, ...way }) });
    await settle();
    expect(log.facts.filter((fact) => fact.kind === 'fate')).toMatchObject([{ fate: 'superseded' }]);
    expect([log.of(TOPICS.parked).length, log.of(TOPICS.deadLetter).length]).toEqual([1, 0]);
    expect(done).toEqual(['first', 'again', 'back']);
  });

  it('takes the place of the run that is queued', async () => {
    const { endpoint, hand, sender, log, makeSlow } = await open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    makeSlow();
    const delivery = aDelivery(endpoint);
    hand('fresh', { queued: recordOf(delivery) });
    hand('returning', { again: recordOf(again(delivery, 0, takesOver)) });
    sender.requests[0]?.answer(answered(200));
    sender.always = answered(200);
    await settle();
    const ids = sender.requests.map(({ request }) => request.headers['webhook-id']);
    expect(ids.filter((id) => id === delivery.messageId)).toHaveLength(1);
    expect(log.facts.filter((fact) => fact.kind === 'fate')).toMatchObject([{ fate: 'superseded' }]);
  });

  it('of a task takes the place of an earlier one of which nobody knew that it was handed over', async () => {
    const { endpoint, hand, sender, log, done, makeSlow } = await open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    makeSlow();
    const delivery = aDelivery(endpoint);
    hand('returning', { withdrawn: recordOf(again(delivery, 1, ofTask(1))) });
    const handOver = { kind: 'task', task: 'qtask_2', sequence: 1, takesOver: true } as const;
    const redelivery = { number: 2, attemptsBefore: 1 };
    hand('returning', { later: recordOf(again(delivery, 1, { redelivery, handOver })) });
    sender.requests[0]?.answer(answered(200));
    sender.always = answered(200);
    await settle();
    const ids = sender.requests.map(({ request }) => request.headers['webhook-id']);
    expect(ids.filter((id) => id === delivery.messageId)).toHaveLength(1);
    expect(log.facts.filter((fact) => fact.kind === 'fate')).toMatchObject([{ fate: 'superseded', redelivery: 1 }]);
    expect(done.filter((name) => ['withdrawn', 'later'].includes(name))).toHaveLength(2);
    expect(memoryIn(log)?.redeliveries?.takenOver).toMatchObject({ [delivery.id]: { number: 2 } });
  });

  it('waits for an attempt that is under way, and comes after it', async () => {
    const { endpoint, hand, sender, log, done } = await open();
    const delivery = aDelivery(endpoint);
    hand('fresh', { first: recordOf(delivery) });
    hand('returning', { again: recordOf(again(delivery, 0, takesOver)) });
    await settle();
    expect(sender.requests).toHaveLength(1);
    sender.requests[0]?.answer(answered(503));
    await settle();
    expect(sender.requests).toHaveLength(2);
    sender.requests[1]?.answer(answered(200));
    await settle();
    expect(log.facts).toMatchObject([
      { attempt: 1, outcome: 'failed', fate: 'superseded', trigger: 'scheduled' },
      { attempt: 2, outcome: 'delivered', fate: 'delivered', trigger: 'manual', redelivery: 1 },
    ]);
    expect(done).toEqual(['first', 'again']);
  });
});

describe('a redelivery that was asked for before the log told of the last attempt', () => {
  it.each([
    ['was delivered', 200],
    ['failed, and waits', 503],
  ])('goes on from that one, which %s, and keeps its number when it is read again', async (_, status) => {
    const { endpoint, hand, sender, log } = await open();
    const delivery = aDelivery(endpoint);
    hand('fresh', { first: recordOf(delivery) });
    sender.requests[0]?.answer(answered(status));
    await settle();
    sender.always = answered(200);
    const record = recordOf(again(delivery, 0, takesOver));
    hand('returning', { again: record });
    await settle();
    hand('returning', { again: record });
    await settle();
    expect(log.facts.filter(({ kind }) => kind === 'attempt')).toMatchObject([
      { attempt: 1, trigger: 'scheduled' },
      { attempt: 2, redelivery: 1 },
      { attempt: 2, redelivery: 1 },
    ]);
  });
});

describe('at an endpoint that gets conversations in order', () => {
  const ordering = { by: 'conversation', onFailure: { kind: 'block' } } as const;

  async function blocked() {
    const opened = await open({}, undefined, anEndpoint({ ordering }));
    const { endpoint, hand, sender, log } = opened;
    const head = aDelivery(endpoint, { conversationId: 'c' });
    hand('fresh', { head: recordOf(head), follower: recordOf(aDelivery(endpoint, { conversationId: 'c' })) });
    sender.requests[0]?.answer(answered(503));
    await settle();
    const waiting = () => memoryIn(log)?.order?.conversations[conversationKey('c')];
    expect(waiting()).toMatchObject({ head: { id: head.id }, parked: { count: 1 } });
    return { ...opened, head, waiting };
  }

  it('a redelivery of the head lets its conversation go on once it has arrived', async () => {
    const { hand, sender, head, waiting } = await blocked();
    hand('returning', { again: recordOf(again(head, 1, takesOver)) });
    sender.requests[1]?.answer(answered(200));
    await settle();
    expect(waiting()).not.toHaveProperty('head');
    expect(waiting()).toMatchObject({ demand: { limit: 1 } });
  });

  it('a redelivery that fails makes nobody wait, and lets nobody go on', async () => {
    const { endpoint, hand, sender, head, waiting, log } = await blocked();
    const before = waiting();
    hand('returning', { again: recordOf(again(head, 1, takesOver)) });
    sender.requests[1]?.answer(answered(503));
    await settle();
    expect(waiting()).toEqual(before);
    const other = aDelivery(endpoint, { conversationId: 'd' });
    hand('returning', { other: recordOf(again(other, 2)) });
    sender.requests[2]?.answer(answered(503));
    await settle();
    expect(memoryIn(log)?.order?.conversations).not.toHaveProperty(conversationKey('d'));
  });

  it('one conversation has one of its deliveries on its way, redeliveries included', async () => {
    const { endpoint, hand, sender } = await open({}, undefined, anEndpoint({ ordering }));
    const [one, two] = [aDelivery(endpoint, { conversationId: 'c' }), aDelivery(endpoint, { conversationId: 'c' })];
    hand('returning', { one: recordOf(again(one, 1, ofTask(1))), two: recordOf(again(two, 1, ofTask(2))) });
    await settle();
    expect(sender.requests.map(({ request }) => request.headers['webhook-id'])).toEqual([one.messageId]);
    sender.requests[0]?.answer(answered(500));
    await settle();
    expect(sender.requests.map(({ request }) => request.headers['webhook-id'])).toEqual([one.messageId, two.messageId]);
    // Once it has failed it is in nobody's way, and nobody is in its.
    hand('returning', { retry: recordOf({ ...again(one, 1), attempt: 3 }) });
    await settle();
    expect(sender.requests).toHaveLength(3);
  });

  it('a redelivery that cannot be sent is parked, and leaves the head where it is', async () => {
    const { endpoint, put, hand, log, head, waiting } = await blocked();
    const before = waiting()?.head;
    put({ ...endpoint, version: 2, disabled: true });
    hand('returning', { again: recordOf(again(head, 1, { ...takesOver, endpointVersion: 2 })) });
    await settle();
    expect(waiting()?.head).toEqual(before);
    expect(memoryIn(log)?.parked).toMatchObject({ count: 1 });
  });
});
