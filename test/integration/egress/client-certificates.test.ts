import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SecretBox, type EndpointTls } from '@signpost/domain';
import type { UndiciWebhookSender } from '@signpost/egress';
import { CertificateAuthority, ScriptedReceiver, type Certified } from '@signpost/testing';
import { answers, fileOf, loopbackSender, post } from './setup.js';

const NAME = 'hooks.example.com';

describe('an endpoint with TLS settings of its own', () => {
  const authority = CertificateAuthority.create();
  const callers = CertificateAuthority.create('Authority of the callers');
  const box = new SecretBox('a key for tests and nothing else');
  const sealed = ({ cert, key }: Certified): EndpointTls => ({
    client: { certificate: cert, privateKey: box.seal(Buffer.from(key)) },
  });
  const fingerprint = ({ cert }: Certified): string => new X509Certificate(cert).fingerprint256;
  const [one, other] = [callers.issue({ hosts: ['one'] }), callers.issue({ hosts: ['other'] })];
  let sender: UndiciWebhookSender;
  let receiver: ScriptedReceiver;

  beforeAll(() => {
    sender = loopbackSender({ EGRESS_CA_FILE: fileOf(authority.cert) }, { ...answers(['127.0.0.1']), secretBox: box });
  });
  afterAll(() => sender.close());
  afterEach(() => receiver.stop());

  const asking = async (): Promise<void> => {
    const tls = authority.issue({ hosts: [NAME] });
    receiver = await ScriptedReceiver.start({ tls, callersFrom: callers.cert });
  };

  it('shows its certificate, and each its own: connections are shared with nobody else', async () => {
    await asking();
    const url = receiver.url('/', NAME);
    const [tlsOfOne, tlsOfOther] = [sealed(one), sealed(other)];
    for (let round = 0; round < 3; round += 1) {
      // The second of these is another object that says the same, as after a new reading of the control topic.
      for (const tls of [tlsOfOne, { ...tlsOfOne }, tlsOfOther]) {
        expect(await sender.send(post(url, { tls }))).toMatchObject({ kind: 'response', status: 200 });
      }
    }
    const requests = await receiver.received(9);
    const expected = [one, one, other].map(fingerprint);
    expect(requests.map((request) => request.callerFingerprint)).toEqual([...expected, ...expected, ...expected]);
    // One kept connection for each of the two.
    expect(receiver.connections).toBe(2);
    // An endpoint without a certificate gets neither connection.
    await sender.send(post(url));
    expect(receiver.requests.slice(9).map((request) => request.callerFingerprint)).not.toContain(fingerprint(one));
    expect(receiver.connections).toBeGreaterThan(2);
  });

  it('is answered by a name when the receiver wants a certificate and there is none, or another', async () => {
    await asking();
    const url = receiver.url('/', NAME);
    const stranger = CertificateAuthority.create('Strangers').issue({ hosts: ['stranger'] });
    for (const tls of [undefined, sealed(stranger)]) {
      const result = await sender.send(post(url, tls === undefined ? {} : { tls }));
      expect(result.kind).toBe('network-error');
      expect(result).not.toMatchObject({ code: 'OTHER' });
    }
    expect(receiver.requests).toEqual([]);
  });

  it('is not called without its certificate when that cannot be used', async () => {
    await asking();
    const url = receiver.url('/', NAME);
    const elsewhere = new SecretBox('another key altogether').seal(Buffer.from(one.key));
    for (const client of [
      { certificate: one.cert, privateKey: elsewhere },
      { certificate: one.cert, privateKey: box.seal(Buffer.from(other.key)) },
      { certificate: 'no PEM', privateKey: box.seal(Buffer.from(one.key)) },
    ]) {
      expect(await sender.send(post(url, { tls: { client } }))).toMatchObject({
        kind: 'network-error',
        code: 'CLIENT_CERT_UNUSABLE',
      });
    }
    expect(receiver.connections).toBe(0);
  });

  it('trusts its own authority alone, and nobody else trusts that', async () => {
    const own = CertificateAuthority.create('Authority of one endpoint');
    receiver = await ScriptedReceiver.start({ tls: own.issue({ hosts: [NAME] }) });
    const url = receiver.url('/', NAME);
    expect(await sender.send(post(url, { tls: { ca: own.cert } }))).toMatchObject({ kind: 'response', status: 200 });
    expect(await sender.send(post(url))).toMatchObject({ kind: 'network-error', code: 'CERT_UNTRUSTED' });
    await receiver.stop();
    receiver = await ScriptedReceiver.start({ tls: authority.issue({ hosts: [NAME] }) });
    const usual = receiver.url('/', NAME);
    expect(await sender.send(post(usual))).toMatchObject({ kind: 'response', status: 200 });
    expect(await sender.send(post(usual, { tls: { ca: own.cert } }))).toMatchObject({ code: 'CERT_UNTRUSTED' });
  });
});
