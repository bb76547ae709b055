import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  GuardedUrlPolicy,
  loadEgressConfig,
  type Resolve,
  type SenderParts,
  type UndiciWebhookSender,
} from '@signpost/egress';
import { AddressPolicy } from '@signpost/domain';
import { ScriptedReceiver } from '@signpost/testing';
import { answers, loopbackSender, post } from './setup.js';

const policyWith = (
  settings: Readonly<Record<string, string>>,
  { resolve }: { readonly resolve: Resolve },
  withinMs?: number,
): GuardedUrlPolicy => new GuardedUrlPolicy(new AddressPolicy(loadEgressConfig(settings)), resolve, withinMs);

const BLOCKED = { kind: 'blocked-address', reason: 'private-address' };

describe('the address guard', () => {
  let receiver: ScriptedReceiver;
  let sender: UndiciWebhookSender;

  beforeEach(async () => {
    receiver = await ScriptedReceiver.start();
  });

  afterEach(async () => {
    sender.close();
    await receiver.stop();
  });

  const withAnswers = (parts: SenderParts, settings: Readonly<Record<string, string>> = {}): UndiciWebhookSender =>
    (sender = loopbackSender(settings, parts));

  it('blocks a literal address, in whatever form it is written', async () => {
    sender = loopbackSender({ EGRESS_ALLOWED_NETWORKS: '' });
    const { port } = receiver;
    for (const host of ['127.0.0.1', '127.1', '0x7f000001', '[::ffff:127.0.0.1]', '[::1]', '0.0.0.0', '①②⑦.⓪.⓪.①']) {
      expect(await sender.send(post(`http://${host}:${String(port)}/`))).toMatchObject(BLOCKED);
    }
    expect(receiver.connections).toBe(0);
  });

  it('blocks what may not be registered either, and says by which rule', async () => {
    sender = loopbackSender({ EGRESS_ALLOWED_NETWORKS: '', EGRESS_ALLOW_HTTP: '' });
    const policy = policyWith({}, answers(['93.184.215.14']));
    for (const [url, code] of [
      ['http://hooks.example.com/', 'scheme'],
      ['https://user:secret@hooks.example.com/', 'user-info'],
      ['https://hooks.example.com:6379/', 'port'],
      ['https://localhost/', 'host-name'],
      ['https://10.0.0.1/', 'private-address'],
      ['not a URL', 'invalid'],
    ] as const) {
      expect(await sender.send(post(url))).toMatchObject({ kind: 'blocked-address', reason: code });
      expect(await policy.refusal(url)).toEqual({ code, reason: expect.any(String) });
    }
    expect(await policy.refusal('https://hooks.example.com/')).toBeUndefined();
  });

  it('blocks a public name that stands for a private address', async () => {
    withAnswers(answers(['10.0.0.1'], ['::1'], ['::ffff:127.0.0.1'], ['169.254.169.254']), {
      EGRESS_ALLOWED_NETWORKS: '',
    });
    for (let n = 0; n < 4; n += 1) {
      expect(await sender.send(post(receiver.url('/', 'hooks.example.com')))).toMatchObject(BLOCKED);
    }
    expect(receiver.connections).toBe(0);
  });

  it('blocks a name as soon as one of its addresses is private', async () => {
    withAnswers(answers(['127.0.0.1', '10.0.0.1']));
    expect(await sender.send(post(receiver.url('/', 'hooks.example.com')))).toMatchObject(BLOCKED);
    expect(receiver.connections).toBe(0);
  });

  it('calls the address that was checked, and checks again when the name is looked up again', async () => {
    const parts = answers(['127.0.0.1'], ['127.0.0.2']);
    withAnswers(parts);
    receiver.play({ status: 200, headers: { connection: 'close' } });
    const url = receiver.url('/', 'hooks.example.com');
    const first = await sender.send(post(url));
    expect(first).toMatchObject({ kind: 'response', status: 200, timing: { lookupMs: expect.any(Number) } });
    expect(await sender.send(post(url))).toMatchObject(BLOCKED);
    expect(parts.asked).toEqual(['hooks.example.com', 'hooks.example.com']);
    expect(receiver.connections).toBe(1);
    expect((await receiver.received(1))[0]?.headers.host).toBe(`hooks.example.com:${String(receiver.port)}`);
  });

  it('lets a private name through to allowed networks alone', async () => {
    withAnswers(answers(['127.0.0.1'], ['93.184.215.14']));
    receiver.play({ status: 200, headers: { connection: 'close' } });
    expect(await sender.send(post(receiver.url('/', 'hooks.internal')))).toMatchObject({ status: 200 });
    expect(await sender.send(post(receiver.url('/', 'hooks.internal')))).toMatchObject(BLOCKED);
  });
});

describe('a URL that is registered', () => {
  const LOOPBACK = { EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8', EGRESS_ALLOW_HTTP: 'true' };
  const nowhere = { resolve: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) };
  const never = { resolve: () => new Promise<never>(() => undefined) };
  const codeFor = async (policy: GuardedUrlPolicy, url: string): Promise<string | undefined> =>
    (await policy.refusal(url))?.code;

  it('is refused when its name stands for an address that is not public', async () => {
    const policy = policyWith({}, answers(['10.0.0.1'], ['93.184.215.14', '::1'], ['93.184.215.14']));
    expect(await codeFor(policy, 'https://hooks.example.com/')).toBe('private-address');
    expect(await codeFor(policy, 'https://hooks.example.com/')).toBe('private-address');
    expect(await codeFor(policy, 'https://hooks.example.com/')).toBeUndefined();
  });

  it.each([
    'metadata.google.internal',
    'metadata',
    'instance-data.ec2.internal',
    'kubernetes.default.svc',
    'printer.lan',
  ])('is refused for the private name %s, unless that lies in an allowed network', async (host) => {
    const url = `http://${host}/`;
    expect(await codeFor(policyWith({ EGRESS_ALLOW_HTTP: 'true' }, answers(['127.0.0.1'])), url)).toBe('host-name');
    expect(await codeFor(policyWith(LOOPBACK, answers(['169.254.169.254'])), url)).toBe('private-address');
    expect(await codeFor(policyWith(LOOPBACK, answers(['8.8.8.8'])), url)).toBe('private-address');
    expect(await codeFor(policyWith(LOOPBACK, nowhere), url)).toBe('host-name');
    expect(await codeFor(policyWith(LOOPBACK, answers(['127.0.0.1'])), url)).toBeUndefined();
  });

  it('is taken when its public name is not known yet, or nobody answers', async () => {
    expect(await codeFor(policyWith({}, nowhere), 'https://hooks.example.com/')).toBeUndefined();
    expect(await codeFor(policyWith({}, never, 20), 'https://hooks.example.com/')).toBeUndefined();
    expect(await codeFor(policyWith(LOOPBACK, never, 20), 'https://hooks.internal/')).toBe('host-name');
  });
});
