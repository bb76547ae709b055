import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptFact, JournalFact } from '@signpost/contracts';
import { newId, newSecret, verificationKey, type Endpoint, type EndpointAuthentication } from '@signpost/domain';
import { Webhook } from 'standardwebhooks';
import { Scene } from './scene.js';

const CLIENT = { clientId: 'signpost', clientAuthentication: 'basic' } as const;
const TOKEN = (token: string, seconds = 3_600) => ({
  status: 200,
  body: JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: seconds }),
});

const isAttempt = (fact: JournalFact): fact is AttemptFact => fact.kind === 'attempt';

/** With what an endpoint is called: keys, headers, credentials, time-outs. */
describe('an endpoint', () => {
  let scene: Scene;
  beforeAll(async () => {
    // Of a token server's answer more is read than of a receiver's is kept.
    scene = await Scene.open({ EGRESS_FIRST_BYTE_TIMEOUT_MS: '15000', EGRESS_RESPONSE_BODY_BYTES: '0' });
    await scene.serveDemands();
    await scene.start();
  });
  afterAll(() => scene.close());

  const attemptsOf = async (endpoint: Endpoint, count = 1): Promise<readonly AttemptFact[]> =>
    (await scene.facts$(count, (fact) => isAttempt(fact) && fact.endpointId === endpoint.id)).filter(isAttempt);
  const requestsTo = (path: string) => scene.receiver.requests.filter((request) => request.path === path);
  const basicOf = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const verifies = (secret: string, { headers, body }: (typeof scene.receiver.requests)[number]): boolean => {
    try {
      new Webhook(secret).verify(body.toString(), headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  };

  describe('with secrets that rotate', () => {
    it('is signed for with all that are not expired, newest first, and with none that is, though nobody says so', async () => {
      const [oldest, old, current] = [newSecret('hmac256'), newSecret('hmac256'), newSecret('hmac256')];
      const expiresAtMs = Date.now() + 2_500;
      const endpoint = await scene.endpoint('/rotated', {
        secrets: [scene.seal(current)],
        retiredSecrets: [
          { sealed: scene.seal(old), expiresAtMs: Date.now() + 3_600_000 },
          { sealed: scene.seal(oldest), expiresAtMs },
        ],
      });
      await scene.deliver(endpoint);
      const [first] = await scene.receiver.received(1, '/rotated');
      if (first === undefined) throw new Error('nothing arrived');
      if (first.atMs < expiresAtMs) {
        expect([current, old, oldest].map((secret) => verifies(secret, first))).toEqual([true, true, true]);
      }
      const [newest] = String(first.headers['webhook-signature']).split(' ');
      expect(verifies(current, { ...first, headers: { ...first.headers, 'webhook-signature': newest } })).toBe(true);
      await scene.until('the oldest to expire', () => Date.now() > expiresAtMs);
      await scene.deliver(endpoint);
      const [, second] = await scene.receiver.received(2, '/rotated');
      if (second === undefined) throw new Error('nothing arrived');
      expect([current, old, oldest].map((secret) => verifies(secret, second))).toEqual([true, true, false]);
    });

    it('is signed for with a shared secret and a key pair side by side', async () => {
      const [shared, pair] = [newSecret('hmac256'), newSecret('ed25519')];
      const endpoint = await scene.endpoint('/mixed', {
        secrets: [scene.seal(pair)],
        retiredSecrets: [{ sealed: scene.seal(shared), expiresAtMs: Date.now() + 3_600_000 }],
      });
      await scene.deliver(endpoint);
      const [request] = await scene.receiver.received(1, '/mixed');
      if (request === undefined) throw new Error('nothing arrived');
      const { headers, body } = request;
      const entries = String(headers['webhook-signature']).split(' ');
      expect(entries.map((entry) => entry.slice(0, entry.indexOf(',')))).toEqual(['v1a', 'v1']);
      expect(verifies(shared, { ...request, headers: { ...headers, 'webhook-signature': entries[1] } })).toBe(true);
      const raw = Buffer.from(verificationKey(pair).slice('whpk_'.length), 'base64');
      const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
      const signed = Buffer.from(
        `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${String(body)}`,
      );
      const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      expect(verify(null, signed, key, Buffer.from(entries[0]?.slice('v1a,'.length) ?? '', 'base64'))).toBe(true);
    });
  });

  describe('that is authenticated to', () => {
    it.each([
      ['basic', { type: 'basic', username: 'u', password: 'p ä' }, 'authorization', basicOf('u', 'p ä')],
      ['bearer', { type: 'bearer', token: 'abc' }, 'authorization', 'Bearer abc'],
      ['header', { type: 'header', name: 'X-Pass', value: 'k3y' }, 'x-pass', 'k3y'],
    ] as const)('gets its %s credentials, in place of a header of that name', async (path, given, name, expected) => {
      const authentication: EndpointAuthentication =
        given.type === 'basic'
          ? { ...given, password: scene.seal(given.password) }
          : given.type === 'bearer'
            ? { ...given, token: scene.seal(given.token) }
            : { ...given, value: scene.seal(given.value) };
      const headers = { [name.toUpperCase()]: scene.seal('theirs'), 'x-more': scene.seal('kept') };
      const endpoint = await scene.endpoint(`/${path}`, { authentication, headers });
      await scene.deliver(endpoint);
      const [request] = await scene.receiver.received(1, `/${path}`);
      expect(request?.headers).toMatchObject({ [name]: expected, 'x-more': 'kept' });
      const [attempt] = await attemptsOf(endpoint);
      expect(attempt?.requestHeaders).toEqual({ [name]: '***', 'x-more': 'kept' });
    });

    it('by OAuth2 gets a token that is fetched once and kept', async () => {
      scene.receiver.playAt('/token', TOKEN('first'));
      const endpoint = await scene.endpoint('/kept-token', { authentication: oauth2('/token', { scope: 'hooks' }) });
      await scene.deliver(endpoint, 10);
      const requests = await scene.receiver.received(10, '/kept-token');
      expect(new Set(requests.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer first']));
      const asked = requestsTo('/token');
      expect(asked).toHaveLength(1);
      expect(asked[0]?.headers).toMatchObject({ authorization: basicOf('signpost', 's'), accept: 'application/json' });
      expect(String(asked[0]?.body)).toBe('grant_type=client_credentials&scope=hooks');
    });

    it('by OAuth2 gets a new token within the same attempt when it refuses the old one, and only once', async () => {
      scene.receiver.playAt('/renewed', TOKEN('one'), TOKEN('two'), TOKEN('three'));
      scene.receiver.playAt('/strict', 200, 401, 200, 401);
      const endpoint = await scene.endpoint('/strict', { authentication: oauth2('/renewed'), retrySchedule: [] });
      const outcomes: (number | undefined)[] = [];
      for (let number = 1; number <= 3; number += 1) {
        await scene.deliver(endpoint);
        outcomes.push((await attemptsOf(endpoint, number)).at(-1)?.status);
      }
      expect(outcomes).toEqual([200, 200, 401]);
      const tokens = requestsTo('/strict').map(({ headers }) => headers.authorization);
      expect(tokens).toEqual(['Bearer one', 'Bearer one', 'Bearer two', 'Bearer two']);
      expect(requestsTo('/renewed')).toHaveLength(2);
    });

    it.each([
      ['that refuses', '/refusing', { status: 401, body: '{"error":"invalid_client"}' }, 'oauth2:invalid_client'],
      ['that fails', '/failing', 503, 'oauth2:http:503'],
      ['that says nothing of a token', '/mute', 200, 'oauth2:no-token'],
    ] as const)(
      'by OAuth2 gets nothing from a token server %s, and the attempt says why',
      async (_, path, step, why) => {
        scene.receiver.playAt(path, step);
        const endpoint = await scene.endpoint(`${path}-hook`, { authentication: oauth2(path), retrySchedule: [] });
        await scene.deliver(endpoint);
        expect(await attemptsOf(endpoint)).toMatchObject([{ outcome: 'failed', reason: why }]);
        expect(requestsTo(`${path}-hook`)).toEqual([]);
      },
    );

    it('by OAuth2 is dead-lettered to when its token server is not public', async () => {
      const authentication = { ...oauth2('/token'), tokenUrl: 'http://10.1.2.3/token' };
      const endpoint = await scene.endpoint('/guarded', { authentication });
      await scene.deliver(endpoint);
      expect(await attemptsOf(endpoint)).toMatchObject([
        { reason: 'blocked-address:oauth2:private-address', deadLetterReason: 'blocked-address' },
      ]);
      expect(requestsTo('/guarded')).toEqual([]);
    });

    const oauth2 = (path: string, more: object = {}): EndpointAuthentication & { readonly type: 'oauth2' } => ({
      type: 'oauth2',
      tokenUrl: scene.receiver.url(path),
      clientSecret: scene.seal('s'),
      ...CLIENT,
      ...more,
    });
  });

  it('has time-outs of its own', async () => {
    scene.receiver.playAt('/slow', { status: 200, delayMs: 5_000 });
    const endpoint = await scene.endpoint('/slow', { timeouts: { firstByteMs: 200 }, retrySchedule: [] });
    await scene.deliver(endpoint);
    expect(await attemptsOf(endpoint)).toMatchObject([{ reason: 'timeout:first-byte' }]);
  });

  it('that is paused gets nothing and spends no attempt, and all of it once it is resumed', async () => {
    const paused = { by: 'somebody', sinceMs: Date.now() };
    const endpoint = await scene.endpoint('/paused', { paused });
    const owed = await scene.deliver(endpoint, 5);
    const isParked = (fact: JournalFact) => fact.kind === 'parked' && fact.endpointId === endpoint.id;
    const parked = await scene.facts$(5, isParked);
    expect(parked).toMatchObject(Array(5).fill({ reason: 'endpoint-paused' }));
    expect(requestsTo('/paused')).toEqual([]);
    const { paused: _, secret: __, ...running } = endpoint;
    await scene.put({ ...running, version: 2 });
    await scene.until('the five', () => scene.arrivals('/paused').size === 5);
    expect([...scene.arrivals('/paused').keys()].sort()).toEqual(owed.map(({ messageId }) => messageId).sort());
    expect(await attemptsOf(endpoint, 5)).toMatchObject(Array(5).fill({ attempt: 1, outcome: 'delivered' }));
  });

  it("keeps to its application's limit together with the others", async () => {
    const applicationId = newId('app', Date.now());
    const organisationId = newId('org', Date.now());
    await scene.putApplication({ id: applicationId, organisationId, version: 1, name: 'One', throttleRate: 10 });
    const endpoints = await Promise.all(['/l1', '/l2'].map((path) => scene.endpoint(path, { applicationId })));
    await Promise.all(endpoints.map((endpoint) => scene.deliver(endpoint, 20)));
    const arrived = () => [...requestsTo('/l1'), ...requestsTo('/l2')].map(({ atMs }) => atMs).sort();
    await scene.until('all of them', () => arrived().length === 40);
    const at = arrived();
    // Ten at once, and ten a second from then on; what arrives may have been held up on its way.
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(2_500);
  });
});
