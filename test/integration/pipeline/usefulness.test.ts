import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFact, TOPICS, type JournalFact } from '@signpost/contracts';
import { dispatcherRole } from '@signpost/dispatcher';
import { newSymmetricSecret, SecretBox, uidKey, type Endpoint, type EventType } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { matcherRole } from '@signpost/subscription-matcher';
import { ScriptedReceiver } from '@signpost/testing';
import { Scene } from './scene.js';

const TIME_TO_LIVE_MS = 3_000;

let scene: Scene;
let receiver: ScriptedReceiver;
let origin: string;

beforeAll(async () => {
  receiver = await ScriptedReceiver.start();
  scene = await Scene.open({
    EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
    EGRESS_ALLOW_HTTP: 'true',
    DISPATCHER_LANE_CONCURRENCY: '1',
  });
  await eventType('typing', { timeToLiveMs: TIME_TO_LIVE_MS });
  await eventType('read', { coalesce: 'latest' });
  await scene.keep(TOPICS.journal);
  await scene.keep(TOPICS.parked);
  const { port } = await scene.start(ingestRole, matcherRole, dispatcherRole, retrySchedulerRole);
  origin = `http://127.0.0.1:${String(port)}/api/v1`;
});
afterAll(async () => {
  await scene.close();
  await receiver.stop();
});

async function eventType(name: string, fields: Partial<EventType>): Promise<void> {
  const { organisationId } = scene;
  const state = { organisationId, name, version: 1, archived: false, ...fields };
  await scene.change({ kind: 'event-type', id: uidKey(organisationId, name), version: 1, state });
}

async function endpointAt(path: string, changes: Partial<Endpoint> = {}): Promise<Endpoint> {
  const { id } = await scene.application();
  const box = new SecretBox(scene.env['SIGNPOST_MASTER_KEY'] ?? '');
  const secrets = [box.seal(Buffer.from(newSymmetricSecret()))];
  return scene.endpoint(id, { url: receiver.url(path), secrets, retrySchedule: [1_000, 5_000], ...changes });
}

async function publish({ applicationId }: Endpoint, type: string, conversationId: string): Promise<string> {
  const answer = await fetch(`${origin}/app/${applicationId}/msg`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scene.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ eventType: type, payload: {}, conversationId }),
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { id: string }).id;
}

/** Every fate that the journal tells of the endpoint's deliveries, by message. */
async function fates({ id }: Endpoint): Promise<ReadonlyMap<string, readonly string[]>> {
  const facts: readonly JournalFact[] = (await scene.keep(TOPICS.journal)).map(({ value }) => readFact(value));
  const found = new Map<string, string[]>();
  for (const fact of facts) {
    if ((fact.kind !== 'attempt' && fact.kind !== 'fate') || fact.endpointId !== id || fact.fate === undefined)
      continue;
    found.set(fact.messageId, [...(found.get(fact.messageId) ?? []), fact.fate]);
  }
  return found;
}

async function ended(endpoint: Endpoint, count: number): Promise<ReadonlyMap<string, readonly string[]>> {
  await scene.until(`${String(count)} ends`, async () => (await fates(endpoint)).size >= count);
  return fates(endpoint);
}

const parkedFor = async ({ id }: Endpoint): Promise<number> =>
  (await scene.keep(TOPICS.parked)).filter(({ key }) => key?.toString() === id).length;

const arrivals = (path: string): readonly string[] =>
  receiver.requests.filter((request) => request.path === path).map(({ headers }) => String(headers['webhook-id']));

async function switchOn(endpoint: Endpoint): Promise<void> {
  const state = { ...endpoint, version: 2, disabled: false };
  await scene.change({ kind: 'endpoint', id: endpoint.id, version: 2, state });
}

describe('an event type with a time to live', () => {
  it('is retried only while there is time, and then expires at once', async () => {
    receiver.playAt('/failing', 500);
    const endpoint = await endpointAt('/failing');
    const from = Date.now();
    const id = await publish(endpoint, 'typing', 'c');
    const found = await ended(endpoint, 1);
    // The second retry would have been due five seconds later.
    expect(Date.now() - from).toBeLessThan(TIME_TO_LIVE_MS + 1_000);
    expect([...found]).toEqual([[id, ['expired']]]);
    expect(arrivals('/failing')).toEqual([id, id]);
  });

  it('expires in parked, and only then', async () => {
    const endpoint = await endpointAt('/off', { disabled: true });
    const [typing, lasting] = [await publish(endpoint, 'typing', 'c'), await publish(endpoint, 'message', 'c')];
    await scene.until('both to be parked', async () => (await parkedFor(endpoint)) === 2);
    const expiresAtMs = Date.now() + TIME_TO_LIVE_MS;
    await scene.until('the end of the time to live', () => Date.now() > expiresAtMs);
    await switchOn(endpoint);
    expect(await ended(endpoint, 2)).toEqual(
      new Map([
        [typing, ['expired']],
        [lasting, ['delivered']],
      ]),
    );
    expect(arrivals('/off')).toEqual([lasting]);
  });
});

describe('an event type of which only the latest counts', () => {
  it('loses to a slow receiver all but the newest of each conversation', async () => {
    receiver.playAt('/slow', { status: 200, delayMs: 1_500 });
    const endpoint = await endpointAt('/slow');
    const first = await publish(endpoint, 'read', 'a');
    await receiver.received(1, '/slow', 30_000);
    const all = { a: [] as string[], b: [] as string[] };
    for (let at = 0; at < 20; at += 1) {
      all.a.push(await publish(endpoint, 'read', 'a'));
      all.b.push(await publish(endpoint, 'read', 'b'));
    }
    const found = await ended(endpoint, 41);
    expect(found.get(first)).toEqual(['delivered']);
    for (const ids of [all.a, all.b]) {
      const delivered = ids.filter((id) => found.get(id)?.includes('delivered'));
      expect(delivered.at(-1)).toBe(ids.at(-1));
      expect(delivered.length).toBeLessThan(10);
    }
    for (const one of found.values()) expect(one).toHaveLength(1);
  });

  it('is superseded when it comes back from its tier after a newer one', async () => {
    receiver.playAt('/once-down', 503, 200);
    const endpoint = await endpointAt('/once-down');
    const older = await publish(endpoint, 'read', 'a');
    await receiver.received(1, '/once-down', 30_000);
    const newer = await publish(endpoint, 'read', 'a');
    expect(await ended(endpoint, 2)).toEqual(
      new Map([
        [newer, ['delivered']],
        [older, ['superseded']],
      ]),
    );
    expect(arrivals('/once-down')).toEqual([older, newer]);
  });

  it('is superseded in parked, also when another dispatcher takes over', async () => {
    const other = await Scene.open({ ...scene.env, KAFKA_TOPIC_PREFIX: `${scene.env['KAFKA_TOPIC_PREFIX'] ?? ''}.2` });
    const before = { scene, origin };
    try {
      scene = other;
      await eventType('read', { coalesce: 'latest' });
      await scene.keep(TOPICS.journal);
      await scene.keep(TOPICS.parked);
      const first = await scene.start(dispatcherRole);
      const { port } = await scene.start(ingestRole, matcherRole, retrySchedulerRole);
      origin = `http://127.0.0.1:${String(port)}/api/v1`;
      const endpoint = await endpointAt('/parked', { disabled: true });
      const ids: string[] = [];
      for (let at = 0; at < 10; at += 1) ids.push(await publish(endpoint, 'read', at % 2 === 0 ? 'a' : 'b'));
      await scene.until('all of them parked', async () => (await parkedFor(endpoint)) >= 2);
      await first.stop();
      await scene.start(dispatcherRole);
      await switchOn(endpoint);
      const found = await ended(endpoint, 10);
      const delivered = ids.filter((id) => found.get(id)?.[0] === 'delivered');
      expect(delivered).toEqual(ids.slice(-2));
      for (const one of found.values()) expect(one).toHaveLength(1);
      expect(arrivals('/parked').toSorted()).toEqual(ids.slice(-2).toSorted());
    } finally {
      ({ scene, origin } = before);
      await other.close();
    }
  });
});
