import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SecretBox, type DeliveryPermission } from '@signpost/domain';
import { CertificateAuthority, ScriptedReceiver } from '@signpost/testing';
import { fileOf } from '../egress/setup.js';
import { Scene } from './scene.js';

describe('a delivery', () => {
  let scene: Scene;
  let receiver: ScriptedReceiver | undefined;
  afterEach(async () => {
    await scene.close();
    await receiver?.stop();
  });

  it('waits until its receiver has agreed, and then arrives', async () => {
    scene = await Scene.open();
    await scene.serveDemands();
    await scene.start();
    const url = scene.receiver.url('/asked');
    const asked = { method: 'cloudevents-options', url, askedAtMs: Date.now() } as const;
    const refused: DeliveryPermission = { ...asked, state: 'refused', reason: 'http:405' };
    const endpoint = await scene.endpoint('/asked', { permission: refused });
    const [first] = await scene.deliver(endpoint);
    await scene.facts$(1, ({ kind }) => kind === 'parked');
    // It agreed, but not to this URL.
    const elsewhere: DeliveryPermission = { ...asked, url: scene.receiver.url('/other'), state: 'allowed' };
    await scene.put({ ...endpoint, version: 2, permission: elsewhere });
    const [second] = await scene.deliver({ ...endpoint, version: 2 });
    await scene.facts$(2, ({ kind }) => kind === 'parked');
    expect(scene.receiver.requests).toEqual([]);
    await scene.put({ ...endpoint, version: 3, permission: { ...asked, state: 'allowed' } });
    await scene.until('both to arrive', () => scene.arrivals('/asked').size === 2);
    expect([...scene.arrivals('/asked').keys()].sort()).toEqual([first?.messageId, second?.messageId].sort());
  });

  it("shows the receiver its endpoint's certificate", async () => {
    const authority = CertificateAuthority.create();
    const client = authority.issue({ hosts: ['signpost.acme.example'] });
    scene = await Scene.open({ EGRESS_CA_FILE: fileOf(authority.cert) });
    receiver = await ScriptedReceiver.start({
      tls: authority.issue({ hosts: ['127.0.0.1'] }),
      callersFrom: authority.cert,
    });
    await scene.start();
    const box = new SecretBox(scene.env['SIGNPOST_MASTER_KEY'] ?? '');
    const tls = { client: { certificate: client.cert, privateKey: box.seal(Buffer.from(client.key)) } };
    await scene.deliver(await scene.endpoint('/', { url: receiver.url('/mutual'), tls }));
    await scene.deliver(await scene.endpoint('/', { url: receiver.url('/nobody') }));
    const [request] = await receiver.received(1, '/mutual');
    expect(request?.callerFingerprint).toBe(new X509Certificate(client.cert).fingerprint256);
    const [failed] = await scene.facts$(1, (fact) => fact.kind === 'attempt' && fact.outcome === 'failed');
    expect(failed).toMatchObject({ reason: expect.stringMatching(/^network:/) });
    expect(receiver.requests).toHaveLength(1);
  });
});
