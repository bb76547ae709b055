import { afterEach, describe, expect, it } from '@jest/globals';
import { readLane } from '@signpost/contracts';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { Scene } from './scene.js';

describe('an endpoint that its owner switches on again', () => {
  let scene: Scene;
  afterEach(() => scene.close());

  it('gets what was parked for it oldest first, at a rising rate', async () => {
    scene = await Scene.open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    await scene.start(retrySchedulerRole);
    const endpoint = await scene.endpoint('/back', { disabled: true });
    const owed = await scene.deliver(endpoint, 150);
    await scene.until('all of them in memory', () => scene.memoryOf(endpoint)?.parked?.count === 150);
    await scene.put({ ...endpoint, version: 2, disabled: false });
    await scene.until('all of them', () => scene.arrivals('/back').size === 150);
    // A map keeps the order of its first arrivals.
    expect([...scene.arrivals('/back').keys()]).toEqual(owed.map(({ messageId }) => messageId));
    await scene.until('nothing parked', () => scene.memoryOf(endpoint)?.parked === undefined);
    const demands = new Map(
      scene.lanes
        .filter(({ key, value }) => key?.toString() === endpoint.id && value !== null)
        .map(({ value }) => readLane(value ?? Buffer.alloc(0)).demand)
        .filter((demand) => demand !== undefined && demand.limit > 0)
        .map((demand) => [demand?.sequence, demand?.limit]),
    );
    expect([...demands.values()].slice(0, 3)).toEqual([16, 32, 64]);
  });
});
