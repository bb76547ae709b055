import { afterEach, describe, expect, it } from '@jest/globals';
import { headerText, readDelivery, type FateFact, type JournalFact } from '@signpost/contracts';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { Scene } from './scene.js';

const isFate =
  (endpointId: string) =>
  (fact: JournalFact): fact is FateFact =>
    fact.kind === 'fate' && fact.endpointId === endpointId;

describe('the sweep of parked', () => {
  let scene: Scene;
  afterEach(() => scene.close());

  it('sets aside what was never released in time, and leaves the younger where it is', async () => {
    scene = await Scene.open({ RETRY_SCHEDULER_PARKED_MAX_AGE_MS: '4000', RETRY_SCHEDULER_SWEEP_PER_SECOND: '50' });
    await scene.start(retrySchedulerRole);
    const off = await scene.endpoint('/off', { disabled: true });
    const on = await scene.endpoint('/on', { disabled: true });
    const [old, released] = [await scene.deliver(off, 40), await scene.deliver(on, 10)];
    await scene.until('all to be parked', () => scene.parked.length === 50);
    await scene.put({ ...on, version: 2, disabled: false });
    await scene.until('what was released', () => scene.arrivals('/on').size === 10);
    await scene.until('the sweep to begin', () => scene.deadLetters.length > 0);
    const young = await scene.deliver(off, 5);
    await scene.until('the sweep of all that is old', () => scene.facts.filter(isFate(off.id)).length >= 40);

    const fates = scene.facts.filter(isFate(off.id)).slice(0, 40);
    expect(new Set(fates.map(({ deliveryId }) => deliveryId))).toEqual(new Set(old.map(({ id }) => id)));
    expect(fates.every(({ deadLetterReason }) => deadLetterReason === 'parked-too-long')).toBe(true);
    const first = scene.deadLetters[0];
    expect(headerText(first?.headers, 'signpost-dead-letter-reason')).toBe('parked-too-long');
    const lay = scene.parked.find(({ headers }) => readDelivery(headers).id === readDelivery(first?.headers).id);
    expect(Date.now() - (lay?.timestampMs ?? Date.now())).toBeGreaterThanOrEqual(4_000);
    expect(scene.arrivals('/on').size).toBe(released.length);

    // The young ones are swept in their turn, and then the lane remembers nothing of them.
    await scene.until('the sweep of the rest', () => scene.facts.filter(isFate(off.id)).length === 45);
    expect(scene.facts.filter(isFate(off.id)).slice(40)).toHaveLength(young.length);
    await scene.until('a lane with nothing parked', () => scene.memoryOf(off)?.parked === undefined);
    expect(scene.deadLetters).toHaveLength(45);
    expect(scene.facts.filter(isFate(on.id))).toEqual([]);
  });

  it('is not needed for a deleted endpoint, whose parked deliveries are all cancelled by their lane', async () => {
    scene = await Scene.open({ DISPATCHER_LANE_QUEUE: '8' });
    await scene.start(retrySchedulerRole);
    const endpoint = await scene.endpoint('/deleted', { disabled: true });
    const other = await scene.endpoint('/other', { disabled: true });
    await Promise.all([scene.deliver(endpoint, 100), scene.deliver(other, 100)]);
    await scene.until('all to be parked', () => scene.parked.length === 200);
    await scene.until('all to be noted', () => scene.memoryOf(endpoint)?.parked?.count === 100);
    await scene.remove(endpoint);
    await scene.until('their end', () => scene.facts.filter(isFate(endpoint.id)).length >= 100);
    const fates = scene.facts.filter(isFate(endpoint.id));
    expect(new Set(fates.map(({ deliveryId }) => deliveryId)).size).toBe(100);
    expect(new Set(fates.map(({ fate }) => fate))).toEqual(new Set(['cancelled']));
    expect(scene.facts.filter(isFate(other.id))).toEqual([]);
  });
});
