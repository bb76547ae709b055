import { describe, expect, it } from '@jest/globals';
import { newId, type Endpoint } from '@signpost/domain';
import { Metrics } from '@signpost/observability';
import { Scraped } from '@signpost/testing';
import type { Attempted } from '../attempt.js';
import { anEndpoint } from '../dispatch.fixture.js';
import { OfLate } from './of-late.js';

const START = 1_800_000_000_000;
const AT = { startedAtMs: START, endedAtMs: START, signal: undefined, timing: { totalMs: 5 } } as const;
const DELIVERED: Attempted = {
  ...AT,
  kind: 'attempted',
  status: 200,
  outcome: 'delivered',
  verdict: { kind: 'delivered' },
};
const retryable = { kind: 'retryable', reason: 'any', retryAfterMs: 0 } as const;
const FAILED: Attempted = { ...AT, kind: 'attempted', status: 500, outcome: 'http-error', verdict: retryable };
const UNREACHED: Attempted = { ...AT, kind: 'attempted', outcome: 'network-error', verdict: retryable };

function opened() {
  const metrics = new Metrics({ processMetrics: false });
  const ofLate = new OfLate(metrics, START);
  const text = () => metrics.registry.metrics();
  const play = (endpoint: Endpoint, attempted: Attempted, times = 1): void => {
    for (let time = 0; time < times; time += 1) ofLate.attempted(endpoint, attempted);
  };
  return { ofLate, play, text, scraped: async () => new Scraped(await text()) };
}

const ENDPOINTS = Array.from({ length: 25_000 }, (_, at) =>
  anEndpoint({ url: `https://host-${String(at)}.example/hook` }),
);

describe('what was of late', () => {
  it('tells origins that answer from those that cannot be reached, and counts each once', async () => {
    const { play, scraped } = opened();
    const [one, other, third] = ['https://a.example/x', 'https://a.example/y?z=/', 'https://b.example:8443'].map(
      (url) => anEndpoint({ url }),
    ) as [Endpoint, Endpoint, Endpoint];
    play(one, UNREACHED);
    play(other, FAILED);
    play(third, UNREACHED, 3);
    const all = await scraped();
    expect(all.of('signpost_origins_recent', { state: 'reachable' })).toBe(1);
    expect(all.of('signpost_origins_recent', { state: 'unreachable' })).toBe(1);
    expect(all.of('signpost_endpoints_recent', { state: 'failing' })).toBe(3);
    expect(all.of('signpost_endpoints_recent', { state: 'succeeding' })).toBe(0);
  });

  it.each<[string, Partial<Attempted>]>([
    ['was refused by the breaker', { outcome: 'breaker-open' }],
    ['found no room', { timing: { totalMs: 0 } }],
    ['had no token', { outcome: 'no-token' }],
    ['may not be called', { outcome: 'blocked-address' }],
  ])('says nothing of the origin of what %s', async (_, changes) => {
    const { play, scraped } = opened();
    play(anEndpoint(), { ...UNREACHED, ...changes });
    const all = await scraped();
    expect(all.of('signpost_origins_recent', { state: 'unreachable' })).toBe(0);
    expect(all.of('signpost_endpoints_recent', { state: 'failing' })).toBe(1);
  });

  it('is kept of no more than so many, however many there are, and takes no name from outside', async () => {
    const { ofLate, play, scraped, text } = opened();
    for (const endpoint of ENDPOINTS) play(endpoint, UNREACHED);
    ofLate.roll(START + 10_000);
    const all = await scraped();
    expect(all.of('signpost_origins_recent', { state: 'unreachable' })).toBe(10_000);
    expect(all.of('signpost_endpoints_recent', { state: 'failing' })).toBe(10_000);
    // None of so many alike stands out.
    expect(all.series.filter((name) => name.startsWith('signpost_worst_endpoints_failed_attempts'))).toEqual([]);
    expect(all.of('signpost_worst_endpoints_share')).toBe(0);
    expect(await text()).not.toContain('example');
  });

  it('names at most ten, the worst first, among however many others', async () => {
    const { ofLate, play, scraped } = opened();
    const bad = ENDPOINTS.slice(0, 20);
    for (let round = 0; round < 25; round += 1) {
      bad.forEach((endpoint, at) => play(endpoint, FAILED, 40 - at));
      for (const endpoint of ENDPOINTS.slice(100 + round * 40, 140 + round * 40)) play(endpoint, FAILED);
      for (const endpoint of ENDPOINTS.slice(0, 100)) play(endpoint, DELIVERED);
    }
    ofLate.roll(START + 10_000);
    const all = await scraped();
    const worst = all.series.filter((name) => name.startsWith('signpost_worst_endpoints_failed_attempts'));
    expect(worst).toHaveLength(10);
    for (const [at, { id: endpoint, applicationId: application }] of bad.slice(0, 8).entries()) {
      const failed = all.of('signpost_worst_endpoints_failed_attempts', { endpoint, application });
      expect(failed).toBeLessThanOrEqual(25 * (40 - at));
      expect(failed).toBeGreaterThan(25 * (40 - at) - (25 * 700) / 128);
    }
    const share = all.of('signpost_worst_endpoints_share') ?? 0;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });

  it('names the busiest applications by all that was made for them, and those of five minutes ago no more', async () => {
    const { ofLate, play, scraped } = opened();
    const applicationId = newId('app', START);
    for (const endpoint of ENDPOINTS.slice(0, 10)) play({ ...endpoint, applicationId }, DELIVERED, 3);
    for (const endpoint of ENDPOINTS.slice(10, 20)) play(endpoint, FAILED, 1);
    const busiest = async () => {
      const all = await scraped();
      const attempts = all.of('signpost_busiest_applications_attempts', { application: applicationId });
      return [attempts, all.of('signpost_busiest_applications_share')];
    };
    expect(await busiest()).toEqual([undefined, 1]);
    ofLate.roll(START + 10_000);
    // It and nine of the others are all but one.
    expect(await busiest()).toEqual([30, 39 / 40]);
    ofLate.roll(START + 290_000);
    expect((await busiest())[0]).toBe(30);
    ofLate.roll(START + 310_000);
    expect(await busiest()).toEqual([undefined, 1]);
  });
});
