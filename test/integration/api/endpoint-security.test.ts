import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SecretBox, type Endpoint, type EndpointId } from '@signpost/domain';
import { Metrics } from '@signpost/observability';
import { CertificateAuthority, ScriptedReceiver, until } from '@signpost/testing';
import { ApiScene, type Answer } from './support.js';

const ORIGIN = 'hooks.platform.example';
const URL_OF_RECEIVER = 'https://example.com/hooks';

describe('an endpoint that is called in a way of its own', () => {
  let scene: ApiScene;
  let app: string;
  beforeAll(async () => {
    scene = await ApiScene.open(undefined, {
      EGRESS_ORIGIN: ORIGIN,
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
      EGRESS_ALLOW_HTTP: 'true',
      EGRESS_CONNECT_TIMEOUT_MS: '2000',
      EGRESS_FIRST_BYTE_TIMEOUT_MS: '500',
    });
    app = (await call('POST', 'app', { name: 'One' })).body.id;
  });
  afterAll(() => scene.close());

  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    scene.call(method, `/api/v1/${path}`, body);
  const create = (fields: object): Promise<Answer> => call('POST', `app/${app}/endpoint`, fields);
  const inControl = (id: string, version: number): Promise<Endpoint> =>
    until(
      () => {
        const known = scene.control.view.endpoint(id as EndpointId);
        return known?.version === version ? known : undefined;
      },
      { timeoutMs: 5_000, what: 'the data plane to know the endpoint', everyMs: 5 },
    );

  describe('over TLS', () => {
    const authority = CertificateAuthority.create('Acme authority');
    const client = authority.issue({ hosts: ['signpost.acme.example'] });
    const tls = { certificate: client.cert, privateKey: client.key, ca: authority.cert };

    it('shows of its settings no more than whose certificate it is, and keeps the key sealed', async () => {
      const created = await create({ url: URL_OF_RECEIVER, tls });
      expect(created).toMatchObject({ status: 201 });
      const { id } = created.body;
      const shown = {
        certificate: {
          subject: 'CN=signpost.acme.example',
          fingerprint: new X509Certificate(client.cert).fingerprint256,
          expiresAt: expect.any(String),
        },
        ca: [expect.objectContaining({ subject: 'CN=Acme authority' })],
      };
      const path = `app/${app}/endpoint/${id}`;
      for (const answer of [created, await call('GET', path)]) {
        expect(answer.body).toMatchObject({ tls: shown });
        expect(answer.text).not.toMatch(/BEGIN|PRIVATE/);
      }
      const known = await inControl(id, 1);
      expect(JSON.stringify(known)).not.toContain('PRIVATE KEY');
      const box = new SecretBox('a key for tests and nothing else');
      expect(box.open(known.tls?.client?.privateKey ?? '').toString()).toBe(client.key);
      expect(known.tls?.ca?.trim()).toBe(authority.cert.trim());
    });

    it('keeps them until they are named: null removes them', async () => {
      const { id } = (await create({ url: URL_OF_RECEIVER, uid: 'kept', tls })).body;
      const path = `app/${app}/endpoint/${id}`;
      expect((await call('PATCH', path, { description: 'x' })).body).toHaveProperty('tls.certificate');
      expect((await call('PUT', path, { url: URL_OF_RECEIVER, uid: 'kept' })).body).toHaveProperty('tls.certificate');
      const caAlone = (await call('PATCH', path, { tls: { ca: authority.cert } })).body;
      expect(caAlone).toHaveProperty('tls.ca');
      expect(caAlone).not.toHaveProperty('tls.certificate');
      expect((await call('PUT', path, { url: URL_OF_RECEIVER, tls: null })).body).not.toHaveProperty('tls');
      expect(await inControl(id, 5)).not.toHaveProperty('tls');
    });

    it('is counted by how long its certificate is still good for, as long as it has one', async () => {
      const soon = authority.issue({ hosts: ['soon'], notAfter: new Date(Date.now() + 5 * 86_400_000) });
      const counted = async () => {
        const text = await scene.process.app.get(Metrics).registry.metrics();
        return text.includes('signpost_certificates{use="endpoint-client",ends="within-7d"} 1\n');
      };
      expect(await counted()).toBe(false);
      const ofSoon = { certificate: soon.cert, privateKey: soon.key };
      const { id } = (await create({ url: URL_OF_RECEIVER, tls: ofSoon })).body;
      await until(counted, { timeoutMs: 5_000, what: 'the certificate to be counted' });
      await call('PATCH', `app/${app}/endpoint/${id}`, { tls: null });
      await until(async () => !(await counted()), { timeoutMs: 5_000, what: 'the certificate to be gone' });
    });

    it('is refused by place and name when what it is given is unfit', async () => {
      const expired = authority.issue({ hosts: ['old'], notAfter: new Date(Date.now() - 1_000) });
      const other = authority.issue({ hosts: ['other'] });
      for (const [given, loc, type] of [
        [{}, ['body', 'tls', 'certificate'], 'missing'],
        [{ certificate: client.cert }, ['body', 'tls', 'privateKey'], 'missing'],
        [{ ...tls, privateKey: other.key }, ['body', 'tls', 'privateKey'], 'key_mismatch'],
        [{ certificate: expired.cert, privateKey: expired.key }, ['body', 'tls', 'certificate'], 'expired_certificate'],
        [{ ca: 'no PEM' }, ['body', 'tls', 'ca'], 'invalid_certificate'],
        [{ ca: 'x'.repeat(40_000) }, ['body', 'tls', 'ca'], 'too_big'],
        [{ certificate: { subject: 'CN=x' } }, ['body', 'tls', 'certificate'], 'invalid_type'],
      ] as const) {
        const answer = await create({ url: URL_OF_RECEIVER, tls: given });
        expect(answer).toMatchObject({ status: 422, body: { detail: [{ loc, type }] } });
        expect(answer.text).not.toContain('PRIVATE KEY');
      }
    });
  });

  describe('whose receiver has to agree first', () => {
    let receiver: ScriptedReceiver;
    beforeEach(async () => {
      receiver = await ScriptedReceiver.start();
    });
    afterEach(() => receiver.stop());
    const validation = 'cloudevents-options';
    const yes = { status: 200, headers: { 'webhook-allowed-origin': ORIGIN, 'webhook-allowed-rate': '100' } };

    it('is asked before it is answered, and what it says is kept', async () => {
      receiver.play(yes);
      const created = await create({ url: receiver.url('/hook'), validation, throttleRate: 2 });
      expect(created).toMatchObject({
        status: 201,
        body: { validation, permission: { state: 'allowed', ratePerMinute: 100, askedAt: expect.any(String) } },
      });
      expect(receiver.requests).toHaveLength(1);
      expect(receiver.requests[0]).toMatchObject({ method: 'OPTIONS', path: '/hook', body: Buffer.alloc(0) });
      expect(receiver.requests[0]?.headers).toMatchObject({
        'webhook-request-origin': ORIGIN,
        'webhook-request-rate': '120',
      });
      expect((await inControl(created.body.id, 1)).permission).toMatchObject({ state: 'allowed', ratePerMinute: 100 });
    });

    it.each([
      ['no', 405, { state: 'refused', reason: 'http:405' }],
      [
        'yes to others',
        { status: 200, headers: { 'webhook-allowed-origin': 'x.example' } },
        { state: 'refused', reason: 'origin' },
      ],
      ['nothing', 'hang' as const, { state: 'pending', reason: 'timeout:first-byte' }],
      ['something else', 'garbage' as const, { state: 'pending', reason: 'network:INVALID_HTTP' }],
    ])('is created all the same when it says %s', async (_what, step, permission) => {
      receiver.play(step);
      expect(await create({ url: receiver.url(), validation })).toMatchObject({ status: 201, body: { permission } });
    });

    it('is asked again on demand', async () => {
      receiver.play(503, yes);
      const { id } = (await create({ url: receiver.url(), validation })).body;
      const asked = await call('POST', `app/${app}/endpoint/${id}/validate`);
      expect(asked).toMatchObject({ status: 200, body: { id, version: 2, permission: { state: 'allowed' } } });
      const free = (await create({ url: receiver.url() })).body.id;
      expect(await call('POST', `app/${app}/endpoint/${free}/validate`)).toMatchObject({
        status: 409,
        body: { code: 'validation_not_asked_for' },
      });
    });

    it('is asked again for a new URL alone; without validation nobody is asked', async () => {
      receiver.play(yes, 405, 405);
      const { id } = (await create({ url: receiver.url(), validation })).body;
      const path = `app/${app}/endpoint/${id}`;
      expect((await call('PATCH', path, { description: 'x', validation })).body.permission?.state).toBe('allowed');
      expect((await call('PUT', path, { url: receiver.url() })).body.permission?.state).toBe('allowed');
      expect(receiver.requests).toHaveLength(1);
      const moved = await call('PATCH', path, { url: receiver.url('/new') });
      expect(moved.body).toMatchObject({ permission: { state: 'refused', reason: 'http:405' } });
      expect(receiver.requests[1]).toMatchObject({ method: 'OPTIONS', path: '/new' });
      // Unrelated changes do not bother a receiver that said no.
      await call('PATCH', path, { description: 'y' });
      expect(receiver.requests).toHaveLength(2);
      const freed = (await call('PATCH', path, { validation: null })).body;
      expect(freed).not.toHaveProperty('permission');
      expect(freed).not.toHaveProperty('validation');
      await call('PATCH', path, { url: receiver.url('/newer') });
      expect(receiver.requests).toHaveLength(2);
    });

    it('may not be asked where no request may go', async () => {
      expect(await create({ url: 'http://10.0.0.1/', validation })).toMatchObject({ status: 422 });
      expect(await create({ url: receiver.url(), validation: 'by-letter' })).toMatchObject({
        status: 422,
        body: { detail: [{ loc: ['body', 'validation'] }] },
      });
      expect(receiver.requests).toEqual([]);
    });
  });
});
