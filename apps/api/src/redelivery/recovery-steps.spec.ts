import { describe, expect, it } from '@jest/globals';
import { readDelivery, TOPICS } from '@signpost/contracts';
import { deliveryIdOf, newId } from '@signpost/domain';
import { RecoveryWork, type NumberedRedelivery, type Recovery, type RecoveryBatch } from '@signpost/ports';
import { HeldSink, turn } from '@signpost/testing/held-sink';
import { RecoverySteps } from './recovery-steps.js';

const NOW = Date.UTC(2026, 0, 2);
const endpointId = newId('ep', NOW);
const lease = { id: newId('qtask', NOW), holder: 'one' };

function redelivery(sequence: number): NumberedRedelivery {
  const id = newId('msg', NOW);
  const message = {
    id,
    applicationId: newId('app', NOW),
    eventType: 'a',
    acceptedAtMs: NOW,
    payload: Buffer.from('{}'),
  };
  const deliveryId = deliveryIdOf(id, endpointId);
  return { deliveryId, endpointId, number: 2, attemptsBefore: 3, sequence, takesOver: sequence === 2, message };
}

const recovery: Recovery = {
  id: lease.id,
  organisationId: newId('org', NOW),
  kind: 'redrive',
  selection: { endpointId, since: new Date(0), until: new Date(NOW) },
  by: { kind: 'signpost' },
  onlyWhileHealthy: false,
  status: 'running',
  done: 0,
  delivered: 0,
  failedAgain: 0,
  skipped: { withoutPayload: 0, underWay: 0, tooOften: 0, alreadyOwed: 0 },
  createdAt: new Date(NOW),
  updatedAt: new Date(NOW),
};

function scene(batch: RecoveryBatch) {
  const confirmed: number[] = [];
  const work = {
    next: () => Promise.resolve(batch),
    confirm: (_: unknown, upTo: number) => Promise.resolve(void confirmed.push(upTo)),
  } as Partial<RecoveryWork> as RecoveryWork;
  const sink = new HeldSink();
  const unused = {} as never;
  const steps = new RecoverySteps(work, sink, unused, unused, unused, { perSecond: 500, perDelivery: 20 });
  return { confirmed, sink, taken: steps.next(lease, recovery, 500, 1_000) };
}

describe('the hand-over of a batch', () => {
  const redeliveries = [redelivery(1), redelivery(2)];
  const batch = { kind: 'batch', redeliveries, upTo: 2, endpointId, endpointVersion: 1 } as const;

  it('tells of redeliveries once they are with their lane, and is confirmed once that is told', async () => {
    const { sink, confirmed, taken } = scene(batch);
    await turn();
    expect([sink.of(TOPICS.returning).length, sink.of(TOPICS.journal).length]).toEqual([2, 0]);
    await sink.acknowledgeAll();
    expect([sink.of(TOPICS.journal).length, confirmed]).toEqual([2, []]);
    await sink.acknowledgeAll();
    expect(await taken).toEqual({ kind: 'handed-over', count: 2, by: 'recover' });
    expect(confirmed).toEqual([2]);
  });

  it('says of which an earlier one may be on its way all the same', async () => {
    const { sink, taken } = scene(batch);
    await turn();
    const handed = sink.of(TOPICS.returning).map(({ headers }) => readDelivery(headers).handOver);
    expect(handed).toEqual([
      { kind: 'task', task: lease.id, sequence: 1 },
      { kind: 'task', task: lease.id, sequence: 2, takesOver: true },
    ]);
    for (let time = 0; time < 2; time += 1) await sink.acknowledgeAll();
    await taken;
  });
});
