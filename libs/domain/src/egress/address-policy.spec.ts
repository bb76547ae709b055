import { describe, expect, it } from '@jest/globals';
import { describeVectors } from '@signpost/testing/vectors';
import fc from 'fast-check';
import { AddressPolicy, hostOf } from './address-policy.js';
import { parseNetwork, type Network } from './networks.js';

const network = (text: string): Network => {
  const parsed = parseNetwork(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const strict = new AddressPolicy({ allowHttp: false, allowedNetworks: [] });
const withHttp = new AddressPolicy({ allowHttp: true, allowedNetworks: [] });
const withLoopback = new AddressPolicy({
  allowHttp: true,
  allowedNetworks: [network('127.0.0.0/8'), network('::1/128')],
});

const codeOf = (policy: AddressPolicy, url: string): string => {
  const verdict = policy.judgeUrl(url);
  return verdict.kind === 'refused' ? verdict.code : 'accepted';
};

describe('AddressPolicy', () => {
  it.each([
    ['https://user@hooks.example.com/', 'user-info'],
    ['https://:secret@hooks.example.com/', 'user-info'],
    ['https://hooks.example.com:0/', 'port'],
    ['https://hooks.example.com:443/', 'accepted'],
    ['https://hooks.example.com:65535/', 'accepted'],
    ['http://hooks.example.com/', 'scheme'],
    ['/hook', 'invalid'],
    ['', 'invalid'],
    ['https://home.arpa/', 'host-name'],
    ['https://a.home.arpa./', 'host-name'],
    ['https://a..example.com/', 'host-name'],
    ['https://notlocal.example/', 'accepted'],
    ['https://thelocal/', 'host-name'],
    ['https://my-internal.example.com/', 'accepted'],
    ['https://0177.0.0.1/', 'private-address'],
    ['https://[::ffff:169.254.169.254]/', 'private-address'],
    ['https://[::ffff:8.8.8.8]/', 'accepted'],
  ])('%s -> %s', (url, expected) => {
    expect(codeOf(strict, url)).toBe(expected);
  });

  it('calls http:// only where it is allowed', () => {
    expect(codeOf(withHttp, 'http://hooks.example.com/')).toBe('accepted');
    expect(codeOf(withHttp, 'ftp://hooks.example.com/')).toBe('scheme');
  });

  it('opens the allowed networks and nothing beside them', () => {
    expect(codeOf(withLoopback, 'http://127.0.0.1:8080/')).toBe('accepted');
    expect(codeOf(withLoopback, 'http://[::1]:8080/')).toBe('accepted');
    expect(codeOf(withLoopback, 'http://10.0.0.1/')).toBe('private-address');
    expect(codeOf(withLoopback, 'http://127.0.0.1:6379/')).toBe('port');
    expect(withLoopback.mayConnect('hooks.example.com', '127.0.0.1')).toBe(true);
    expect(withLoopback.mayConnect('hooks.example.com', '169.254.169.254')).toBe(false);
  });

  it('lets a private name stand for allowed networks only', () => {
    expect(codeOf(withLoopback, 'http://localhost:8080/')).toBe('accepted');
    expect(withLoopback.mayConnect('localhost', '127.0.0.1')).toBe(true);
    expect(withLoopback.mayConnect('metadata.google.internal', '8.8.8.8')).toBe(false);
    expect(strict.mayConnect('localhost', '8.8.8.8')).toBe(false);
  });

  it('refuses an address that is not written in full', () => {
    for (const text of ['', '127.1', '0x7f000001', '010.0.0.1', '8.8.8.8 ', 'hooks.example.com', '8.8.8.8/32']) {
      expect(strict.mayConnect('hooks.example.com', text)).toBe(false);
    }
  });

  it('gives an IPv4 address and its mapped IPv6 form one verdict', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(strict.mayConnect('a.example', `::ffff:${address}`)).toBe(strict.mayConnect('a.example', address));
      }),
    );
  });

  it('never lets an address through that the URL form would refuse', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const host = address.includes(':') ? `[${address}]` : address;
        const parsed = new URL(`https://${host}/`);
        const accepted = codeOf(strict, parsed.href) === 'accepted';
        expect(strict.mayConnect('a.example', hostOf(parsed))).toBe(accepted);
      }),
    );
  });
});

describe('parseNetwork', () => {
  it.each([
    '10/8',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    'fd00::/129',
    '',
    '/8',
    'localhost',
    '::ffff:10.0.0.0/104',
  ])('refuses %j', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  it('takes a single address for a network of one', () => {
    const one = new AddressPolicy({ allowHttp: false, allowedNetworks: [network('10.1.2.3')] });
    expect(one.mayConnect('a.example', '10.1.2.3')).toBe(true);
    expect(one.mayConnect('a.example', '10.1.2.4')).toBe(false);
  });
});

interface Targets {
  readonly port_denylist: readonly number[];
  readonly addresses: readonly { readonly address: string; readonly expect: string; readonly why: string }[];
  readonly urls: readonly {
    readonly url: string;
    readonly expect: string;
    readonly reason: string | null;
    readonly why: string;
    readonly resolve?: readonly string[];
    readonly resolve_sequence?: readonly (readonly string[])[];
    readonly whatwg_hostname: string;
  }[];
}

describeVectors<Targets>('ssrf-targets.json', (targets) => {
  it.each(targets.addresses)('$address is $expect ($why)', ({ address, expect: expected }) => {
    expect(strict.mayConnect('a.example', address)).toBe(expected === 'allowed');
  });

  it.each(targets.port_denylist)('port %i is refused', (port) => {
    expect(codeOf(strict, `https://hooks.example.com:${String(port)}/`)).toBe('port');
  });

  const REASONS: Readonly<Record<string, string>> = {
    invalid: 'parse',
    'user-info': 'userinfo',
    'host-name': 'hostname',
    'private-address': 'address',
  };

  /** What registration and the look-up of the attempt come to together. */
  const reasonFor = (url: string, answers: readonly string[] | undefined): string | null => {
    const verdict = strict.judgeUrl(url);
    if (verdict.kind === 'refused') return REASONS[verdict.code] ?? verdict.code;
    if (answers === undefined) return null;
    if (answers.length === 0) return 'dns';
    return answers.every((answer) => strict.mayConnect(hostOf(verdict.url), answer)) ? null : 'address';
  };

  it.each(targets.urls)('$url is $expect ($why)', (target) => {
    const answers = target.resolve_sequence?.at(-1) ?? target.resolve;
    expect(reasonFor(target.url, answers)).toBe(target.reason);
    if (target.whatwg_hostname !== '') expect(new URL(target.url).hostname).toBe(target.whatwg_hostname);
  });
});
