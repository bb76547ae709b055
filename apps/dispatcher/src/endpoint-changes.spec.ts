import { describe, expect, it } from '@jest/globals';
import { readLane, TOPICS } from '@signpost/contracts';
import { aDelivery, answered, open, recordOf, settle } from './dispatch.fixture.js';

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
      { kind: 'attempt', outcome: 'failed' },
      { kind: 'parked', reason: 'endpoint-paused' },
    ]);
    expect(done).toEqual(expect.arrayContaining(['first', 'second']));
  });
});
