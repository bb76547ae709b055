import { describe, expect, it } from '@jest/globals';
import { encodeLane, readDelivery, readLane, TOPICS } from '@signpost/contracts';
import { afterParking, emptyLane, type Endpoint, type LaneMemory } from '@signpost/domain';
import { aDelivery, anEndpoint, answered, Lease, MemoryLog, open, recordOf, settle } from './dispatch.fixture.js';

describe('a full lane', () => {
  const SMALL = { DISPATCHER_LANE_QUEUE: '4', DISPATCHER_LANE_CONCURRENCY: '1' };
  const seven = (endpoint: ReturnType<typeof anEndpoint>) =>
    Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`d${String(index)}`, recordOf(aDelivery(endpoint))]));

  it('parks what it cannot hold, and is done with it once its memory is durable', async () => {
    const { endpoint, hand, log, done, makeSlow } = await open(SMALL);
    makeSlow();
    log.hold(TOPICS.lanes);
    hand('fresh', seven(endpoint));
    await settle();
    expect(log.of(TOPICS.parked)).toHaveLength(3);
    expect(done).toEqual([]);
    log.release(TOPICS.lanes);
    await settle();
    expect(done).toEqual(['d4', 'd5', 'd6']);
    expect(log.of(TOPICS.lanes).length).toBeLessThan(3);
    expect(memoryOf(log).parked).toEqual({ oldestOffset: 0, newestOffset: 2, count: 3 });
  });

  it('of an endpoint that never answers parks what it held in the hope that it would', async () => {
    const { endpoint, hand, log, dispatch, done } = await open(SMALL);
    hand('fresh', seven(endpoint));
    await settle();
    expect(log.of(TOPICS.parked)).toHaveLength(0);
    for (let check = 0; check < 4; check += 1) dispatch.relieve();
    await settle();
    expect(done).toEqual(['d5', 'd6']);
    expect(memoryOf(log).parked?.count).toBe(2);
  });

  it('writes its memory once for all that changed while the last write was under way', async () => {
    const { endpoint, hand, log, done, makeSlow } = await open(SMALL);
    makeSlow();
    log.hold(TOPICS.lanes);
    for (let batch = 0; batch < 10; batch += 1) {
      hand('fresh', { [String(batch)]: recordOf(aDelivery(endpoint)) });
      await settle();
    }
    expect(log.of(TOPICS.lanes)).toHaveLength(1);
    log.release(TOPICS.lanes);
    await settle();
    expect(log.of(TOPICS.lanes)).toHaveLength(2);
    expect(memoryOf(log).parked?.count).toBe(6);
    expect(done).toHaveLength(6);
  });

  it('asks for what is parked when it has room, and drops what comes back twice', async () => {
    const { endpoint, hand, log, done, sender, makeSlow } = await open(SMALL);
    makeSlow();
    hand('fresh', seven(endpoint));
    sender.always = answered(200);
    sender.requests[0]?.answer(answered(200));
    await settle();
    expect(memoryOf(log).demand).toEqual({ sequence: 1, fromOffset: 0, limit: 3 });
    const before = sender.requests.length;
    const back = log.of(TOPICS.parked).map(({ headers, value }) => ({ delivery: readDelivery(headers), value }));
    const returning = (offset: number) => ({
      ...recordOf({ ...aDelivery(endpoint), ...back[offset]?.delivery, parkedOffset: offset }),
    });
    done.length = 0;
    hand('returning', { a: returning(0), b: returning(1), again: returning(0), c: returning(2), late: returning(2) });
    await settle();
    expect(sender.requests.length - before).toBe(3);
    expect(done.sort()).toEqual(['a', 'again', 'b', 'c', 'late']);
    expect(memoryOf(log)).not.toHaveProperty('parked');
  });
});

describe('a new owner', () => {
  it('asks for what the last one left parked, and takes what comes back although the last had counted it', async () => {
    const log = new MemoryLog();
    const endpoint = anEndpoint();
    const memory = afterParking(afterParking(emptyLane(endpoint.id, endpoint.applicationId), 7), 9);
    await log.append({ topic: TOPICS.lanes, key: endpoint.id, value: encodeLane(memory) });
    const { hand, sender } = await open({}, log, endpoint);
    await settle();
    expect(memoryOf(log).demand).toEqual({ sequence: 1, fromOffset: 7, limit: 2 });
    // Handed back to the last owner, which died before it was done.
    hand('returning', { undone: recordOf(aDelivery(endpoint, { parkedOffset: 3 })) });
    expect(sender.requests).toHaveLength(1);
  });

  it('overrules a write of the last one that comes late', async () => {
    const { endpoint, hand, log, dispatch } = await open({}, new MemoryLog(), anEndpoint({ disabled: true }));
    hand('fresh', { only: recordOf(aDelivery(endpoint)) });
    await settle();
    const late = afterParking(emptyLane(endpoint.id, endpoint.applicationId), 400);
    await log.append({
      topic: TOPICS.lanes,
      key: endpoint.id,
      value: encodeLane(late),
      headers: { 'signpost-writer': 'x' },
    });
    dispatch.tick();
    await settle();
    expect(memoryOf(log).parked).toMatchObject({ oldestOffset: 0, newestOffset: 0 });
  });
});

describe('what comes back from parked', () => {
  const parkedTwice = async (endpoint: Endpoint, log = new MemoryLog()) => {
    const memory = afterParking(afterParking(emptyLane(endpoint.id, endpoint.applicationId), 7), 9);
    await log.append({ topic: TOPICS.lanes, key: endpoint.id, value: encodeLane(memory) });
    return log;
  };

  it('is done only when the memory says that it is back', async () => {
    const endpoint = anEndpoint();
    const { log, hand, done, sender } = await open({}, await parkedTwice(endpoint), endpoint);
    sender.always = answered(200);
    log.hold(TOPICS.lanes);
    hand('returning', { back: recordOf(aDelivery(endpoint, { parkedOffset: 7 })) });
    await settle();
    expect(log.facts).toMatchObject([{ fate: 'delivered' }]);
    expect(done).toEqual([]);
    log.release(TOPICS.lanes);
    await settle();
    expect(done).toEqual(['back']);
    expect(memoryOf(log).parked).toMatchObject({ oldestOffset: 8, newestOffset: 9, count: 1 });
  });

  it('has places kept for it in the queue', async () => {
    const endpoint = anEndpoint();
    const settings = { DISPATCHER_LANE_QUEUE: '4', DISPATCHER_LANE_CONCURRENCY: '1' };
    const { log, hand, makeSlow } = await open(settings, await parkedTwice(endpoint), endpoint);
    makeSlow();
    hand('fresh', Object.fromEntries(Array.from({ length: 5 }, (_, at) => [at, recordOf(aDelivery(endpoint))])));
    await settle();
    // Two of the four places wait for what was asked for.
    expect(log.of(TOPICS.parked)).toHaveLength(3);
    hand('returning', {
      first: recordOf(aDelivery(endpoint, { parkedOffset: 7 })),
      second: recordOf(aDelivery(endpoint, { parkedOffset: 9 })),
    });
    await settle();
    expect(log.of(TOPICS.parked)).toHaveLength(3);
  });

  it('is asked for again, later, when it found no room after all', async () => {
    const endpoint = anEndpoint();
    const settings = { DISPATCHER_LANE_CONCURRENCY: '1', DISPATCHER_LANE_QUEUE_BYTES: '1048576' };
    const { dispatch, log, hand, makeSlow } = await open(settings, await parkedTwice(endpoint), endpoint);
    makeSlow();
    const large = `"${'x'.repeat(700_000)}"`;
    hand('returning', {
      fits: recordOf(aDelivery(endpoint, { parkedOffset: 7 }), large),
      doesNot: recordOf(aDelivery(endpoint, { parkedOffset: 9 }), large),
    });
    await settle();
    expect(memoryOf(log).parked).toEqual({ oldestOffset: 0, newestOffset: 0, count: 1 });
    expect(memoryOf(log).demand).toEqual({ sequence: 2, fromOffset: 7, limit: 0 });
    dispatch.tick();
    await settle();
    expect(memoryOf(log).demand).toEqual({ sequence: 3, fromOffset: 0, limit: 1 });
  });

  it('is no longer asked for once the endpoint is switched off', async () => {
    const endpoint = anEndpoint();
    const { log, put, hand } = await open({}, await parkedTwice(endpoint), endpoint);
    await settle();
    expect(memoryOf(log).demand).toEqual({ sequence: 1, fromOffset: 7, limit: 2 });
    put({ ...endpoint, version: 2, disabled: true });
    await settle();
    expect(memoryOf(log).demand).toEqual({ sequence: 2, fromOffset: 7, limit: 0 });
    // On its way already: parked again.
    hand('returning', { back: recordOf(aDelivery(endpoint, { parkedOffset: 7 })) });
    await settle();
    expect(memoryOf(log).parked).toMatchObject({ count: 2 });
  });

  it('is asked for by more than one at a time, although a crash left too small a count', async () => {
    const endpoint = anEndpoint();
    const log = new MemoryLog();
    const memory = {
      ...emptyLane(endpoint.id, endpoint.applicationId),
      parked: { oldestOffset: 7, newestOffset: 400, count: 1 },
    };
    await log.append({ topic: TOPICS.lanes, key: endpoint.id, value: encodeLane(memory) });
    await open({}, log, endpoint);
    await settle();
    expect(memoryOf(log).demand).toEqual({ sequence: 1, fromOffset: 7, limit: 16 });
  });

  it('is asked for, and refused, while the breaker is open: the clock of its schedule runs on', async () => {
    const endpoint = anEndpoint();
    const log = new MemoryLog();
    let memory: LaneMemory = {
      ...emptyLane(endpoint.id, endpoint.applicationId),
      breaker: { untilMs: Date.now() + 300_000, openings: 7 },
    };
    for (let offset = 0; offset < 20; offset += 1) memory = afterParking(memory, offset);
    await log.append({ topic: TOPICS.lanes, key: endpoint.id, value: encodeLane(memory) });
    const { hand, sender } = await open({}, log, endpoint);
    await settle();
    expect(memoryOf(log).demand).toEqual({ sequence: 1, fromOffset: 0, limit: 16 });
    const back = Array.from({ length: 16 }, (_, at) => recordOf(aDelivery(endpoint, { parkedOffset: at })));
    hand('returning', Object.fromEntries(back.map((record, at) => [at, record])));
    await settle();
    expect(sender.requests).toHaveLength(0);
    expect(log.facts).toMatchObject(Array(16).fill({ reason: 'breaker-open' }));
    expect(memoryOf(log).demand).toEqual({ sequence: 2, fromOffset: 16, limit: 4 });
  });

  it('is asked for by no more lanes at once than may be outstanding', async () => {
    const endpoints = Array.from({ length: 30 }, () => anEndpoint());
    const log = new MemoryLog();
    for (const endpoint of endpoints) await parkedTwice(endpoint, log);
    const { dispatch, put, hand } = await open({ DISPATCHER_RELEASE_OUTSTANDING: '16' }, log);
    const asking = () => new Set(log.of(TOPICS.lanes).filter(({ value }) => readLane(value ?? Buffer.alloc(0)).demand));
    endpoints.forEach(put);
    await settle();
    expect(asking().size).toBe(8);
    for (const [at, endpoint] of endpoints.entries()) {
      if (!askedBy(log, endpoint)) continue;
      hand('returning', {
        [`${String(at)}a`]: recordOf(aDelivery(endpoint, { parkedOffset: 7 })),
        [`${String(at)}b`]: recordOf(aDelivery(endpoint, { parkedOffset: 9 })),
      });
    }
    dispatch.tick();
    await settle();
    expect(endpoints.filter((endpoint) => askedBy(log, endpoint))).toHaveLength(16);
  });
});

describe('an assignment that is lost before its lanes are known', () => {
  it('makes this process no owner', async () => {
    const endpoint = anEndpoint();
    const { dispatch, log, leases } = await open({}, new MemoryLog(), endpoint);
    leases.returning.lost = true;
    dispatch.revoked([leases.returning]);
    const memory = afterParking(emptyLane(endpoint.id, endpoint.applicationId), 7);
    await log.append({ topic: TOPICS.lanes, key: endpoint.id, value: encodeLane(memory) });
    const next = new Lease(TOPICS.returning);
    const assigning = dispatch.assigned([next]);
    next.lost = true;
    await assigning;
    await settle();
    // An owner would ask for what is parked.
    expect(log.of(TOPICS.lanes)).toHaveLength(1);
  });
});

function memoryOf(log: MemoryLog) {
  return readLane(log.of(TOPICS.lanes).at(-1)?.value ?? Buffer.alloc(0));
}

function askedBy(log: MemoryLog, endpoint: Endpoint): boolean {
  const own = log.of(TOPICS.lanes).filter(({ key }) => key === endpoint.id);
  return own.some(({ value }) => readLane(value ?? Buffer.alloc(0)).demand !== undefined);
}
