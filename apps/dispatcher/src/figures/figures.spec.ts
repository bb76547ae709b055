import { describe, expect, it } from '@jest/globals';
import { encodeLane, TOPICS, type Delivery } from '@signpost/contracts';
import { emptyLane, type AttemptResult, type AttemptTiming, type LaneMemory } from '@signpost/domain';
import { Scraped } from '@signpost/testing';
import {
  aDelivery,
  anEndpoint,
  answered,
  Lease,
  MemoryLog,
  open,
  PARTITION,
  recordOf,
  settle,
} from '../dispatch.fixture.js';

type Opened = Awaited<ReturnType<typeof open>>;

/** Attempts by the metrics of one dispatcher. */
async function scene(log: MemoryLog = new MemoryLog(), endpoint = anEndpoint()) {
  const opened = await open({}, log, endpoint);
  const scraped = async () => new Scraped(await opened.metrics.registry.metrics());
  const stage = async (name: string) => {
    const all = await scraped();
    const of = (what: string) => all.of(`signpost_stage_duration_seconds_${what}`, { stage: name });
    return of('count') === undefined ? undefined : { count: of('count'), sum: of('sum') };
  };
  const firsts = async (state: string, result: string) =>
    (await scraped()).of('signpost_first_attempts_total', { endpoint: state, result });
  return { ...opened, scraped, stage, firsts, log, endpoint };
}

/** One attempt, answered so. `writtenAtMs`: of its record. */
async function attempt(
  { endpoint, hand, sender }: Pick<Opened, 'endpoint' | 'hand' | 'sender'>,
  result: AttemptResult,
  changes: Partial<Delivery> = {},
  { order = 'fresh', writtenAtMs = Date.now() }: { order?: 'fresh' | 'returning'; writtenAtMs?: number } = {},
): Promise<void> {
  const record = {
    ...recordOf(aDelivery(endpoint, { acceptedAtMs: Date.now(), ...changes })),
    timestampMs: writtenAtMs,
  };
  const asked = sender.requests.length;
  hand(order, { [String(asked)]: record });
  await settle();
  sender.requests[asked]?.answer(result);
  await settle();
}

const took = (timing: Partial<AttemptTiming>): AttemptResult => ({
  kind: 'response',
  status: 200,
  body: '',
  timing: { totalMs: 5, ...timing },
});
const failures = (agoMs: number) => ({
  firstAtMs: Date.now() - agoMs,
  lastAtMs: Date.now() - agoMs,
  last: 'http:500',
});

describe("a delivery's way", () => {
  it('is split into stages: match and queue before the first attempt', async () => {
    const one = await scene();
    const nowMs = Date.now();
    await attempt(one, took({}), { acceptedAtMs: nowMs - 9_000 }, { writtenAtMs: nowMs - 8_000 });
    expect(await one.stage('match')).toEqual({ count: 1, sum: 1 });
    const queue = await one.stage('queue');
    expect(queue?.count).toBe(1);
    expect(queue?.sum).toBeGreaterThanOrEqual(8);
    expect(await one.stage('wait')).toBeUndefined();
  });

  it('and of the attempt itself those that it had', async () => {
    const one = await scene();
    await attempt(one, took({ lookupMs: 10, connectMs: 20, tlsMs: 30, firstByteMs: 40 }));
    await attempt(one, took({ firstByteMs: 60 }));
    expect(await one.stage('lookup')).toEqual({ count: 1, sum: 0.01 });
    expect(await one.stage('connect')).toEqual({ count: 1, sum: 0.02 });
    expect(await one.stage('tls')).toEqual({ count: 1, sum: 0.03 });
    expect(await one.stage('first-byte')).toEqual({ count: 2, sum: 0.1 });
  });

  it('never takes less than no time, however far the clocks of others are ahead', async () => {
    const one = await scene();
    const ahead = Date.now() + 3_600_000;
    await attempt(one, took({}), { acceptedAtMs: ahead + 60_000 }, { writtenAtMs: ahead });
    await attempt(one, took({}), { attempt: 2, failures: failures(-3_600_000) }, { order: 'returning' });
    for (const stage of ['match', 'queue', 'wait']) expect(await one.stage(stage)).toEqual({ count: 1, sum: 0 });
  });

  it('waits from the failure before to the next attempt', async () => {
    const one = await scene();
    await attempt(one, took({}), { attempt: 2, failures: failures(7_000) }, { order: 'returning' });
    const wait = await one.stage('wait');
    expect(wait?.count).toBe(1);
    expect(wait?.sum).toBeGreaterThanOrEqual(7);
    expect(await one.stage('match')).toBeUndefined();
  });

  it.each<[string, Partial<Delivery>]>([
    ['lay in parked', { parkedOffset: 3 }],
    ['lay in parked between two attempts', { parkedOffset: 3, attempt: 2, failures: failures(9) }],
    ['was asked for again', { redelivery: { number: 1, attemptsBefore: 0 } }],
  ])('of what %s is split no further than its attempt', async (_, changes) => {
    const log = new MemoryLog();
    const endpoint = anEndpoint();
    const parked = { oldestOffset: 3, newestOffset: 9, count: 2 };
    await log.append(laneRecord({ ...emptyLane(endpoint.id, endpoint.applicationId), parked }));
    const one = await scene(log, endpoint);
    await attempt(one, took({ firstByteMs: 1 }), changes, { order: 'returning' });
    expect(await one.stage('first-byte')).toMatchObject({ count: 1 });
    for (const stage of ['match', 'queue', 'wait']) expect(await one.stage(stage)).toBeUndefined();
  });
});

describe('first attempts', () => {
  it('are told apart by what came of them, and by how their endpoint was before', async () => {
    const one = await scene();
    await attempt(one, answered(200));
    await attempt(one, answered(200), { acceptedAtMs: Date.now() - 60_000 });
    await attempt(one, answered(500));
    expect(await one.firsts('healthy', 'in-time')).toBe(1);
    expect(await one.firsts('healthy', 'late')).toBe(1);
    expect(await one.firsts('healthy', 'failed')).toBe(1);
    // Since its last success it has failed.
    await attempt(one, answered(200));
    expect(await one.firsts('unwell', 'in-time')).toBe(1);
    await attempt(one, answered(200));
    expect(await one.firsts('healthy', 'in-time')).toBe(2);
  });

  it.each<[string, Partial<Delivery>]>([
    ['a later attempt', { attempt: 2 }],
    ['what was asked for again', { redelivery: { number: 1, attemptsBefore: 0 } }],
    ['what came above its quota', { isOverQuota: true }],
  ])('are not counted of %s', async (_, changes) => {
    const one = await scene();
    await attempt(one, answered(200), changes);
    const all = await one.scraped();
    const counted = all.series.filter((name) => name.startsWith('signpost_first_attempts_total'));
    expect(counted).toHaveLength(6);
    expect(all.of('signpost_attempts_total', { outcome: 'delivered' })).toBe(1);
    expect(await one.firsts('healthy', 'in-time')).toBe(0);
    expect(await one.firsts('unwell', 'in-time')).toBe(0);
  });

  it('that an open breaker refuses failed, of an endpoint that is unwell', async () => {
    const log = new MemoryLog();
    const endpoint = anEndpoint();
    const breaker = { untilMs: Date.now() + 300_000, openings: 7 };
    await log.append(laneRecord({ ...emptyLane(endpoint.id, endpoint.applicationId), breaker }));
    const one = await scene(log, endpoint);
    await attempt(one, answered(200));
    expect(await one.firsts('unwell', 'failed')).toBe(1);
    expect(await one.stage('queue')).toBeUndefined();
    expect((await one.scraped()).of('signpost_lanes', { state: 'open' })).toBe(1);
  });

  it('of what lay in parked are those of an endpoint that is unwell', async () => {
    const log = new MemoryLog();
    const endpoint = anEndpoint();
    const parked = { oldestOffset: 3, newestOffset: 9, count: 2 };
    await log.append(laneRecord({ ...emptyLane(endpoint.id, endpoint.applicationId), parked }));
    const one = await scene(log, endpoint);
    await attempt(one, answered(200), { parkedOffset: 3 }, { order: 'returning' });
    expect(await one.firsts('unwell', 'in-time')).toBe(1);
  });
});

const laneRecord = (memory: LaneMemory) => ({ topic: TOPICS.lanes, key: memory.endpointId, value: encodeLane(memory) });

describe('what lies in parked, and lanes that are switched off', () => {
  const waiting = async (one: Awaited<ReturnType<typeof scene>>) => {
    const all = await one.scraped();
    return [all.of('signpost_parked_deliveries'), all.of('signpost_lanes', { state: 'disabled' })];
  };

  it('are counted as they come and go, and belong to whoever has their partition', async () => {
    const endpoint = anEndpoint({ disabled: true });
    const one = await scene(new MemoryLog(), endpoint);
    const records = Array.from({ length: 5 }, (_, at) => [String(at), recordOf(aDelivery(endpoint))] as const);
    one.hand('fresh', Object.fromEntries(records));
    await settle();
    expect(await waiting(one)).toEqual([5, 0]);
    // Another assignment finds them in the topic.
    const again = new Lease(TOPICS.returning);
    one.dispatch.revoked([one.leases.fresh, one.leases.returning]);
    expect(await waiting(one)).toEqual([0, 0]);
    await one.dispatch.assigned([again]);
    expect(again.partition).toBe(PARTITION);
    expect(await waiting(one)).toEqual([5, 0]);
  });

  it('are no more once they are back, or their owner has switched them on again', async () => {
    const one = await scene();
    await attempt(one, answered(410));
    one.hand('fresh', { one: recordOf(aDelivery(one.endpoint)), two: recordOf(aDelivery(one.endpoint)) });
    await settle();
    expect(await waiting(one)).toEqual([2, 1]);
    one.put({ ...one.endpoint, version: 2 });
    await settle();
    expect(await waiting(one)).toEqual([2, 0]);
    const [, last] = one.log.of(TOPICS.parked);
    const demand = 1;
    one.hand('returning', {
      back: recordOf(aDelivery(one.endpoint, { parkedOffset: one.log.of(TOPICS.parked).length - 1, demand })),
    });
    await settle();
    expect(last).toBeDefined();
    expect(await waiting(one)).toEqual([0, 0]);
  });
});
