import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { deliveryHeaders, encodeLane, TOPICS, type Delivery } from '@signpost/contracts';
import { deliveryIdOf, emptyLane, newId, type ApplicationId, type Endpoint } from '@signpost/domain';
import type { RunningProcess } from '@signpost/runtime';
import { scrape, until, type Scraped } from '@signpost/testing';
import { Scene } from './scene.js';

const AHEAD_MS = 3_600_000;
const HOSTILE = 'x"} 1\nsignpost_evil{a="b\\';

/** What a dispatcher says of itself, beside what was done to it. */
describe("a dispatcher's figures", () => {
  let scene: Scene;
  let dispatcher: RunningProcess;
  let all: Scraped;
  /** Some seconds later. */
  let ranked: Scraped;
  /** Everything that fails fails for this application. */
  const unlucky: ApplicationId = newId('app', Date.now());
  let failing: Endpoint;

  beforeAll(async () => {
    scene = await Scene.open({ EGRESS_MAX_SOCKETS: '77', EGRESS_MAX_SOCKETS_PER_ORIGIN: '2' });
    failing = await scene.endpoint('/failing', { applicationId: unlucky, retrySchedule: [60_000] });
    const refused = await anOpenBreaker();
    dispatcher = await scene.start();
    // In time wherever this runs, and late wherever it runs.
    const soon = { acceptedAtMs: Date.now() + AHEAD_MS };
    const late = { acceptedAtMs: Date.now() - AHEAD_MS };
    for (const at of [1, 2, 3]) await scene.deliver(await scene.endpoint(`/well-${String(at)}`), 1, soon);
    await scene.deliver(await scene.endpoint('/well-4'), 1, late);
    scene.receiver.playAt('/failing', 500);
    await scene.deliver(failing, 3, soon);
    await scene.deliver(refused, 2, soon);
    await throttled(soon);
    await switchedOff(soon);
    await scene.deliver(await unreachable(), 1, soon);
    await retried();
    await scene.deliver(await hostile(), 1, { ...soon, eventType: HOSTILE, eventId: HOSTILE, tags: [HOSTILE] });
    const outcomes = ['delivered', 'http-error', 'gone', 'breaker-open', 'network-error'];
    all = await scraped('all of it', (now) => total(now, 'signpost_attempts_total', outcomes) === 14);
    ranked = await scraped('the ranking', (now) => now.of('signpost_busiest_applications_share') === 13 / 14);
  }, 120_000);
  afterAll(() => scene.close());

  /** What it says once that holds. */
  function scraped(what: string, holds: (now: Scraped) => boolean): Promise<Scraped> {
    const look = async () => {
      const now = await scrape(dispatcher.port);
      return holds(now) ? now : undefined;
    };
    return until(look, { timeoutMs: 60_000, what });
  }

  const total = (now: Scraped, name: string, outcomes: readonly string[]): number =>
    outcomes.reduce((sum, outcome) => sum + (now.of(name, { outcome }) ?? 0), 0);

  async function anOpenBreaker(): Promise<Endpoint> {
    const endpoint = await scene.endpoint('/refused', { retrySchedule: [60_000] });
    const breaker = { untilMs: Date.now() + AHEAD_MS, openings: 3 };
    const memory = { ...emptyLane(endpoint.id, endpoint.applicationId), breaker };
    await scene.sink.append({ topic: TOPICS.lanes, key: endpoint.id, value: encodeLane(memory) });
    return endpoint;
  }

  /** One attempt; what comes then is parked. */
  async function throttled(changes: Partial<Delivery>): Promise<void> {
    scene.receiver.playAt('/busy', { status: 429, headers: { 'retry-after': '3600' } });
    const endpoint = await scene.endpoint('/busy', { retrySchedule: [60_000] });
    await scene.deliver(endpoint, 1, changes);
    await scene.until('the silence', () => scene.memoryOf(endpoint)?.pausedUntilMs);
    await scene.deliver(endpoint, 2, changes);
    await scene.until('two parked', () => scene.memoryOf(endpoint)?.parked?.count === 2);
  }

  /** One attempt; what comes then is parked. */
  async function switchedOff(changes: Partial<Delivery>): Promise<void> {
    scene.receiver.playAt('/gone', 410);
    const endpoint = await scene.endpoint('/gone');
    await scene.deliver(endpoint, 1, changes);
    await scene.until('it to be off', () => scene.memoryOf(endpoint)?.disabled);
    await scene.deliver(endpoint, 3, changes);
    await scene.until('three parked', () => scene.memoryOf(endpoint)?.parked?.count === 3);
  }

  /** A port that nobody listens at. */
  async function unreachable(): Promise<Endpoint> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    return scene.endpoint('/', { url: `http://127.0.0.1:${String(port)}/`, retrySchedule: [60_000] });
  }

  /** As it comes back from a tier, five seconds after it failed. */
  async function retried(): Promise<void> {
    const endpoint = await scene.endpoint('/later');
    const atMs = Date.now() - 5_000;
    const messageId = newId('msg', atMs);
    const delivery: Delivery = {
      id: deliveryIdOf(messageId, endpoint.id),
      messageId,
      applicationId: endpoint.applicationId,
      endpointId: endpoint.id,
      endpointVersion: 1,
      eventType: 'message.sent',
      acceptedAtMs: atMs,
      attempt: 2,
      failures: { firstAtMs: atMs, lastAtMs: atMs, last: 'http:500' },
    };
    const headers = deliveryHeaders(delivery);
    await scene.sink.append({ topic: TOPICS.returning, key: endpoint.id, value: Buffer.from('{}'), headers });
  }

  async function hostile(): Promise<Endpoint> {
    return scene.endpoint(`/${encodeURIComponent(HOSTILE)}?a=%22%7D`, { description: HOSTILE });
  }

  it('tell first attempts apart by their endpoint and by what came of them', () => {
    const of = (endpoint: string, result: string) => all.of('signpost_first_attempts_total', { endpoint, result });
    // The three that are well, the hostile one.
    expect(of('healthy', 'in-time')).toBe(4);
    expect(of('healthy', 'late')).toBe(1);
    // Of each that fails the first, or the first few if they were under way together; refusals are all unwell.
    expect((of('healthy', 'failed') ?? 0) + (of('unwell', 'failed') ?? 0)).toBe(8);
    expect(of('healthy', 'failed')).toBeGreaterThanOrEqual(4);
    expect(of('unwell', 'failed')).toBeGreaterThanOrEqual(2);
    expect(of('unwell', 'in-time')).toBe(0);
  });

  it('tell in which stages the time went', () => {
    const of = (what: 'count' | 'sum', stage: string) => all.of(`signpost_stage_duration_seconds_${what}`, { stage });
    expect(of('count', 'match')).toBe(11);
    expect(of('count', 'queue')).toBe(11);
    expect(of('count', 'wait')).toBe(1);
    expect(of('sum', 'wait')).toBeGreaterThanOrEqual(5);
    // That which was accepted an hour ago was matched an hour later; what is accepted in an hour took no time.
    expect(of('sum', 'match')).toBeGreaterThanOrEqual(AHEAD_MS / 1_000);
    expect(of('count', 'first-byte')).toBe(11);
    expect(of('count', 'connect')).toBeGreaterThanOrEqual(1);
    // An address needs no looking up, and HTTP no handshake.
    expect(of('count', 'lookup')).toBeUndefined();
    expect(of('count', 'tls')).toBeUndefined();
  });

  it('count lanes by what they let through, and what lies in parked', () => {
    const of = (state: string) => all.of('signpost_lanes', { state });
    expect(of('open')).toBe(1);
    expect(of('half-open')).toBe(0);
    expect(of('paused')).toBe(1);
    expect(of('disabled')).toBe(1);
    expect(of('closed')).toBe(9);
    expect(all.of('signpost_parked_deliveries')).toBe(5);
  });

  it('count endpoints and origins of late by how they do', () => {
    const of = (name: string, state: string) => all.of(name, { state });
    expect(of('signpost_endpoints_recent', 'succeeding')).toBe(6);
    expect(of('signpost_endpoints_recent', 'failing')).toBe(5);
    expect(of('signpost_origins_recent', 'reachable')).toBe(1);
    expect(of('signpost_origins_recent', 'unreachable')).toBe(1);
  });

  it('name who failed most and who was busiest, and how much of all that is', () => {
    const { id: endpoint } = failing;
    expect(ranked.of('signpost_worst_endpoints_failed_attempts', { application: unlucky, endpoint })).toBe(3);
    expect(ranked.of('signpost_worst_endpoints_share')).toBe(1);
    // Eleven applications, fourteen attempts: the one that is not named had one of them.
    expect(ranked.series.filter((name) => name.startsWith('signpost_busiest_applications_attempts'))).toHaveLength(10);
    expect(ranked.of('signpost_busiest_applications_attempts', { application: unlucky })).toBe(3);
  });

  it('say how many connections there are, and may be, and who waits for one', async () => {
    const connections = (now: Scraped, state: string) => now.of('signpost_egress_connections', { state });
    expect(all.of('signpost_egress_connections_limit')).toBe(77);
    expect(connections(all, 'busy')).toBe(0);
    expect(all.of('signpost_egress_requests_waiting')).toBe(0);
    scene.receiver.playAt('/hanging', 'hang');
    for (const endpoint of await Promise.all([1, 2, 3].map(() => scene.endpoint('/hanging'))))
      await scene.deliver(endpoint);
    // Two for one origin are all that it may have.
    const waiting = await scraped('one to wait', (now) => now.of('signpost_egress_requests_waiting') === 1);
    expect([connections(waiting, 'busy'), connections(waiting, 'idle')]).toEqual([2, 0]);
    expect(waiting.of('signpost_attempts_in_flight')).toBe(3);
    scene.receiver.playAt('/hanging', 200);
    scene.receiver.dropConnections();
    await scraped('them to end', (now) => now.of('signpost_attempts_in_flight') === 0);
    const scrapes = { area: 'platform', answer: '2xx' };
    expect(ranked.of('signpost_http_request_duration_seconds_count', scrapes)).toBeGreaterThan(0);
  });

  it('take no name from outside', () => {
    expect(
      ranked.series.filter((name) => /evil|%22|message\.sent|127\.0\.0\.1|failing\/|http:\/\//.test(name)),
    ).toEqual([]);
  });
});
