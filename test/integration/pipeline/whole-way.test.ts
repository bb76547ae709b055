import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { dispatcherRole } from '@signpost/dispatcher';
import { newSymmetricSecret, SecretBox, type Endpoint } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { matcherRole } from '@signpost/subscription-matcher';
import { ScriptedReceiver } from '@signpost/testing';
import { Scene } from './scene.js';

let scene: Scene;
let receiver: ScriptedReceiver;
let origin: string;

beforeAll(async () => {
  receiver = await ScriptedReceiver.start();
  scene = await Scene.open({
    EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
    EGRESS_ALLOW_HTTP: 'true',
    DISPATCHER_LANE_QUEUE: '8',
    DISPATCHER_LANE_CONCURRENCY: '2',
  });
  const { port } = await scene.start(ingestRole, matcherRole, dispatcherRole, retrySchedulerRole);
  origin = `http://127.0.0.1:${String(port)}/api/v1`;
});
afterAll(async () => {
  await scene.close();
  await receiver.stop();
});

async function endpointAt(
  path: string,
  changes: Partial<Endpoint> = {},
): Promise<{ endpoint: Endpoint; secret: string }> {
  const { id: applicationId } = await scene.application();
  const secret = newSymmetricSecret();
  const secrets = [new SecretBox(scene.env['SIGNPOST_MASTER_KEY'] ?? '').seal(Buffer.from(secret))];
  const endpoint = await scene.endpoint(applicationId, {
    url: receiver.url(path),
    secrets,
    retrySchedule: [1_000, 1_000],
    ...changes,
  });
  return { endpoint, secret };
}

/** Returns the messages' ids. */
async function publish({ applicationId }: Endpoint, count: number, payload = '{}'): Promise<readonly string[]> {
  const data = Array.from({ length: count }, () => `{"eventType":"a","payload":${payload}}`).join(',');
  const answer = await fetch(`${origin}/app/${applicationId}/msg/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scene.apiKey}`, 'content-type': 'application/json' },
    body: `{"data":[${data}]}`,
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
}

const arrivals = (path: string): readonly string[] =>
  receiver.requests.filter((request) => request.path === path).map(({ headers }) => String(headers['webhook-id']));

describe('the way of an event, with every role in one process', () => {
  it('ends in a signed POST of the bytes that came in', async () => {
    const { endpoint, secret } = await endpointAt('/quick');
    const payload = '{ "n": 1.00, "text": "\\u00e9é" }';
    const [id] = await publish(endpoint, 1, payload);
    const [request] = await receiver.received(1, '/quick', 30_000);
    expect(request?.body.toString()).toBe(payload);
    expect(request?.headers['webhook-id']).toBe(id);
    const headers = request?.headers as Record<string, string>;
    expect(new Webhook(secret).verify(request?.body ?? '', headers)).toEqual(JSON.parse(payload));
    expect(() => new Webhook(secret).verify(payload.replace('1.00', '1.0'), headers)).toThrow();
  });

  it('goes through its tiers while the receiver fails, and not before their time', async () => {
    receiver.playAt('/flaky', 503, 500, 200);
    const { endpoint } = await endpointAt('/flaky');
    const [id] = await publish(endpoint, 1);
    const requests = await receiver.received(3, '/flaky', 30_000);
    expect(arrivals('/flaky')).toEqual([id, id, id]);
    const [first, second, third] = requests.map(({ atMs }) => atMs);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  it('waits in parked while its endpoint is disabled or busy, and comes back when it can', async () => {
    receiver.playAt('/busy', { status: 200, delayMs: 10 });
    const { endpoint } = await endpointAt('/busy', { disabled: true });
    const off = await publish(endpoint, 60);
    const parked = await scene.keep('deliveries.parked');
    await scene.until('60 parked', () => parked.length >= 60);
    expect(arrivals('/busy')).toEqual([]);
    const state = { ...endpoint, version: 2, disabled: false };
    await scene.change({ kind: 'endpoint', id: endpoint.id, version: 2, state });
    const on = await publish(endpoint, 100);
    await scene.until('every message once', () => new Set(arrivals('/busy')).size === 160);
    expect(arrivals('/busy').toSorted()).toEqual([...off, ...on].toSorted());
  });
});
