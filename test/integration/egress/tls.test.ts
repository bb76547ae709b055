import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import nodeTls, { createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { UndiciWebhookSender } from '@signpost/egress';
import { CertificateAuthority, ScriptedReceiver, type CertificateWish } from '@signpost/testing';
import { answers, fileOf, loopbackSender, post } from './setup.js';

const DAY_MS = 86_400_000;
const ANY_CIPHER = 'DEFAULT@SECLEVEL=0';
const NAME = 'hooks.example.com';

describe('TLS', () => {
  const authority = CertificateAuthority.create();
  let sender: UndiciWebhookSender;

  beforeAll(() => {
    sender = loopbackSender({ EGRESS_CA_FILE: fileOf(authority.cert) }, answers(['127.0.0.1']));
  });

  afterAll(() => sender.close());

  const usual = { DEFAULT_MIN_VERSION: nodeTls.DEFAULT_MIN_VERSION, DEFAULT_CIPHERS: nodeTls.DEFAULT_CIPHERS };
  /** What a flag or NODE_OPTIONS may do to a process. */
  const weaken = (): void => {
    Object.assign(nodeTls, { DEFAULT_MIN_VERSION: 'TLSv1', DEFAULT_CIPHERS: ANY_CIPHER });
    sender.close();
    sender = loopbackSender({ EGRESS_CA_FILE: fileOf(authority.cert) }, answers(['127.0.0.1']));
  };
  afterEach(() => {
    Object.assign(nodeTls, usual);
  });

  async function outcomeFor(wish: CertificateWish, host: string, issuer = authority): Promise<object> {
    const receiver = await ScriptedReceiver.start({ tls: issuer.issue(wish) });
    try {
      const result = await sender.send(post(receiver.url('/', host)));
      expect(receiver.requests).toHaveLength(result.kind === 'response' ? 1 : 0);
      return result;
    } finally {
      await receiver.stop();
    }
  }

  it('is timed beside the other phases', async () => {
    expect(await outcomeFor({ hosts: [NAME] }, NAME)).toMatchObject({
      kind: 'response',
      status: 200,
      timing: { lookupMs: expect.any(Number), connectMs: expect.any(Number), tlsMs: expect.any(Number) },
    });
  });

  it.each([
    ['a name with a full stop', [NAME], `${NAME}.`],
    ['an address', ['127.0.0.1'], '127.0.0.1'],
  ])('takes a certificate for %s', async (_what, hosts, host) => {
    expect(await outcomeFor({ hosts }, host)).toMatchObject({ kind: 'response', status: 200 });
  });

  it.each<[string, string, CertificateWish, string]>([
    [
      'has expired',
      'CERT_HAS_EXPIRED',
      { hosts: [NAME], notBefore: new Date(Date.now() - 2 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) },
      NAME,
    ],
    ['is not valid yet', 'CERT_NOT_YET_VALID', { hosts: [NAME], notBefore: new Date(Date.now() + DAY_MS) }, NAME],
    ['is for another name', 'CERT_NAME_MISMATCH', { hosts: ['other.example.com'] }, NAME],
    ['is for another address', 'CERT_NAME_MISMATCH', { hosts: ['127.0.0.2'] }, '127.0.0.1'],
  ])('refuses a certificate that %s: %s', async (_what, code, wish, host) => {
    expect(await outcomeFor(wish, host)).toMatchObject({ kind: 'network-error', code });
  });

  it('refuses a certificate that vouches for itself', async () => {
    const receiver = await ScriptedReceiver.start({ tls: CertificateAuthority.create(NAME).self });
    expect(await sender.send(post(receiver.url('/', NAME)))).toMatchObject({
      kind: 'network-error',
      code: 'CERT_SELF_SIGNED',
    });
    expect(receiver.requests).toHaveLength(0);
    await receiver.stop();
  });

  it('refuses a certificate of an authority that nobody trusts', async () => {
    const unknown = CertificateAuthority.create('Somebody');
    expect(await outcomeFor({ hosts: [NAME] }, NAME, unknown)).toMatchObject({
      kind: 'network-error',
      code: 'CERT_UNTRUSTED',
    });
    const receiver = await ScriptedReceiver.start({ tls: { ...unknown.issue({ hosts: [NAME] }) } });
    const usual = loopbackSender({}, answers(['127.0.0.1']));
    expect(await usual.send(post(receiver.url('/', NAME)))).toMatchObject({
      kind: 'network-error',
      code: 'CERT_UNTRUSTED',
    });
    usual.close();
    await receiver.stop();
  });

  it.each<[SecureVersion, object]>([
    ['TLSv1', { kind: 'network-error', code: 'TLS_VERSION' }],
    ['TLSv1.1', { kind: 'network-error', code: 'TLS_VERSION' }],
    ['TLSv1.2', { kind: 'response', status: 200 }],
    ['TLSv1.3', { kind: 'response', status: 200 }],
  ])('at %s: %j, whatever the process takes elsewhere', async (version, expected) => {
    weaken();
    const tls = authority.issue({ hosts: [NAME] });
    const options = { ...tls, minVersion: version, maxVersion: version, ciphers: ANY_CIPHER };
    const server = createServer(options, (socket: TLSSocket) => {
      socket
        .on('error', () => undefined)
        .once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    });
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://${NAME}:${String((server.address() as AddressInfo).port)}/`;
    expect(await sender.send(post(url))).toMatchObject(expected);
    server.close();
  });

  it.each([
    [NAME, NAME],
    [`${NAME}.`, NAME],
    ['127.0.0.1', false],
  ])('names the server: %s as %j', async (host, expected) => {
    const names: unknown[] = [];
    const server = createServer(
      authority.issue({ hosts: [NAME, '127.0.0.1'] }),
      (socket: TLSSocket & { servername?: unknown }) => {
        names.push(socket.servername);
        socket
          .on('error', () => undefined)
          .once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
      },
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://${host}:${String((server.address() as AddressInfo).port)}/`;
    expect(await sender.send(post(url))).toMatchObject({ kind: 'response', status: 200 });
    expect(names).toEqual([expected]);
    server.close();
  });

  it('does not hide a body without end', async () => {
    const receiver = await ScriptedReceiver.start({ tls: authority.issue({ hosts: [NAME] }) });
    receiver.play('huge-body');
    const result = await sender.send(post(receiver.url('/', NAME)));
    expect(result).toMatchObject({ kind: 'response', status: 200, body: 'x'.repeat(16_384) });
    await receiver.stop();
  });

  it('is missing where a receiver speaks plain HTTP', async () => {
    const plain = await ScriptedReceiver.start();
    const result = await sender.send(post(plain.url('/', NAME).replace('http:', 'https:')));
    expect(result).toMatchObject({ kind: 'network-error', code: 'TLS_HANDSHAKE' });
    await plain.stop();
  });
});
