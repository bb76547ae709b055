import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  newSecret,
  parseSigningKey,
  SecretBox,
  signatureHeader,
  type Endpoint,
  type EndpointId,
  type MessageId,
} from '@signpost/domain';
import { EndpointStore } from '@signpost/ports';
import { until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';

const URL_OF_RECEIVER = 'https://example.com/hooks';
const DAY_MS = 86_400_000;

describe("an endpoint's secret", () => {
  let scene: ApiScene;
  let app: string;
  const box = new SecretBox('a key for tests and nothing else');
  const opened = (sealed: string | undefined): string => box.open(sealed ?? '').toString();
  beforeAll(async () => {
    scene = await ApiScene.open();
    app = (await call('POST', 'app', { name: 'One' })).body.id;
  });
  afterAll(() => scene.close());

  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    scene.call(method, `/api/v1/${path}`, body);
  const create = (fields: object): Promise<Answer> =>
    call('POST', `app/${app}/endpoint`, { url: URL_OF_RECEIVER, ...fields });
  const anEndpoint = async (fields: object = {}): Promise<{ readonly id: string; readonly path: string }> => {
    const created = await create(fields);
    expect(created).toMatchObject({ status: 201 });
    return { id: created.body.id, path: `app/${app}/endpoint/${created.body.id}` };
  };
  const inControl = (id: string, version: number): Promise<Endpoint> =>
    until(
      () => {
        const known = scene.control.view.endpoint(id as EndpointId);
        return known?.version === version ? known : undefined;
      },
      { timeoutMs: 5_000, what: 'the data plane to know the endpoint', everyMs: 5 },
    );
  const faultsOf = (answer: Answer): readonly unknown[] => {
    expect(answer.status).toBe(422);
    return (answer.body.detail as readonly { readonly loc: unknown }[]).map(({ loc }) => loc);
  };

  const keyOf = async (path: string): Promise<string> => (await call('GET', `${path}/secret`)).body.key;

  it.each([
    ['svix-libs/1.99.1/java jre/17', 204],
    ['svix-libs/2.9.1/python', 200],
    ['curl/8.5.0', 200],
  ])('is rotated for %s with the answer %i', async (client, status) => {
    const { path } = await anEndpoint();
    const response = await fetch(`${scene.origin}/api/v1/${path}/secret/rotate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${scene.key}`, 'content-type': 'application/json', 'user-agent': client },
      body: '{}',
    });
    expect(response.status).toBe(status);
    const shown = { key: await keyOf(path) };
    expect(await response.text()).toBe(status === 204 ? '' : JSON.stringify(shown));
  });

  it('is rotated: the answer has the new one, and the old one signs on for a day', async () => {
    const { id, path } = await anEndpoint();
    const old = await keyOf(path);
    const before = Date.now();
    const rotated = await call('POST', `${path}/secret/rotate`, {});
    expect(rotated).toMatchObject({ status: 200, body: { key: expect.stringMatching(/^whsec_/) } });
    expect(rotated.body.key).not.toBe(old);
    expect(await keyOf(path)).toBe(rotated.body.key);
    const { secrets, retiredSecrets = [] } = await inControl(id, 2);
    expect(secrets.map(opened)).toEqual([rotated.body.key]);
    expect(retiredSecrets.map(({ sealed }) => opened(sealed))).toEqual([old]);
    expect(retiredSecrets[0]?.expiresAtMs).toBeGreaterThanOrEqual(before + DAY_MS);
    expect(JSON.stringify(retiredSecrets)).not.toContain(old);
  });

  it('is rotated to one of the caller, with the grace that is asked for', async () => {
    const { id, path } = await anEndpoint();
    const own = newSecret('hmac256');
    const asked = { key: own.slice('whsec_'.length), gracePeriodSeconds: 60 };
    expect((await call('POST', `${path}/secret/rotate`, asked)).body).toEqual({ key: own });
    const { retiredSecrets } = await inControl(id, 2);
    expect((retiredSecrets?.[0]?.expiresAtMs ?? 0) - Date.now()).toBeLessThanOrEqual(60_000);
    // Asked again, since the answer was lost: nothing changes.
    expect((await call('POST', `${path}/secret/rotate`, asked)).body).toEqual({ key: own });
    expect((await call('GET', path)).body).toMatchObject({ version: 2 });
    expect((await call('POST', `${path}/secret/rotate`, { gracePeriodSeconds: 0 })).status).toBe(200);
    const { retiredSecrets: left, secrets } = await inControl(id, 3);
    expect(left).toHaveLength(1);
    expect(secrets.map(opened)).not.toContain(own);
  });

  it('is rotated by a change of the endpoint that names it, as older clients do', async () => {
    const { id, path } = await anEndpoint();
    const old = await keyOf(path);
    const own = newSecret('hmac256');
    expect((await call('PATCH', path, { secret: own, description: 'x' })).body).toMatchObject({ description: 'x' });
    expect(await keyOf(path)).toBe(own);
    const { retiredSecrets = [] } = await inControl(id, 2);
    expect(retiredSecrets.map(({ sealed }) => opened(sealed))).toEqual([old]);
    expect(faultsOf(await call('PATCH', path, { secret: 'short' }))).toContainEqual(['body', 'secret']);
  });

  it('has at most ten before it that still sign', async () => {
    const { path } = await anEndpoint();
    for (let turn = 0; turn < 10; turn += 1) {
      expect((await call('POST', `${path}/secret/rotate`, {})).status).toBe(200);
    }
    expect(await call('POST', `${path}/secret/rotate`, {})).toMatchObject({
      status: 400,
      body: { code: 'limit_reached', detail: expect.stringContaining('gracePeriodSeconds 0') },
    });
    expect((await call('POST', `${path}/secret/rotate`, { gracePeriodSeconds: 0 })).status).toBe(200);
  });

  it('that was rotated is forgotten once it is expired, at the version that the endpoint has', async () => {
    const { id, path } = await anEndpoint();
    await call('POST', `${path}/secret/rotate`, { gracePeriodSeconds: 3_600 });
    await call('POST', `${path}/secret/rotate`, { gracePeriodSeconds: 7_200 });
    expect((await inControl(id, 3)).retiredSecrets).toHaveLength(2);
    const store = scene.process.app.get(EndpointStore);
    await store.forgetExpiredSecrets(Date.now());
    expect((await inControl(id, 3)).retiredSecrets).toHaveLength(2);
    expect(await store.forgetExpiredSecrets(Date.now() + 5_400_000)).toBeGreaterThanOrEqual(1);
    await until(() => scene.control.view.endpoint(id as EndpointId)?.retiredSecrets?.length === 1, {
      timeoutMs: 5_000,
      what: 'one to be forgotten',
    });
    await store.forgetExpiredSecrets(Date.now() + 7_300_000);
    await until(() => scene.control.view.endpoint(id as EndpointId)?.retiredSecrets === undefined, {
      timeoutMs: 5_000,
      what: 'both to be forgotten',
    });
    expect((await call('GET', path)).body).toMatchObject({ version: 3 });
  });

  it('may be a key pair, of which only the public half is shown', async () => {
    const pair = newSecret('ed25519');
    for (const fields of [{ secret: pair }, { signatureType: 'ed25519' }]) {
      const { id, path } = await anEndpoint(fields);
      const shown = await keyOf(path);
      expect(shown).toMatch(/^whpk_/);
      const { secrets } = await inControl(id, 1);
      const signing = opened(secrets[0]);
      const signature = signatureHeader('msg_1' as MessageId, 5, Buffer.from('{}'), [parseSigningKey(signing)]);
      expect(verifiesWith(shown, 'msg_1.5.{}', signature)).toBe(true);
      const rotated = (await call('POST', `${path}/secret/rotate`, {})).body.key;
      expect(rotated).toMatch(/^whpk_/);
      expect(rotated).not.toBe(shown);
      const mixed = await call('POST', `${path}/secret/rotate`, { signatureType: 'hmac256' });
      expect(mixed.body.key).toMatch(/^whsec_/);
      const after = await inControl(id, 3);
      expect(after.retiredSecrets?.map(({ sealed }) => opened(sealed).slice(0, 5))).toEqual(['whsk_', 'whsk_']);
    }
  });

  it.each([
    [{ key: 'short' }, ['body', 'key']],
    [{ key: `whsk_${Buffer.alloc(33).toString('base64')}` }, ['body', 'key']],
    [{ key: `whsk_${Buffer.alloc(64).toString('base64')}` }, ['body', 'key']],
    [{ key: 7 }, ['body', 'key']],
    [{ key: newSecret('ed25519'), signatureType: 'hmac256' }, ['body', 'signatureType']],
    [{ signatureType: 'rsa' }, ['body', 'signatureType']],
    [{ gracePeriodSeconds: -1 }, ['body', 'gracePeriodSeconds']],
    [{ gracePeriodSeconds: 604_801 }, ['body', 'gracePeriodSeconds']],
    [{ gracePeriodSeconds: 1.5 }, ['body', 'gracePeriodSeconds']],
  ])('is not rotated by %j', async (body, loc) => {
    const { path } = await anEndpoint();
    expect(faultsOf(await call('POST', `${path}/secret/rotate`, body))).toContainEqual(loc);
    expect((await call('GET', path)).body).toMatchObject({ version: 1 });
  });
});

function verifiesWith(shown: string, signed: string, signature: string): boolean {
  const raw = Buffer.from(shown.slice('whpk_'.length), 'base64');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return verify(null, Buffer.from(signed), key, Buffer.from(signature.slice('v1a,'.length), 'base64'));
}
