import { describe, expect, it } from '@jest/globals';
import { readLane, TOPICS } from '@signpost/contracts';
import { MemoryLog, aDelivery, anEndpoint, answered, open, recordOf, settle } from './dispatch.fixture.js';

describe('an endpoint that changes', () => {
  const memoryIn = ({ log }: Awaited<ReturnType<typeof open>>) => {
    const value = log.of(TOPICS.lanes).at(-1)?.value;
    return value === undefined || value === null ? undefined : readLane(value);
  };

  it('begins anew, but not when the version that is known comes once more', async () => {
    const scene = await open();
    const { endpoint, hand, sender, put } = scene;
    hand('fresh', { a: recordOf(aDelivery(endpoint)) });
    await settle();
    sender.requests[0]?.answer({ ...answered(429), kind: 'response', status: 429, body: '', retryAfter: '3' });
    await settle();
    expect(memoryIn(scene)?.pausedUntilMs).toBeDefined();
    put({ ...endpoint, retiredSecrets: [] });
    await settle();
    expect(memoryIn(scene)?.pausedUntilMs).toBeDefined();
    put({ ...endpoint, version: 2 });
    await settle();
    expect(memoryIn(scene)?.pausedUntilMs).toBeUndefined();
  });

  it('to paused has what waits in its lane parked, and what is under way ends as it ends', async () => {
    const scene = await open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    const { endpoint, hand, sender, put, log, done } = scene;
    hand('fresh', { first: recordOf(aDelivery(endpoint)), second: recordOf(aDelivery(endpoint)) });
    await settle();
    put({ ...endpoint, version: 2, paused: { by: 'key_1', sinceMs: 0 } });
    sender.requests[0]?.answer(answered(500));
    await settle();
    expect(sender.requests).toHaveLength(1);
    expect(log.facts).toMatchObject([
      { kind: 'parked', reason: 'endpoint-paused' },
      { kind: 'attempt', outcome: 'failed' },
    ]);
    expect(done).toEqual(expect.arrayContaining(['first', 'second']));
  });

  it.each([
    ['paused', { paused: { by: 'key_1', sinceMs: 0 } }, 'endpoint-paused'],
    ['disabled', { disabled: true }, 'endpoint-disabled'],
  ] as const)('to %s has all that waits parked at once, whatever its rate', async (_, change, reason) => {
    const scene = await open({}, new MemoryLog(), anEndpoint({ throttleRate: 1 }));
    const { endpoint, hand, sender, put, log } = scene;
    const records = Array.from({ length: 20 }, (_, number) => [String(number), recordOf(aDelivery(endpoint))] as const);
    hand('fresh', Object.fromEntries(records));
    await settle();
    expect(sender.requests).toHaveLength(1);
    put({ ...endpoint, version: 2, ...change });
    await settle();
    expect(log.facts).toMatchObject(Array(19).fill({ kind: 'parked', reason }));
  });

  it('to deleted has all that waits cancelled at once, whatever its rate', async () => {
    const scene = await open({}, new MemoryLog(), anEndpoint({ throttleRate: 1 }));
    const { endpoint, hand, view, log } = scene;
    const records = Array.from({ length: 20 }, (_, number) => [String(number), recordOf(aDelivery(endpoint))] as const);
    hand('fresh', Object.fromEntries(records));
    await settle();
    view.apply({ kind: 'endpoint', id: endpoint.id, version: 2, state: undefined });
    await settle();
    expect(log.facts).toMatchObject(Array(19).fill({ kind: 'fate', fate: 'cancelled' }));
  });
});
