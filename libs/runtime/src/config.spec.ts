import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { ConfigurationError, loadRuntimeConfig, readSettings } from './config.js';

describe('readSettings', () => {
  const Settings = z.object({ BROKERS: z.string(), RETRIES: z.coerce.number().int().max(5).default(3) });

  it('lists every fault at once, each with its variable', () => {
    const read = () => readSettings('dispatcher', Settings, { RETRIES: '9' });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(/dispatcher[\s\S]*BROKERS[\s\S]*RETRIES|dispatcher[\s\S]*RETRIES[\s\S]*BROKERS/);
  });

  it('takes an empty variable for an absent one', () => {
    expect(readSettings('dispatcher', Settings, { BROKERS: 'a:1', RETRIES: '' })).toEqual({
      BROKERS: 'a:1',
      RETRIES: 3,
    });
  });
});

describe('loadRuntimeConfig', () => {
  it('refuses to run without a master key', () => {
    expect(() => loadRuntimeConfig({})).toThrow(/SIGNPOST_MASTER_KEY/);
  });

  it('has defaults for the rest', () => {
    expect(loadRuntimeConfig({ SIGNPOST_MASTER_KEY: 'k'.repeat(16) })).toMatchObject({ port: 8080, logLevel: 'info' });
  });

  it('trusts no proxy unless it is named by its address or network', () => {
    const load = (HTTP_TRUSTED_PROXIES?: string) =>
      loadRuntimeConfig({ SIGNPOST_MASTER_KEY: 'k'.repeat(16), HTTP_TRUSTED_PROXIES }).trustedProxies;
    expect(load()).toEqual([]);
    expect(load('10.20.0.0/16, ::1')).toEqual(['10.20.0.0/16', '::1']);
    for (const wrong of ['1', 'proxy.internal', '10/8', '*']) expect(() => load(wrong)).toThrow(/HTTP_TRUSTED_PROXIES/);
  });
});
