import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dispatcherRole } from '@signpost/dispatcher';
import type { EndpointId } from '@signpost/domain';
import { ingestRole } from '@signpost/ingest';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { boot, ControlDirectory, type RunningProcess } from '@signpost/runtime';
import { matcherRole } from '@signpost/subscription-matcher';
import { ScriptedReceiver, until, type ReceivedRequest } from '@signpost/testing';
import { Webhook } from 'standardwebhooks';
import { ApiScene, type Answer } from './support.js';

/** What the API is asked for, as both majors of the peer's clients ask for it, seen from the receiver. */
describe('deliveries, as the control plane wants them', () => {
  let scene: ApiScene;
  let receiver: ScriptedReceiver;
  let others: RunningProcess;
  beforeAll(async () => {
    receiver = await ScriptedReceiver.start();
    scene = await ApiScene.open(undefined, { EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8', EGRESS_ALLOW_HTTP: 'true' });
    others = await boot([ingestRole, matcherRole, dispatcherRole, retrySchedulerRole], { ...scene.env });
  });
  afterAll(async () => {
    await others.stop();
    await scene.close();
    await receiver.stop();
  });

  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await scene.call(method, `/api/v1/${path}`, body);
    expect([path, answer.status, answer.status < 300 ? '' : answer.text]).toEqual([path, answer.status, '']);
    return answer;
  };
  const anEndpoint = async (path: string, fields: object = {}, application: object = {}): Promise<string> => {
    const app = (await call('POST', 'app', { name: path, ...application })).body.id;
    const { id } = (await call('POST', `app/${app}/endpoint`, { url: receiver.url(path), ...fields })).body;
    return `app/${app}/endpoint/${id}`;
  };
  const publish = async (endpoint: string, count = 1): Promise<void> => {
    const data = Array.from({ length: count }, () => '{"eventType":"lead.captured","payload":{"a":1}}').join(',');
    const [, app] = endpoint.split('/');
    // What was accepted before an endpoint is known to the matcher is not for it.
    await until(() => known(endpoint), { timeoutMs: 10_000, what: 'the endpoint to be known', everyMs: 5 });
    const answer = await fetch(`http://127.0.0.1:${String(others.port)}/api/v1/app/${String(app)}/msg/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${scene.key}`, 'content-type': 'application/json' },
      body: `{"data":[${data}]}`,
    });
    expect(answer.status).toBe(202);
  };
  const known = async (endpoint: string): Promise<boolean> => {
    const { id, version } = (await call('GET', endpoint)).body;
    return others.app.get(ControlDirectory).view.endpointVersion(id as EndpointId) === version;
  };
  const accepts = (key: string, { headers, body }: ReceivedRequest): boolean => {
    try {
      new Webhook(key).verify(body.toString(), headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  };
  const arrived = async (path: string, count: number): Promise<ReceivedRequest> => {
    const request = (await receiver.received(count, path))[count - 1];
    if (request === undefined) throw new Error('nothing arrived');
    return request;
  };

  it('are signed with the new secret and the old one, and after its grace with the new one alone', async () => {
    const endpoint = await anEndpoint('/rotated');
    const old = (await call('GET', `${endpoint}/secret`)).body.key;
    const graceSeconds = 3;
    const rotated = (await call('POST', `${endpoint}/secret/rotate`, { gracePeriodSeconds: graceSeconds })).body.key;
    const overAtMs = Date.now() + graceSeconds * 1_000;
    await publish(endpoint);
    const first = await arrived('/rotated', 1);
    expect(accepts(rotated, first)).toBe(true);
    if (first.atMs < overAtMs - graceSeconds * 1_000 + 1_000) expect(accepts(old, first)).toBe(true);
    await until(() => Date.now() > overAtMs, { timeoutMs: 10_000, what: 'the grace to be over' });
    await publish(endpoint);
    const second = await arrived('/rotated', 2);
    expect([accepts(rotated, second), accepts(old, second)]).toEqual([true, false]);
  });

  it('are signed with a key pair of which the API shows the public half', async () => {
    const endpoint = await anEndpoint('/pair', { signatureType: 'ed25519' });
    const shown = (await call('GET', `${endpoint}/secret`)).body.key;
    await publish(endpoint);
    const { headers, body } = await arrived('/pair', 1);
    const raw = Buffer.from(shown.slice('whpk_'.length), 'base64');
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${String(body)}`;
    const signature = String(headers['webhook-signature']).slice('v1a,'.length);
    expect(verify(null, Buffer.from(signed), key, Buffer.from(signature, 'base64'))).toBe(true);
  });

  it('carry the headers and the credentials that were set', async () => {
    const authentication = { type: 'basic', username: 'u', password: 'p' };
    const endpoint = await anEndpoint('/headers', { headers: { 'X-One': '1' }, authentication });
    await call('PATCH', `${endpoint}/headers`, { headers: { 'x-two': '2' } });
    await publish(endpoint);
    expect((await arrived('/headers', 1)).headers).toMatchObject({
      'x-one': '1',
      'x-two': '2',
      authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
    });
  });

  it('wait while the endpoint is paused, and arrive once it is resumed', async () => {
    const endpoint = await anEndpoint('/paused');
    await call('POST', `${endpoint}/pause`);
    await publish(endpoint, 3);
    const [, app] = endpoint.split('/');
    const states = async () => {
      const { data } = (await call('GET', `app/${String(app)}/msg`)).body;
      const lists = await Promise.all(data.map(({ id }) => call('GET', `app/${String(app)}/msg/${id}/endpoint`)));
      return lists.flatMap(({ body }) => body.data.map(({ state }) => state));
    };
    const allParked = async () => (await states()).filter((state) => state === 'parked').length === 3;
    await until(allParked, { timeoutMs: 20_000, what: 'all to be parked' });
    expect(receiver.requests.filter(({ path }) => path === '/paused')).toEqual([]);
    await call('POST', `${endpoint}/resume`);
    await receiver.received(3, '/paused');
  });

  it.each([
    ['an endpoint', { throttleRate: 10 }, {}],
    ['an endpoint, as older clients name it', { rateLimit: 10 }, {}],
    ['an application', {}, { throttleRate: 10 }],
    ['an application, as older clients name it', {}, { rateLimit: 10 }],
  ])('keep to the limit of %s', async (name, ofEndpoint, ofApplication) => {
    const path = `/${name.replace(/[ ,]+/g, '-')}`;
    const endpoint = await anEndpoint(path, ofEndpoint, ofApplication);
    await publish(endpoint, 35);
    const requests = await receiver.received(35, path);
    const at = requests.map(({ atMs }) => atMs).sort((one, other) => one - other);
    // Ten at once, and ten a second from then on; what arrives may have been held up on its way.
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(2_000);
  });
});
