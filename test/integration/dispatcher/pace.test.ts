import { afterEach, describe, expect, it } from '@jest/globals';
import type { AttemptFact, JournalFact } from '@signpost/contracts';
import { Scene } from './scene.js';

const isAttempt = (fact: JournalFact): fact is AttemptFact => fact.kind === 'attempt';

/** What a lane does when its endpoint, or its owner, wants less. */
describe("a lane's pace", () => {
  let scene: Scene;
  afterEach(() => scene.close());

  const arrivedAt = (path: string): readonly number[] =>
    scene.receiver.requests.filter((request) => request.path === path).map(({ atMs }) => atMs);

  const whatWasSaid = (reason: string): readonly AttemptFact[] =>
    scene.facts.filter(isAttempt).filter((fact) => fact.reason === reason);

  it('is silence for as long as Retry-After says, in a process that did not hear it too', async () => {
    scene = await Scene.open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    scene.receiver.playAt('/busy', { status: 429, headers: { 'retry-after': '4' } }, 200);
    const endpoint = await scene.endpoint('/busy', { retrySchedule: [1_000] });
    const first = await scene.start();
    await scene.deliver(endpoint, 6);
    await scene.until('the lane to remember', () => scene.memoryOf(endpoint)?.pausedUntilMs);
    const until = scene.memoryOf(endpoint)?.pausedUntilMs ?? 0;
    await first.stop();
    await scene.start();
    await scene.until('the other five', () => scene.arrivals('/busy').size === 6);
    const [, ...others] = arrivedAt('/busy');
    expect(Math.min(...others)).toBeGreaterThanOrEqual(until);
    await scene.until('an empty memory', () => scene.memoryOf(endpoint)?.pausedUntilMs === undefined);
  });

  it('parks what is queued when the silence is long, and has it back afterwards', async () => {
    scene = await Scene.open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    scene.receiver.playAt('/busy', { status: 503, headers: { 'retry-after': '8' } }, 200);
    const endpoint = await scene.endpoint('/busy');
    await scene.start();
    await scene.serveDemands();
    await scene.deliver(endpoint, 10);
    await scene.until('nine to be parked', () => scene.memoryOf(endpoint)?.parked?.count === 9);
    // Told by another topic: it may be read later.
    await scene.facts$(9, (fact) => fact.kind === 'parked' && fact.reason === 'lane-paused');
    const until = scene.memoryOf(endpoint)?.pausedUntilMs ?? 0;
    await scene.until('the nine', () => scene.arrivals('/busy').size === 10);
    expect(arrivedAt('/busy')[1]).toBeGreaterThanOrEqual(until);
  });

  it('keeps to the rate that the owner set', async () => {
    scene = await Scene.open();
    const endpoint = await scene.endpoint('/limited', { throttleRate: 10 });
    await scene.start();
    await scene.deliver(endpoint, 40);
    await scene.until('all of them', () => scene.arrivals('/limited').size === 40);
    const at = arrivedAt('/limited');
    // Ten at once, and ten a second from then on; what arrives may have been held up on its way.
    const lastMs = (at.at(-1) ?? 0) - (at[0] ?? 0);
    expect(lastMs).toBeGreaterThanOrEqual(2_500);
  });

  it('opens the breaker when nothing but failures comes, lets the schedule run on, and asks again with one', async () => {
    scene = await Scene.open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    scene.receiver.playAt('/down', 'reset');
    const endpoint = await scene.endpoint('/down', { retrySchedule: [1_000, 1_000] });
    const first = await scene.start();
    const traffic = setInterval(() => void scene.deliver(endpoint, 3), 500);
    await scene.until('the breaker', () => scene.memoryOf(endpoint)?.breaker);
    clearInterval(traffic);
    const asked = scene.receiver.requests.length;
    expect(asked).toBeGreaterThanOrEqual(10);
    await scene.deliver(endpoint, 20);
    await scene.facts$(20, (fact) => isAttempt(fact) && fact.reason === 'breaker-open');
    expect(scene.receiver.requests).toHaveLength(asked);
    expect(whatWasSaid('breaker-open').every(({ nextAttemptAtMs }) => nextAttemptAtMs !== undefined)).toBe(true);
    // Another process knows of it, and asks with one request once its time has come.
    await first.stop();
    scene.receiver.playAt('/down', 200);
    const openUntil = scene.memoryOf(endpoint)?.breaker?.untilMs ?? 0;
    await scene.start();
    const more = await scene.deliver(endpoint, 5, { attempt: 3 });
    await scene.facts$(5, (fact) => isAttempt(fact) && more.some(({ id }) => id === fact.deliveryId));
    await scene.until('the time to be over', () => Date.now() > openUntil);
    await scene.deliver(endpoint, 5);
    await scene.until('five more', () => scene.receiver.requests.length >= asked + 5);
    expect(
      arrivedAt('/down')
        .slice(asked)
        .every((at) => at >= openUntil),
    ).toBe(true);
    await scene.until('an empty memory', () => scene.memoryOf(endpoint)?.breaker === undefined);
  });

  it('begins anew when the owner changes the endpoint', async () => {
    scene = await Scene.open({ DISPATCHER_LANE_CONCURRENCY: '1' });
    scene.receiver.playAt('/moved', { status: 429, headers: { 'retry-after': '86400' } });
    const endpoint = await scene.endpoint('/moved');
    await scene.start();
    await scene.serveDemands();
    await scene.deliver(endpoint, 3);
    await scene.until('two to be parked', () => scene.memoryOf(endpoint)?.parked?.count === 2);
    await scene.put({ ...endpoint, version: 2, url: scene.receiver.url('/new') });
    await scene.until('the two', () => scene.arrivals('/new').size === 2);
  });
});
