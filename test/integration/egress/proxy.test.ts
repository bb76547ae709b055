import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SenderParts, UndiciWebhookSender } from '@signpost/egress';
import { CertificateAuthority, ScriptedReceiver, until } from '@signpost/testing';
import { ConnectProxy } from './connect-proxy.js';
import { answers, fileOf, loopbackSender, PATIENT, post } from './setup.js';

const NAME = 'hooks.example.com';

describe('a forward proxy', () => {
  const authority = CertificateAuthority.create();
  let proxy: ConnectProxy;
  let receiver: ScriptedReceiver;
  let sender: UndiciWebhookSender;

  beforeEach(async () => {
    proxy = await ConnectProxy.start();
  });

  afterEach(async () => {
    sender.close();
    await until(() => proxy.openConnections === 0, { timeoutMs: 10_000, what: 'the tunnels to be closed' });
    await receiver.stop();
    await proxy.stop();
  });

  async function behind(
    settings: Readonly<Record<string, string>> = {},
    parts: SenderParts = answers(['127.0.0.1']),
    tls = false,
  ): Promise<void> {
    receiver = await ScriptedReceiver.start(tls ? { tls: authority.issue({ hosts: [NAME] }) } : {});
    const ca = tls ? { EGRESS_CA_FILE: fileOf(authority.cert) } : {};
    sender = loopbackSender({ EGRESS_PROXY_URL: proxy.url(), ...ca, ...settings }, parts);
  }

  it.each([false, true])('opens a tunnel to the address that was checked, and is kept (TLS: %s)', async (tls) => {
    await behind({}, answers(['127.0.0.1']), tls);
    for (let n = 0; n < 3; n += 1) {
      expect(await sender.send(post(receiver.url('/hook', NAME)))).toMatchObject({ kind: 'response', status: 200 });
    }
    const authorityForm = `127.0.0.1:${String(receiver.port)}`;
    expect(proxy.heads).toEqual([`CONNECT ${authorityForm} HTTP/1.1\r\nHost: ${authorityForm}\r\n\r\n`]);
    const [request] = await receiver.received(3);
    // The receiver sees its own name, and nothing of the proxy's.
    expect(request?.headers.host).toBe(`${NAME}:${String(receiver.port)}`);
    expect(request?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('is timed with the rest', async () => {
    await behind({}, answers(['127.0.0.1']), true);
    expect((await sender.send(post(receiver.url('/', NAME)))).timing).toEqual({
      lookupMs: expect.any(Number),
      connectMs: expect.any(Number),
      tlsMs: expect.any(Number),
      firstByteMs: expect.any(Number),
      totalMs: expect.any(Number),
    });
  });

  it('is told who asks, the receiver is not', async () => {
    await behind({ EGRESS_PROXY_URL: proxy.url('signpost:s%3Acret@') });
    expect(await sender.send(post(receiver.url('/', NAME)))).toMatchObject({ status: 200 });
    expect(proxy.heads[0]).toContain(
      `\r\nProxy-Authorization: Basic ${Buffer.from('signpost:s:cret').toString('base64')}\r\n`,
    );
    expect(JSON.stringify((await receiver.received(1))[0]?.headers)).not.toContain('Basic');
  });

  it('does not loosen the guard: it is asked for no address that may not be called', async () => {
    await behind({}, answers(['10.0.0.1'], ['169.254.169.254'], ['127.0.0.1', '::1']));
    for (const host of [NAME, NAME, NAME, '10.1.2.3', '[::1]', '169.254.169.254']) {
      expect(await sender.send(post(receiver.url('/', host)))).toMatchObject({
        kind: 'blocked-address',
        reason: 'private-address',
      });
    }
    expect(proxy.heads).toEqual([]);
    expect(receiver.connections).toBe(0);
  });

  it('does not loosen TLS: the certificate is checked against the name in the URL', async () => {
    await behind({}, answers(['127.0.0.1']), true);
    expect(await sender.send(post(receiver.url('/', 'other.example.com')))).toMatchObject({
      kind: 'network-error',
      code: 'CERT_NAME_MISMATCH',
    });
    expect(receiver.requests).toEqual([]);
  });

  it.each([
    ['wants another password', 'PROXY_AUTH', 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'],
    ['refuses', 'PROXY_REFUSED', 'HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno'],
    ['redirects', 'PROXY_REFUSED', 'HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\n\r\n'],
    ['cannot get there', 'PROXY_GATEWAY', 'HTTP/1.1 502 Bad Gateway\r\n\r\n'],
    ['waited in vain', 'PROXY_GATEWAY', 'HTTP/1.0 504\r\n\r\n'],
    ['speaks another protocol', 'PROXY_INVALID', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['says neither yes nor no', 'PROXY_INVALID', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['talks into the tunnel', 'PROXY_INVALID', 'HTTP/1.1 200 OK\r\n\r\nwords that nobody asked for'],
    ['does not come to an end', 'PROXY_INVALID', `HTTP/1.1 200 OK\r\n${'x-more: x\r\n'.repeat(2_000)}`],
  ])('that %s is %s', async (_what, code, raw) => {
    await behind();
    proxy.step = { raw };
    expect(await sender.send(post(receiver.url('/', NAME)))).toMatchObject({ kind: 'network-error', code });
    expect(receiver.connections).toBe(0);
  });

  it('that hangs up is PROXY_INVALID, that is not there PROXY_UNREACHABLE', async () => {
    await behind();
    proxy.step = 'close';
    expect(await sender.send(post(receiver.url('/', NAME)))).toMatchObject({ code: 'PROXY_INVALID' });
    const gone = await ConnectProxy.start();
    const url = gone.url();
    await gone.stop();
    const other = loopbackSender({ EGRESS_PROXY_URL: url }, answers(['127.0.0.1']));
    expect(await other.send(post(receiver.url('/', NAME)))).toMatchObject({ code: 'PROXY_UNREACHABLE' });
    other.close();
  });

  it('that hangs is a connect time-out, and its connection is closed', async () => {
    await behind();
    proxy.step = 'hang';
    const result = await sender.send(post(receiver.url('/', NAME), { timeouts: { ...PATIENT, connectMs: 400 } }));
    expect(result).toMatchObject({ kind: 'timeout', phase: 'connect' });
    await until(() => proxy.openConnections === 0, { timeoutMs: 10_000, what: 'the connection to be closed' });
  });

  it('may take as long as it likes to be looked for: the attempt ends, and no tunnel is opened after it', async () => {
    let answer: (addresses: { address: string; family: number }[]) => void = () => undefined;
    await behind({}, { resolve: () => new Promise((resolve) => (answer = resolve)) });
    const result = await sender.send(post(receiver.url('/', NAME), { timeouts: { ...PATIENT, connectMs: 200 } }));
    expect(result).toMatchObject({ kind: 'timeout', phase: 'connect' });
    answer([{ address: '127.0.0.1', family: 4 }]);
    const later = loopbackSender({ EGRESS_PROXY_URL: proxy.url() }, answers(['127.0.0.1']));
    expect(await later.send(post(receiver.url('/later', NAME)))).toMatchObject({ status: 200 });
    expect(proxy.heads).toHaveLength(1);
    later.close();
  });

  it.each([false, true])('hides no body without end (TLS: %s)', async (tls) => {
    await behind({}, answers(['127.0.0.1']), tls);
    receiver.play('huge-body');
    expect(await sender.send(post(receiver.url('/', NAME)))).toMatchObject({
      kind: 'response',
      status: 200,
      body: 'x'.repeat(16_384),
    });
  });

  it('whose tunnel the receiver closes under a request is asked for another', async () => {
    await behind();
    expect(await sender.send(post(receiver.url('/', NAME)))).toMatchObject({ status: 200 });
    receiver.play('reset', 200);
    expect(await sender.send(post(receiver.url('/', NAME)))).toMatchObject({ status: 200 });
    expect(proxy.heads).toHaveLength(2);
  });
});
