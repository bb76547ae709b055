import { describe, expect, it } from '@jest/globals';
import { until } from '@signpost/testing';
import type { Cluster } from '../wire/cluster.js';
import { LeaderFetch } from './leader-fetch.js';
import { Target } from './target.js';

const LIMITS = { waitMs: 250, leastBytes: 1, bytes: 1, bytesPerPartition: 1 };

describe('LeaderFetch', () => {
  it('leaves a broker alone that leads nothing of interest: it may be gone for good', async () => {
    let asked = 0;
    const cluster = {
      options: { requestTimeoutMs: 1_000 },
      connect: () => {
        asked++;
        return Promise.reject(new Error('gone'));
      },
    } as unknown as Cluster;
    const events = { fetched: () => undefined, failed: () => undefined };
    const fetching = new LeaderFetch(1, cluster, { idle: LIMITS, busy: LIMITS }, events);
    expect(asked).toBe(0);
    fetching.add(new Target('topic', 0, 5));
    await until(() => asked >= 2, { timeoutMs: 5_000, what: 'it to be asked for what it leads' });
    fetching.stop();
  });
});
