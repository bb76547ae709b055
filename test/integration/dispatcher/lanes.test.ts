import { afterEach, describe, expect, it } from '@jest/globals';
import type { JournalFact } from '@signpost/contracts';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { until } from '@signpost/testing';
import { Scene } from './scene.js';

const ofKind =
  (kind: JournalFact['kind'], endpointId: string) =>
  (fact: JournalFact): boolean =>
    fact.kind === kind && fact.kind !== 'matched' && fact.endpointId === endpointId;

const SMALL = { DISPATCHER_LANE_QUEUE: '8', DISPATCHER_LANE_CONCURRENCY: '2', DISPATCHER_RELEASE_PATIENCE_MS: '2000' };

describe("the dispatcher's lanes", () => {
  let scene: Scene;
  afterEach(() => scene.close());

  it('let quick endpoints be while one is slow to answer', async () => {
    scene = await Scene.open({ ...SMALL, SHUTDOWN_GRACE_MS: '100' });
    await scene.start();
    scene.receiver.playAt('/slow', { status: 200, delayMs: 20_000 });
    const slow = await scene.endpoint('/slow');
    const quick = await Promise.all([1, 2, 3, 4].map((number) => scene.endpoint(`/quick-${String(number)}`)));
    await scene.deliver(slow, 40);
    await scene.receiver.received(2, '/slow');
    for (const endpoint of quick) await scene.deliver(endpoint, 5);
    for (const { url } of quick) await scene.receiver.received(5, new URL(url).pathname, 10_000);
    // No more than the lane's own concurrency is under way, what its queue cannot hold is parked, nothing is lost.
    expect(scene.arrivals('/slow').size).toBe(2);
    const parked = await scene.facts$(30, ofKind('parked', slow.id));
    expect(parked.every((fact) => fact.kind === 'parked' && fact.reason === 'lane-full')).toBe(true);
    await scene.until('a memory of thirty', () => scene.memoryOf(slow)?.parked?.count === 30);
  });

  it('let an endpoint be whose neighbour at the same origin stops answering with all under way that it may have', async () => {
    scene = await Scene.open({ SHUTDOWN_GRACE_MS: '100' });
    await scene.start();
    const busy = await scene.endpoint('/busy');
    const neighbour = await scene.endpoint('/neighbour');
    // Answered at once, so that its lane may have as many under way as any.
    await scene.deliver(busy, 500);
    await scene.until('five hundred answers', () => scene.arrivals('/busy').size === 500);
    scene.receiver.playAt('/busy', { status: 200, delayMs: 19_000 });
    await scene.deliver(busy, 200);
    await scene.until('a full lane', () => scene.arrivals('/busy').size === 564);
    await scene.deliver(neighbour, 5);
    await scene.receiver.received(5, '/neighbour', 10_000);
    expect(scene.arrivals('/busy').size).toBe(564);
  });

  it('get what they parked back from the scheduler as they have room, until each delivery has arrived', async () => {
    scene = await Scene.open({ ...SMALL, DISPATCHER_LANE_CONCURRENCY: '32' });
    // Slow by any measure, so that its lane is bounded.
    scene.receiver.playAt('/steady', { status: 200, delayMs: 1_100 });
    const endpoint = await scene.endpoint('/steady');
    const deliveries = await scene.deliver(endpoint, 100);
    await scene.start(retrySchedulerRole);
    await scene.until('every delivery', () => scene.arrivals('/steady').size === 100);
    expect([...scene.arrivals('/steady').keys()].sort()).toEqual(deliveries.map(({ messageId }) => messageId).sort());
    expect([...scene.arrivals('/steady').values()].every((count) => count === 1)).toBe(true);
    await scene.until('the lane to have nothing parked', () => scene.memoryOf(endpoint)?.parked === undefined);
    expect(scene.memoryOf(endpoint)?.demand?.sequence).toBeGreaterThan(1);
    await scene.facts$(100, ofKind('attempt', endpoint.id));
  });

  it('switch an endpoint off that answers 410, park the rest, and deliver it once its owner has mended it', async () => {
    scene = await Scene.open(SMALL);
    await scene.start();
    await scene.serveDemands();
    scene.receiver.playAt('/gone', 410);
    const endpoint = await scene.endpoint('/gone');
    await scene.deliver(endpoint);
    await scene.until('the lane to remember', () => scene.memoryOf(endpoint)?.disabled);
    expect(scene.memoryOf(endpoint)?.disabled).toMatchObject({ reason: 'gone', endpointVersion: 1 });
    expect(scene.facts.filter(ofKind('attempt', endpoint.id))).toMatchObject([
      { fate: 'dead-lettered', deadLetterReason: 'gone' },
    ]);
    await scene.deliver(endpoint, 5);
    await scene.facts$(5, ofKind('parked', endpoint.id));
    expect(scene.arrivals('/gone').size).toBe(1);
    scene.receiver.playAt('/gone', 200);
    await scene.put({ ...endpoint, version: 2 });
    await scene.until('the parked deliveries', () => scene.arrivals('/gone').size === 6);
    await scene.until('an empty memory', () => {
      const memory = scene.memoryOf(endpoint);
      return memory?.parked === undefined && memory?.disabled === undefined;
    });
  });

  it('keep what is parked for a disabled endpoint across processes, and cancel it when the endpoint is deleted', async () => {
    scene = await Scene.open(SMALL);
    const endpoint = await scene.endpoint('/off', { disabled: true });
    const first = await scene.start();
    await scene.deliver(endpoint, 3);
    await scene.facts$(3, ofKind('parked', endpoint.id));
    await scene.until('three in memory', () => scene.memoryOf(endpoint)?.parked?.count === 3);
    await first.stop();
    await scene.serveDemands();
    await scene.start();
    await scene.deliver(endpoint, 1);
    await scene.until('four in memory', () => scene.memoryOf(endpoint)?.parked?.count === 4);
    await scene.remove(endpoint);
    await scene.facts$(4, ofKind('fate', endpoint.id));
    // Nothing remains to be remembered of an endpoint that is no more.
    await until(() => scene.lanes.at(-1)?.value === null, { timeoutMs: 30_000, what: 'the lane to be forgotten' });
    expect(scene.arrivals('/off').size).toBe(0);
  });

  it('ask again when nothing comes of a demand', async () => {
    scene = await Scene.open({ ...SMALL, DISPATCHER_RELEASE_PATIENCE_MS: '500' });
    const endpoint = await scene.endpoint('/asked', { disabled: true });
    await scene.start();
    await scene.deliver(endpoint, 3);
    await scene.until('three in memory', () => scene.memoryOf(endpoint)?.parked?.count === 3);
    await scene.put({ ...endpoint, version: 2, disabled: false });
    await scene.until('a second demand', () => (scene.memoryOf(endpoint)?.demand?.sequence ?? 0) >= 2);
    expect(scene.memoryOf(endpoint)?.demand).toMatchObject({ limit: 3 });
    await scene.serveDemands();
    await scene.until('the parked deliveries', () => scene.arrivals('/asked').size === 3);
  });

  it('finish what is under way at a stop, and hand the rest to the next process', async () => {
    scene = await Scene.open(SMALL);
    await scene.serveDemands();
    scene.receiver.playAt('/handover', { status: 200, delayMs: 300 });
    const endpoint = await scene.endpoint('/handover');
    await scene.deliver(endpoint, 20);
    const first = await scene.start();
    await scene.receiver.received(3, '/handover');
    await first.stop();
    const before = scene.arrivals('/handover').size;
    expect(before).toBeLessThan(20);
    expect(scene.facts.filter(ofKind('attempt', endpoint.id))).toHaveLength(before);
    await scene.start();
    await scene.until('all of them', () => scene.arrivals('/handover').size === 20);
    expect([...scene.arrivals('/handover').values()].every((count) => count === 1)).toBe(true);
  });
});
