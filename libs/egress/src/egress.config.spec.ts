import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '@signpost/runtime';
import { AddressPolicy } from '@signpost/domain';
import { loadEgressConfig } from './egress.config.js';

describe('loadEgressConfig', () => {
  it('allows nothing private, and no http, unless it is told to', () => {
    const config = loadEgressConfig({});
    expect(config).toMatchObject({
      allowedNetworks: [],
      allowHttp: false,
      resolver: 'dns',
      timeouts: { connectMs: 5_000, firstByteMs: 15_000, totalMs: 20_000 },
      responseBodyBytes: 16_384,
    });
    expect(new AddressPolicy(config).mayConnect('localhost', '127.0.0.1')).toBe(false);
  });

  it('reads networks with spaces and a comma too many', () => {
    const config = loadEgressConfig({ EGRESS_ALLOWED_NETWORKS: ' 127.0.0.0/8, ::1/128 ,', EGRESS_ALLOW_HTTP: 'true' });
    const policy = new AddressPolicy(config);
    expect(policy.mayConnect('127.0.0.1', '127.0.0.1')).toBe(true);
    expect(policy.mayConnect('::1', '::1')).toBe(true);
    expect(policy.mayConnect('10.0.0.1', '10.0.0.1')).toBe(false);
  });

  it.each([
    { EGRESS_ALLOWED_NETWORKS: '10/8' },
    { EGRESS_ALLOWED_NETWORKS: 'localhost' },
    { EGRESS_ALLOW_HTTP: 'perhaps' },
    { EGRESS_TOTAL_TIMEOUT_MS: '0' },
    { EGRESS_MAX_SOCKETS: 'many' },
    { EGRESS_USER_AGENT: 'a\nb' },
    { EGRESS_RESOLVER: 'hosts' },
    { EGRESS_CA_FILE: '/nowhere/ca.pem' },
    { EGRESS_CA_FILE: 'package.json' },
    { EGRESS_PROXY_URL: 'socks5://proxy:1080' },
    { EGRESS_PROXY_URL: 'http://proxy:8080/path' },
    { EGRESS_PROXY_URL: 'http://%zz:secret@proxy:8080' },
  ])('refuses %j by name', (env) => {
    expect(() => loadEgressConfig(env)).toThrow(ConfigurationError);
    expect(() => loadEgressConfig(env)).toThrow(Object.keys(env)[0]);
  });

  it.each([
    ['http://proxy.lan:3128', { host: 'proxy.lan', port: 3_128 }],
    ['http://proxy.lan', { host: 'proxy.lan', port: 80 }],
    ['http://[::1]:8080/', { host: '::1', port: 8_080 }],
    ['http://me:p%40ss@10.0.0.1:8080', { host: '10.0.0.1', port: 8_080, authorization: 'Basic bWU6cEBzcw==' }],
  ])('reads the proxy %s', (text, proxy) => {
    expect(loadEgressConfig({ EGRESS_PROXY_URL: text }).proxy).toEqual(proxy);
  });

  it('repeats no password', () => {
    const load = (): unknown => loadEgressConfig({ EGRESS_PROXY_URL: 'https://me:hunter2@proxy:8080' });
    expect(load).toThrow(/^((?!hunter2).)*EGRESS_PROXY_URL((?!hunter2).)*$/s);
  });
});
