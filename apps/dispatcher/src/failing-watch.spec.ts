import { describe, expect, it } from '@jest/globals';
import { readLane, TOPICS } from '@signpost/contracts';
import type { Endpoint, LaneMemory, Verdict } from '@signpost/domain';
import { Log } from '@signpost/observability';
import type { Attempted } from './attempt.js';
import { anEndpoint, MemoryLog, PARTITION, settle } from './dispatch.fixture.js';
import { FailingWatch } from './failing-watch.js';
import { LaneMemoryStore } from './lane-memory-store.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-01-01T00:00:00Z');
const POLICY = { disableAfterMs: 100 * HOUR, warnAtPercent: [50, 90], leastAttempts: 3 };
const DOWN: Verdict = { kind: 'retryable', reason: 'http:503', retryAfterMs: 0 };

/** One process: what it remembers beyond its log dies with it. */
async function start(log: MemoryLog, endpoint: Endpoint) {
  const store = new LaneMemoryStore(log, log.follower, Log.create('silent', 'test'));
  await store.start();
  store.adopt(PARTITION);
  const watch = new FailingWatch(store, log, POLICY);
  const name = { partition: PARTITION, endpointId: endpoint.id, applicationId: endpoint.applicationId };
  return {
    store,
    name,
    attempt: (hour: number, verdict: Verdict = DOWN, at: Endpoint = endpoint) =>
      watch.attempted(name, at, attempted(verdict, NOW + hour * HOUR)),
    fail: async (from: number, to: number) => {
      for (let hour = from; hour <= to; hour += 1)
        await watch.attempted(name, endpoint, attempted(DOWN, NOW + hour * HOUR));
    },
    memory: () => store.get(PARTITION, endpoint.id),
  };
}

const attempted = (verdict: Verdict, atMs: number): Attempted => ({
  kind: 'attempted',
  startedAtMs: atMs,
  endedAtMs: atMs,
  verdict,
  timing: { totalMs: 0 },
  signal: undefined,
  outcome: verdict.kind === 'delivered' ? 'delivered' : 'http-error',
  status: 503,
});

const lanes = (log: MemoryLog): LaneMemory[] =>
  log.of(TOPICS.lanes).map(({ value }) => readLane(value ?? Buffer.alloc(0)));
const told = (log: MemoryLog) => log.facts.map((fact) => (fact.kind === 'endpoint' ? fact.state : fact.kind));

describe('the watch over failing endpoints', () => {
  it('has nothing to do, and nobody to wait for, after a success', async () => {
    const log = new MemoryLog();
    const { attempt } = await start(log, anEndpoint());
    expect(attempt(0, { kind: 'delivered' })).toBeUndefined();
    expect(attempt(0)).toBeUndefined();
    expect(attempt(0, { kind: 'delivered' })).toBeUndefined();
    expect(log.records).toEqual([]);
  });

  it('warns, switches the endpoint off, and says why and since when', async () => {
    const log = new MemoryLog();
    const endpoint = anEndpoint();
    const { fail, memory } = await start(log, endpoint);
    await fail(0, 120);
    expect(log.facts).toMatchObject([
      {
        state: 'warned',
        percent: 50,
        failingSinceMs: NOW,
        atMs: NOW + 50 * HOUR,
        disablesAtMs: NOW + 100 * HOUR,
        lastFailure: { reason: 'http:503', status: 503 },
      },
      { state: 'warned', percent: 90 },
      { state: 'disabled', reason: 'failing', failingSinceMs: NOW, atMs: NOW + 100 * HOUR, endpointVersion: 1 },
    ]);
    expect(memory()?.disabled).toMatchObject({ reason: 'failing', endpointVersion: 1 });
    // Not at every failure: when it began to count, each tenth, and each step.
    expect(lanes(log).length).toBeLessThan(16);
  });

  it('tells of a warning before it remembers having told', async () => {
    const log = new MemoryLog();
    const { fail, attempt, store, name } = await start(log, anEndpoint());
    await fail(0, 49);
    const before = lanes(log).length;
    log.hold(TOPICS.journal);
    let done = false;
    void attempt(50)?.then(() => (done = true));
    // Another change of the same lane may not carry it past its fact.
    void store.change(name, (memory) => ({ ...memory, parked: { oldestOffset: 1, newestOffset: 1, count: 1 } }));
    await settle();
    expect([told(log), lanes(log).length, done]).toEqual([['warned'], before, false]);
    log.release(TOPICS.journal);
    await settle();
    expect([lanes(log).at(-1)?.failing?.warnedPercent, done]).toEqual([50, true]);
  });

  it('goes on where the process before it ended, and repeats no warning', async () => {
    const log = new MemoryLog();
    const endpoint = anEndpoint();
    await (await start(log, endpoint)).fail(0, 60);
    await (await start(log, endpoint)).fail(61, 75);
    await (await start(log, endpoint)).fail(76, 120);
    expect(told(log)).toEqual(['warned', 'warned', 'disabled']);
    expect(log.facts.at(-1)).toMatchObject({ failingSinceMs: NOW });
  });

  it('says that an endpoint has recovered if it was warned about, and begins anew', async () => {
    const log = new MemoryLog();
    const { fail, attempt, memory } = await start(log, anEndpoint());
    await fail(0, 40);
    await attempt(41, { kind: 'delivered' });
    expect(told(log)).toEqual([]);
    await fail(42, 95);
    await attempt(96, { kind: 'delivered' });
    expect(log.facts).toMatchObject([{ state: 'warned' }, { state: 'recovered', failingSinceMs: NOW + 42 * HOUR }]);
    expect(memory()?.failing).toBeUndefined();
    expect(lanes(log).at(-1)?.failing).toBeUndefined();
  });

  it('counts nothing of the time before its owner switched the endpoint on again', async () => {
    const log = new MemoryLog();
    const endpoint = anEndpoint();
    await (await start(log, endpoint)).fail(0, 100);
    const { attempt, memory } = await start(log, endpoint);
    expect(attempt(101)).toBeUndefined();
    await attempt(102, DOWN, { ...endpoint, version: 2 });
    expect(memory()).toMatchObject({ failing: { sinceMs: NOW + 102 * HOUR } });
    expect(memory()?.disabled).toBeUndefined();
    expect(told(log)).toEqual(['warned', 'warned', 'disabled']);
  });

  it('holds nothing against an endpoint that failed on our side', async () => {
    const { attempt, memory } = await start(new MemoryLog(), anEndpoint());
    expect(attempt(0, { kind: 'retryable', reason: 'secret-unreadable', retryAfterMs: 0 })).toBe(undefined);
    expect(memory()?.failing).toBeUndefined();
  });
});
