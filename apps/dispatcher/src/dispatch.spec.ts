import { describe, expect, it } from '@jest/globals';
import { encodeLane, headerText, readDelivery, readLane, TOPICS } from '@signpost/contracts';
import { emptyLane } from '@signpost/domain';
import { Webhook } from 'standardwebhooks';
import { aDelivery, anEndpoint, answered, BOX, MemoryLog, open, recordOf, settle } from './dispatch.fixture.js';

describe('an attempt', () => {
  it('is signed over the payload as it came, and done once its fact is durable', async () => {
    const { endpoint, hand, sender, log, done } = await open();
    const delivery = aDelivery(endpoint);
    const payload = '{ "type":"message.sent",  "data":{"text":"Grüße"} }';
    log.hold(TOPICS.journal);
    hand('fresh', { only: recordOf(delivery, payload) });
    const [sent] = sender.requests;
    expect(sent?.request.url).toBe(endpoint.url);
    expect(sent?.request.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': delivery.messageId,
    });
    const secret = BOX.open(endpoint.secrets[0] ?? '').toString();
    expect(new Webhook(secret).verify(sent?.request.body.toString() ?? '', { ...sent?.request.headers })).toBeDefined();
    expect(sent?.request.body.toString()).toBe(payload);
    sent?.answer(answered(204));
    await settle();
    expect(log.facts).toMatchObject([
      { kind: 'attempt', attempt: 1, outcome: 'delivered', fate: 'delivered', status: 204 },
    ]);
    expect(done).toEqual([]);
    log.release(TOPICS.journal);
    await settle();
    expect(done).toEqual(['only']);
  });

  it('that failed goes to its tier, with the next number and the hops that are left', async () => {
    const { endpoint, hand, sender, log, done } = await open();
    log.hold(TOPICS.retry('10s'));
    hand('returning', { only: recordOf(aDelivery(endpoint, { attempt: 2, wait: { next: [], dueAtMs: 1 } })) });
    sender.requests[0]?.answer(answered(503));
    await settle();
    const waiting = readDelivery(log.of(TOPICS.retry('10s'))[0]?.headers);
    expect(waiting).toMatchObject({ attempt: 3, wait: { next: ['5s'] } });
    expect(log.facts).toMatchObject([
      { attempt: 2, outcome: 'failed', reason: 'http:503', nextAttemptAtMs: waiting.wait?.dueAtMs },
    ]);
    expect(log.facts[0]).not.toHaveProperty('fate');
    expect(done).toEqual([]);
    log.release(TOPICS.retry('10s'));
    await settle();
    expect(done).toEqual(['only']);
  });

  it('after the last of the schedule ends in the dead letters', async () => {
    const { endpoint, hand, sender, log, done } = await open();
    log.hold(TOPICS.deadLetter);
    hand('fresh', { only: recordOf(aDelivery(endpoint, { attempt: 3 }), '{"a":1}') });
    sender.requests[0]?.answer({ kind: 'timeout', phase: 'first-byte', timing: { totalMs: 9 } });
    await settle();
    expect(done).toEqual([]);
    log.release(TOPICS.deadLetter);
    await settle();
    const [letter] = log.of(TOPICS.deadLetter);
    expect(letter?.value?.toString()).toBe('{"a":1}');
    expect(letter?.headers).toMatchObject({
      'signpost-dead-letter-reason': 'attempts-exhausted',
      'signpost-last-failure': 'timeout:first-byte',
      'kafka_dlt-original-topic': TOPICS.deliveries,
    });
    expect(log.facts).toMatchObject([{ fate: 'dead-lettered', deadLetterReason: 'attempts-exhausted' }]);
    expect(done).toEqual(['only']);
  });

  it('is not begun while Kafka has too many others to take down', async () => {
    const { endpoint, hand, sender, log } = await open({ DISPATCHER_MAX_IN_FLIGHT: '2' });
    sender.always = answered(200);
    log.hold(TOPICS.journal);
    hand('fresh', Object.fromEntries(Array.from({ length: 20 }, (_, at) => [at, recordOf(aDelivery(endpoint))])));
    await settle();
    expect(sender.requests).toHaveLength(4);
    log.release(TOPICS.journal);
    await settle();
    expect(sender.requests).toHaveLength(20);
  });

  it('that an open breaker refuses waits for Kafka to take others down: a kill would repeat them all', async () => {
    const log = new MemoryLog();
    const endpoint = anEndpoint();
    const breaker = { untilMs: Date.now() + 300_000, openings: 7 };
    const memory = { ...emptyLane(endpoint.id, endpoint.applicationId), breaker };
    await log.append({ topic: TOPICS.lanes, key: endpoint.id, value: encodeLane(memory) });
    const { hand, done } = await open({}, log, endpoint);
    log.hold(TOPICS.journal);
    hand('fresh', Object.fromEntries(Array.from({ length: 700 }, (_, at) => [at, recordOf(aDelivery(endpoint))])));
    await settle();
    expect(log.facts).toHaveLength(256);
    log.release(TOPICS.journal);
    await settle();
    expect(done).toHaveLength(700);
  });

  it('that cannot be signed is not made, and counts as failed', async () => {
    const sealedElsewhere = anEndpoint({ secrets: ['v1.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'] });
    const { endpoint, hand, sender, log, done } = await open({}, new MemoryLog(), sealedElsewhere);
    hand('fresh', { only: recordOf(aDelivery(endpoint)) });
    await settle();
    expect(sender.requests).toHaveLength(0);
    expect(log.facts).toMatchObject([{ outcome: 'failed', reason: 'secret-unreadable' }]);
    expect(log.of(TOPICS.retry('5s'))).toHaveLength(1);
    expect(done).toEqual(['only']);
  });

  it('in which the sender itself fails is retried like any other', async () => {
    const { endpoint, hand, sender, log, done } = await open();
    sender.always = new Error('a bug');
    hand('fresh', { only: recordOf(aDelivery(endpoint)) });
    await settle();
    expect(log.facts).toMatchObject([{ outcome: 'failed', reason: 'network:INTERNAL' }]);
    expect(done).toEqual(['only']);
  });

  it('and so is one in which it fails before it has begun', async () => {
    const { endpoint, hand, sender, log, done } = await open();
    sender.send = () => {
      throw new Error('a bug');
    };
    hand('fresh', { only: recordOf(aDelivery(endpoint)) });
    await settle();
    expect(log.facts).toMatchObject([{ outcome: 'failed', reason: 'network:INTERNAL' }]);
    expect(done).toEqual(['only']);
  });
});

describe('a lost assignment', () => {
  it('lets a request under way be told of, and nothing follow from it', async () => {
    const { endpoint, hand, sender, log, leases, dispatch, done } = await open();
    hand('fresh', { delivered: recordOf(aDelivery(endpoint)), failed: recordOf(aDelivery(endpoint)) });
    leases.fresh.lost = true;
    dispatch.revoked([leases.fresh]);
    sender.requests[0]?.answer(answered(200));
    sender.requests[1]?.answer(answered(500));
    await settle();
    expect(log.facts).toMatchObject([{ outcome: 'delivered' }, { outcome: 'failed', reason: 'http:500' }]);
    for (const fact of log.facts) {
      expect(fact).not.toHaveProperty('fate');
      expect(fact).not.toHaveProperty('nextAttemptAtMs');
    }
    expect(log.of(TOPICS.retry('5s'))).toHaveLength(0);
    expect(done).toEqual([]);
  });

  it.each([true, false])('takes what is queued with it, be it told of (%s) or not yet', async (told) => {
    const { endpoint, hand, sender, leases, dispatch, metrics } = await open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    hand('fresh', { first: recordOf(aDelivery(endpoint)), second: recordOf(aDelivery(endpoint)) });
    leases.fresh.lost = true;
    if (told) dispatch.revoked([leases.fresh]);
    // Memory is given back at once, and not when the lane has its next turn.
    expect(await metrics.registry.metrics()).toContain(`signpost_lane_queued_deliveries ${told ? '0' : '1'}`);
    sender.requests[0]?.answer(answered(200));
    await settle();
    expect(sender.requests).toHaveLength(1);
  });
});

describe('an endpoint', () => {
  it('that is deleted has its deliveries cancelled', async () => {
    const { endpoint, view, hand, log, done, sender } = await open();
    view.apply({ kind: 'endpoint', id: endpoint.id, version: 2, state: undefined });
    hand('fresh', { only: recordOf(aDelivery(endpoint)) });
    await settle();
    expect(log.facts).toMatchObject([{ kind: 'fate', fate: 'cancelled' }]);
    expect({ done, requests: sender.requests.length }).toEqual({ done: ['only'], requests: 0 });
  });

  it('of a version not yet known is waited for', async () => {
    const { endpoint, put, hand, sender, refreshes } = await open();
    const moved = { ...endpoint, version: 2, url: 'https://example.com/moved' };
    hand('fresh', { only: recordOf(aDelivery(moved)) });
    await settle();
    expect(sender.requests).toHaveLength(0);
    put(moved);
    refreshes[0]?.();
    await settle();
    expect(sender.requests[0]?.request.url).toBe(moved.url);
  });

  it('that nobody knows, even after looking, is deleted', async () => {
    const { hand, log, refreshes } = await open();
    hand('fresh', { only: recordOf(aDelivery(anEndpoint())) });
    await settle();
    expect(log.facts).toEqual([]);
    refreshes[0]?.();
    await settle();
    expect(log.facts).toMatchObject([{ kind: 'fate', fate: 'cancelled' }]);
  });

  it('that answers 410 is switched off before the delivery is done, and the rest is parked', async () => {
    const { endpoint, hand, sender, log, done } = await open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    log.hold(TOPICS.lanes);
    hand('fresh', { gone: recordOf(aDelivery(endpoint)), rest: recordOf(aDelivery(endpoint)) });
    sender.requests[0]?.answer(answered(410));
    await settle();
    expect(readLane(log.of(TOPICS.lanes)[0]?.value ?? Buffer.alloc(0)).disabled).toMatchObject({
      reason: 'gone',
      endpointVersion: 1,
    });
    expect(log.facts).toMatchObject([
      { kind: 'endpoint', state: 'disabled', reason: 'gone' },
      { fate: 'dead-lettered', deadLetterReason: 'gone' },
      { kind: 'parked', reason: 'endpoint-disabled' },
    ]);
    expect(done).toEqual([]);
    log.release(TOPICS.lanes);
    await settle();
    expect(done.sort()).toEqual(['gone', 'rest']);
    expect(sender.requests).toHaveLength(1);
  });

  it('that its owner switches on again gets what was parked', async () => {
    const { endpoint, put, hand, log } = await open({}, new MemoryLog(), anEndpoint({ disabled: true }));
    hand('fresh', { only: recordOf(aDelivery(endpoint)) });
    await settle();
    expect(memoryOf(log)).toMatchObject({ parked: { oldestOffset: 0, newestOffset: 0, count: 1 } });
    expect(memoryOf(log)).not.toHaveProperty('demand');
    put({ ...endpoint, version: 2, disabled: false });
    await settle();
    expect(memoryOf(log)).toMatchObject({ demand: { sequence: 1, fromOffset: 0, limit: 1 } });
  });
});

describe('a record that is no delivery', () => {
  it('is set aside with the reason and stops nothing', async () => {
    const { endpoint, hand, log, done, sender } = await open();
    sender.always = answered(200);
    const noPayload = { ...recordOf(aDelivery(endpoint)), value: null };
    hand('fresh', {
      strange: { headers: { other: 'kept' }, value: Buffer.from('x') },
      noPayload,
      good: recordOf(aDelivery(endpoint)),
    });
    await settle();
    expect(done.sort()).toEqual(['good', 'noPayload', 'strange']);
    expect(log.of(TOPICS.deadLetter)).toHaveLength(2);
    const [{ headers, value } = { headers: {}, value: null }] = log.of(TOPICS.deadLetter);
    expect(headerText(headers, 'signpost-dead-letter-reason')).toBe('unreadable');
    expect(headerText(headers, 'other')).toBe('kept');
    expect(value?.toString()).toBe('x');
  });
});

describe('a stop', () => {
  it('waits for what is under way, sends nothing more, and leaves the rest undone', async () => {
    const { endpoint, hand, dispatch, sender, done } = await open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    hand('fresh', { first: recordOf(aDelivery(endpoint)), second: recordOf(aDelivery(endpoint)) });
    let stopped = false;
    const stopping = dispatch.stop(60_000).then(() => (stopped = true));
    await settle();
    expect(stopped).toBe(false);
    sender.requests[0]?.answer(answered(200));
    await stopping;
    expect(done).toEqual(['first']);
    expect(sender.requests).toHaveLength(1);
  });

  it('does not wait for ever', async () => {
    const { endpoint, hand, dispatch } = await open();
    hand('fresh', { only: recordOf(aDelivery(endpoint)) });
    await dispatch.stop(10);
  });
});

function memoryOf(log: MemoryLog) {
  return readLane(log.of(TOPICS.lanes).at(-1)?.value ?? Buffer.alloc(0));
}
