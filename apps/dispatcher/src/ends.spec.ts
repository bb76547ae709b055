import { describe, expect, it } from '@jest/globals';
import {
  encodeLane,
  headerText,
  readDeadLetter,
  readDelivery,
  readLane,
  TOPICS,
  type Delivery,
} from '@signpost/contracts';
import { afterParking, emptyLane, type Endpoint } from '@signpost/domain';
import type { Metrics } from '@signpost/observability';
import { aDelivery, anEndpoint, answered, MemoryLog, open, recordOf, settle } from './dispatch.fixture.js';

const fates = (log: MemoryLog) =>
  log.facts.flatMap((fact) =>
    (fact.kind === 'attempt' || fact.kind === 'fate') && fact.fate !== undefined ? [[fact.deliveryId, fact.fate]] : [],
  );
const memoryOf = (log: MemoryLog) => readLane(log.of(TOPICS.lanes).at(-1)?.value ?? Buffer.alloc(0));

async function queued(metrics: Metrics): Promise<number> {
  const text = await metrics.registry.metrics();
  return Number(/^signpost_lane_queued_deliveries (\d+)/m.exec(text)?.[1] ?? Number.NaN);
}

async function lastParked(endpoint: Endpoint, ...offsets: number[]): Promise<MemoryLog> {
  const log = new MemoryLog();
  const memory = offsets.reduce(afterParking, emptyLane(endpoint.id, endpoint.applicationId));
  await log.append({ topic: TOPICS.lanes, key: endpoint.id, value: encodeLane(memory) });
  return log;
}

describe('a delivery whose time to live is over', () => {
  it('is expired when it arrives, without an attempt', async () => {
    const { endpoint, hand, sender, log, done, metrics } = await open();
    const late = aDelivery(endpoint, { expiresAtMs: Date.now() });
    hand('fresh', { late: recordOf(late), early: recordOf(aDelivery(endpoint, { expiresAtMs: Date.now() + 60_000 })) });
    await settle();
    expect(log.facts).toMatchObject([{ kind: 'fate', deliveryId: late.id, fate: 'expired' }]);
    expect([sender.requests.length, done]).toEqual([1, ['late']]);
    expect(await metrics.registry.metrics()).toContain('signpost_deliveries_expired_total{noticed="arrival"} 1');
  });

  it('is expired at its turn', async () => {
    const { endpoint, hand, sender, log, done } = await open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    const late = aDelivery(endpoint, { expiresAtMs: Date.now() + 30 });
    hand('fresh', { first: recordOf(aDelivery(endpoint)), late: recordOf(late), last: recordOf(aDelivery(endpoint)) });
    await new Promise((resolve) => setTimeout(resolve, 40));
    sender.requests[0]?.answer(answered(200));
    await settle();
    expect(fates(log)).toContainEqual([late.id, 'expired']);
    expect([sender.requests.length, done.sort()]).toEqual([2, ['first', 'late']]);
  });

  it('is expired at once when its retry would be due after it, and not when before', async () => {
    const { endpoint, hand, sender, log } = await open();
    const [late, inTime] = [4_000, 60_000].map((ms) => aDelivery(endpoint, { expiresAtMs: Date.now() + ms }));
    hand('fresh', { late: recordOf(late ?? aDelivery(endpoint)), inTime: recordOf(inTime ?? aDelivery(endpoint)) });
    for (const { answer } of sender.requests) answer(answered(500));
    await settle();
    expect(log.facts).toMatchObject([
      { kind: 'attempt', deliveryId: late?.id, outcome: 'failed', fate: 'expired' },
      { kind: 'attempt', deliveryId: inTime?.id, outcome: 'failed' },
    ]);
    expect(log.of(TOPICS.retry('5s')).map(({ headers }) => readDelivery(headers).id)).toEqual([inTime?.id]);
  });

  it('is expired when it is released', async () => {
    const endpoint = anEndpoint();
    const { hand, sender, log, done } = await open({}, await lastParked(endpoint, 7), endpoint);
    hand('returning', { late: recordOf(aDelivery(endpoint, { expiresAtMs: 1, parkedOffset: 7 })) });
    await settle();
    expect([fates(log).length, sender.requests.length, done]).toEqual([1, 0, ['late']]);
    expect(memoryOf(log)).not.toHaveProperty('parked');
  });
});

describe('a delivery that is parked too long', () => {
  it('is set aside for a person, with where it lay, and its lane has it back', async () => {
    const endpoint = anEndpoint({ disabled: true });
    const { hand, log, done, sender } = await open({}, await lastParked(endpoint, 7, 9), endpoint);
    const swept = aDelivery(endpoint, { parkedOffset: 7, parkedTooLong: true, parkedFor: 'endpoint-disabled' });
    log.hold(TOPICS.deadLetter);
    hand('returning', { swept: recordOf(swept, '{"a":1}') });
    await settle();
    expect(done).toEqual([]);
    log.release(TOPICS.deadLetter);
    await settle();
    expect(done).toEqual(['swept']);
    expect(log.facts).toMatchObject([{ fate: 'dead-lettered', deadLetterReason: 'parked-too-long' }]);
    const [letter] = log.of(TOPICS.deadLetter);
    expect(letter?.value?.toString()).toBe('{"a":1}');
    expect(headerText(letter?.headers, 'signpost-dead-letter-reason')).toBe('parked-too-long');
    expect(headerText(letter?.headers, 'kafka_dlt-original-topic')).toBe(TOPICS.parked);
    expect(readDeadLetter(letter?.headers)).toMatchObject({
      reasonClass: 'customer',
      lastFailure: 'parked:endpoint-disabled',
      attempts: 0,
      origin: { partition: 3, offset: 7, consumerGroup: 'dispatcher' },
    });
    expect(readDelivery(letter?.headers)).not.toHaveProperty('parkedTooLong');
    expect(readDelivery(letter?.headers)).not.toHaveProperty('parkedFor');
    expect(memoryOf(log)).toMatchObject({ parked: { oldestOffset: 8, count: 1 }, swept: [{ from: 7, to: 7 }] });
    expect(sender.requests).toHaveLength(0);
  });

  it('comes to one end only, whichever of a release and the sweep hands it back first', async () => {
    const endpoint = anEndpoint();
    const { hand, log, done, sender } = await open({}, await lastParked(endpoint, 7, 9), endpoint);
    sender.always = answered(200);
    const [one, two] = [aDelivery(endpoint), aDelivery(endpoint)];
    hand('returning', {
      released: recordOf({ ...one, parkedOffset: 7 }),
      sweptAfter: recordOf({ ...one, parkedOffset: 7, parkedTooLong: true }),
      swept: recordOf({ ...two, parkedOffset: 9, parkedTooLong: true }),
      releasedAfter: recordOf({ ...two, parkedOffset: 9 }),
    });
    await settle();
    expect(new Map(fates(log) as [string, string][])).toEqual(
      new Map([
        [one.id, 'delivered'],
        [two.id, 'dead-lettered'],
      ]),
    );
    expect([fates(log).length, done.length]).toEqual([2, 4]);
  });

  it('comes to one end only across owners: a new one knows what the last took in', async () => {
    const endpoint = anEndpoint();
    const log = await lastParked(endpoint, 7, 9, 11);
    const first = await open({}, log, endpoint);
    first.sender.always = answered(200);
    const [one, two] = [aDelivery(endpoint), aDelivery(endpoint)];
    first.hand('returning', {
      released: recordOf({ ...one, parkedOffset: 7 }),
      swept: recordOf({ ...two, parkedOffset: 9, parkedTooLong: true }),
    });
    await settle();
    const second = await open({}, log, endpoint);
    second.sender.always = answered(200);
    const before = fates(log).length;
    second.hand('returning', {
      sweptAgain: recordOf({ ...one, parkedOffset: 7, parkedTooLong: true }),
      releasedAgain: recordOf({ ...two, parkedOffset: 9 }),
    });
    await settle();
    expect([fates(log).length, second.done.length]).toEqual([before, 2]);
    // Read again by a crash of the first: the same end once more rather than none.
    second.hand('returning', { notDone: recordOf({ ...two, parkedOffset: 9, parkedTooLong: true }) });
    await settle();
    expect(fates(log).slice(before)).toEqual([[two.id, 'dead-lettered']]);
  });

  it('of a deleted endpoint is cancelled', async () => {
    const endpoint = anEndpoint();
    const { hand, log, view } = await open({}, await lastParked(endpoint, 7), endpoint);
    view.apply({ kind: 'endpoint', id: endpoint.id, version: 2, state: undefined });
    hand('returning', { swept: recordOf(aDelivery(endpoint, { parkedOffset: 7, parkedTooLong: true })) });
    await settle();
    expect(fates(log).map(([, fate]) => fate)).toEqual(['cancelled']);
  });
});

describe('latest wins', () => {
  const NARROW = { DISPATCHER_LANE_CONCURRENCY: '1', DISPATCHER_LANE_QUEUE: '8' };
  let clock = 1_000;
  const read = (endpoint: Endpoint, changes: Partial<Delivery> = {}) =>
    aDelivery(endpoint, { coalesce: 'latest', conversationId: 'c1', acceptedAtMs: (clock += 1), ...changes });

  it('ends what waits for its turn when a newer one comes, and not what is under way, another, or of another key', async () => {
    const { endpoint, hand, sender, log, done } = await open(NARROW);
    const underWay = read(endpoint);
    hand('fresh', { underWay: recordOf(underWay) });
    const [older, other, plain, newer] = [
      read(endpoint),
      read(endpoint, { conversationId: 'c2' }),
      aDelivery(endpoint, { conversationId: 'c1' }),
      read(endpoint),
    ];
    hand('fresh', { older: recordOf(older), other: recordOf(other), plain: recordOf(plain), newer: recordOf(newer) });
    await settle();
    expect([fates(log), done]).toEqual([[[older.id, 'superseded']], ['older']]);
    sender.always = answered(200);
    sender.requests[0]?.answer(answered(200));
    await settle();
    const delivered = fates(log).filter(([, fate]) => fate === 'delivered');
    expect(delivered.map(([id]) => id)).toEqual([underWay.id, other.id, plain.id, newer.id]);
    expect(done).toHaveLength(5);
  });

  it('goes by acceptance, not by arrival', async () => {
    const { endpoint, hand, log, makeSlow } = await open(NARROW);
    makeSlow();
    const [older, newer] = [read(endpoint), read(endpoint)];
    hand('fresh', { newer: recordOf(newer), older: recordOf(older) });
    await settle();
    expect(fates(log)).toEqual([[older.id, 'superseded']]);
  });

  it('ends at once what fails after a newer one came', async () => {
    const { endpoint, hand, sender, log } = await open();
    const [older, newer] = [read(endpoint), read(endpoint)];
    hand('fresh', { older: recordOf(older) });
    hand('fresh', { newer: recordOf(newer) });
    sender.requests[1]?.answer(answered(200));
    await settle();
    sender.requests[0]?.answer(answered(500));
    await settle();
    expect(fates(log)).toEqual([
      [newer.id, 'delivered'],
      [older.id, 'superseded'],
    ]);
    expect(log.of(TOPICS.retry('5s'))).toHaveLength(0);
  });

  it('ends what comes back from a tier after a newer one was taken in, also under a new owner', async () => {
    const { endpoint, hand, sender, log } = await open();
    const [older, newer] = [read(endpoint), read(endpoint)];
    hand('fresh', { older: recordOf(older) });
    sender.requests[0]?.answer(answered(500));
    await settle();
    const waiting = log.of(TOPICS.retry('5s'))[0];
    expect(memoryOf(log)).toHaveProperty('coalescing');
    sender.always = answered(200);
    hand('fresh', { newer: recordOf(newer) });
    await settle();
    const second = await open({}, log, endpoint);
    const back = { headers: waiting?.headers ?? {}, value: waiting?.value ?? null };
    second.hand('returning', { back });
    await settle();
    expect(fates(log)).toEqual([
      [newer.id, 'delivered'],
      [older.id, 'superseded'],
    ]);
    expect([second.sender.requests.length, second.done]).toEqual([0, ['back']]);
    // Read again after a crash: still superseded.
    const third = await open({}, log, endpoint);
    third.hand('returning', { back });
    await settle();
    expect(third.sender.requests).toHaveLength(0);
  });

  it('ends what is released after a newer one was taken in; the newest of what is parked is delivered', async () => {
    const { endpoint, hand, sender, log, put } = await open({}, new MemoryLog(), anEndpoint({ disabled: true }));
    const [older, newer] = [read(endpoint), read(endpoint)];
    hand('fresh', { older: recordOf(older), newer: recordOf(newer) });
    await settle();
    put({ ...endpoint, disabled: false, version: 2 });
    await settle();
    sender.always = answered(200);
    // Apart, so that only the lane's memory tells.
    hand('returning', { older: recordOf({ ...older, parkedOffset: 0 }) });
    await settle();
    hand('returning', { newer: recordOf({ ...newer, parkedOffset: 1 }) });
    await settle();
    expect(fates(log)).toContainEqual([older.id, 'superseded']);
    expect(fates(log)).toContainEqual([newer.id, 'delivered']);
    expect(fates(log)).toHaveLength(2);
  });

  it('waits with the newer one until the memory of it is durable', async () => {
    const { endpoint, hand, sender, log, done } = await open();
    hand('fresh', { older: recordOf(read(endpoint)) });
    sender.requests[0]?.answer(answered(500));
    await settle();
    log.hold(TOPICS.lanes);
    sender.always = answered(200);
    hand('fresh', { newer: recordOf(read(endpoint)) });
    await settle();
    expect(done).toEqual(['older']);
    log.release(TOPICS.lanes);
    await settle();
    expect(done).toEqual(['older', 'newer']);
  });

  it('ends what waits until its endpoint is known', async () => {
    const { endpoint, hand, log, refreshes, view } = await open();
    const [older, newer] = [read(endpoint, { endpointVersion: 2 }), read(endpoint, { endpointVersion: 2 })];
    hand('fresh', { older: recordOf(older), newer: recordOf(newer) });
    // Deleted, as it turns out.
    view.apply({ kind: 'endpoint', id: endpoint.id, version: 2, state: undefined });
    refreshes.forEach((refresh) => refresh());
    await settle();
    expect(fates(log)).toEqual([
      [older.id, 'superseded'],
      [newer.id, 'cancelled'],
    ]);
  });

  it('is not parked once it is superseded, though it is still in the queue', async () => {
    const { endpoint, hand, dispatch, log } = await open({
      DISPATCHER_LANE_CONCURRENCY: '1',
      DISPATCHER_LANE_QUEUE: '4',
    });
    hand('fresh', { unanswered: recordOf(aDelivery(endpoint)) });
    for (let at = 0; at < 10; at += 1) hand('fresh', { [String(at)]: recordOf(read(endpoint)) });
    for (let check = 0; check < 4; check += 1) dispatch.relieve();
    await settle();
    expect([fates(log).length, log.of(TOPICS.parked).length]).toEqual([9, 1]);
  });

  it('holds no more of what is superseded than of what is not', async () => {
    const { endpoint, hand, log, makeSlow, metrics } = await open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    makeSlow();
    for (let at = 0; at < 500; at += 1) hand('fresh', { [String(at)]: recordOf(read(endpoint)) });
    await settle();
    expect(fates(log)).toHaveLength(499);
    expect(await queued(metrics)).toBeLessThan(40);
  });

  it('is given up for new keys of a lane that has too many, and counted', async () => {
    const disabled = anEndpoint({ disabled: true });
    const { endpoint, hand, metrics } = await open({}, new MemoryLog(), disabled);
    for (let at = 0; at < 1_001; at += 1) {
      hand('fresh', { [String(at)]: recordOf(read(endpoint, { conversationId: `c${String(at)}` })) });
    }
    await settle();
    expect(await metrics.registry.metrics()).toContain('signpost_coalescing_forgone_total 1');
  });
});
