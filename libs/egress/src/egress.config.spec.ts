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
  ])('refuses %j by name', (env) => {
    expect(() => loadEgressConfig(env)).toThrow(ConfigurationError);
    expect(() => loadEgressConfig(env)).toThrow(Object.keys(env)[0]);
  });
});
