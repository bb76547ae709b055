import { describe, expect, it } from '@jest/globals';
import { deliveryHeaders, headerText, readDelivery, TOPICS, type Delivery } from '@signpost/contracts';
import { deliveryIdOf, newId, type EndpointId, type LaneMemory } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import type { IncomingRecord } from '@signpost/ports';
import { aBatch, HeldSink, turn } from '@signpost/testing/held-sink';
import { Sweep } from './sweep.js';

const applicationId = newId('app', 0);
const [one, two] = [newId('ep', 1), newId('ep', 2)];
const MAX_AGE_MS = 60_000;
const all = { oldestOffset: 0, newestOffset: 1_000, count: 1_000 };

function setup(perSecond = 1_000) {
  const sink = new HeldSink();
  const parked = new Map<EndpointId, LaneMemory['parked']>([[one, all]]);
  const failures: Error[] = [];
  const sweep = new Sweep({
    sink,
    parkedOf: (endpointId) => parked.get(endpointId),
    limits: { maxAgeMs: MAX_AGE_MS, perSecond },
    metrics: new Metrics({ processMetrics: false }),
    log: Log.create('silent', 'test'),
    onFatal: (error) => failures.push(error),
  });
  return { sink, sweep, parked, failures };
}

function parkedRecord(offset: number, endpointId: EndpointId, ageMs: number): Partial<IncomingRecord> {
  const messageId = newId('msg', 1);
  const delivery: Delivery = {
    id: deliveryIdOf(messageId, endpointId),
    messageId,
    applicationId,
    endpointId,
    endpointVersion: 1,
    eventType: 'a',
    acceptedAtMs: 1,
    attempt: 3,
    wait: { next: [], dueAtMs: 1 },
  };
  const timestampMs = Date.now() - ageMs;
  return {
    offset,
    timestampMs,
    key: Buffer.from(endpointId),
    headers: deliveryHeaders(delivery),
    value: Buffer.from('{}'),
  };
}

describe('Sweep', () => {
  it('hands back what lay too long and was not released, and has it done once that is durable', async () => {
    const { sink, sweep } = setup();
    const old = MAX_AGE_MS + 1_000;
    const { batch, done } = aBatch(TOPICS.parked, [
      parkedRecord(4, one, old),
      parkedRecord(5, two, old),
      parkedRecord(6, one, 1_000),
      parkedRecord(7, two, 1_000),
    ]);
    sweep.take(batch);
    sweep.turn(Date.now());
    await turn();
    const handed = sink.of(TOPICS.returning).map(({ headers }) => readDelivery(headers));
    expect(handed).toMatchObject([{ endpointId: one, parkedOffset: 4, parkedTooLong: true, attempt: 3 }]);
    expect(handed[0]).not.toHaveProperty('wait');
    expect([sink.held.length, done]).toEqual([1, []]);
    await sink.acknowledgeAll();
    expect(done).toEqual([4, 5]);
    sweep.turn(Date.now() + MAX_AGE_MS);
    await sink.acknowledgeAll();
    expect(done).toEqual([4, 5, 6, 7]);
    sweep.onModuleDestroy();
  });

  it('hands back no more a second than it may, and leaves alone what was released without waiting for that', async () => {
    const { sink, sweep } = setup(40);
    const old = MAX_AGE_MS + 1_000;
    const records = Array.from({ length: 150 }, (_, at) => parkedRecord(at, at < 100 ? two : one, old));
    const { batch, done } = aBatch(TOPICS.parked, records);
    sweep.take(batch);
    await turn();
    expect([done.length, sink.held.length]).toEqual([100, 0]);
    for (let quarter = 1; quarter <= 4; quarter += 1) {
      sweep.turn(Date.now());
      expect(sink.held).toHaveLength(quarter * 10);
    }
    sweep.onModuleDestroy();
  });

  it('hands over nothing twice when its partition comes back to it, and waits for what it handed over before', async () => {
    const { sink, sweep } = setup();
    const first = aBatch(TOPICS.parked, [parkedRecord(0, one, MAX_AGE_MS + 1)]);
    sweep.take(first.batch);
    sweep.turn(Date.now());
    first.lease.lost = true;
    sweep.revoked([first.lease]);
    const second = aBatch(TOPICS.parked, [parkedRecord(0, one, MAX_AGE_MS + 1)]);
    sweep.take(second.batch);
    sweep.turn(Date.now());
    await turn();
    expect([sink.held.length, second.done]).toEqual([1, []]);
    await sink.acknowledgeAll();
    expect([sink.held.length, second.done]).toEqual([1, [0]]);
    sweep.onModuleDestroy();
  });

  it('hands over nothing of a partition that it lost, and nothing once it stops', () => {
    const { sink, sweep } = setup();
    const lost = aBatch(TOPICS.parked, [parkedRecord(0, one, 0)]);
    sweep.take(lost.batch);
    sweep.revoked([lost.lease]);
    sweep.turn(Date.now() + MAX_AGE_MS);
    sweep.onModuleDestroy();
    sweep.take(aBatch(TOPICS.parked, [parkedRecord(1, one, MAX_AGE_MS + 1)]).batch);
    sweep.turn(Date.now());
    expect(sink.held).toHaveLength(0);
  });

  it('sets aside what it cannot read, with the reason', async () => {
    const { sink, sweep } = setup();
    const { batch, done } = aBatch(TOPICS.parked, [{ ...parkedRecord(0, one, MAX_AGE_MS + 1), headers: {} }]);
    sweep.take(batch);
    sweep.turn(Date.now());
    const [letter] = sink.of(TOPICS.deadLetter);
    expect(headerText(letter?.headers, 'signpost-dead-letter-reason')).toBe('unreadable');
    await sink.acknowledgeAll();
    expect(done).toEqual([0]);
    sweep.onModuleDestroy();
  });

  it('ends its process when what it hands over is refused', async () => {
    const { sink, sweep, failures } = setup();
    sweep.take(aBatch(TOPICS.parked, [parkedRecord(0, one, MAX_AGE_MS + 1)]).batch);
    sweep.turn(Date.now());
    sink.held[0]?.refuse(new Error('closed'));
    await turn();
    expect(failures).toHaveLength(1);
    sweep.onModuleDestroy();
  });
});
