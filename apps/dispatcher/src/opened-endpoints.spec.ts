import { describe, expect, it, jest } from '@jest/globals';
import { newSecret, parseSigningKey, SecretBox } from '@signpost/domain';
import { Log } from '@signpost/observability';
import { anEndpoint, BOX } from './dispatch.fixture.js';
import { OpenedEndpoints } from './opened-endpoints.js';

const NOW = 1_800_000_000_000;
const seal = (text: string) => BOX.seal(Buffer.from(text));
const opening = () => new OpenedEndpoints(BOX, Log.create('silent', 'test'));

describe('what of an endpoint is sealed', () => {
  const [current, old, older] = [newSecret('hmac256'), newSecret('ed25519'), newSecret('hmac256')];
  const keysOf = (...secrets: readonly string[]) => secrets.map((secret) => parseSigningKey(secret).key);
  const endpoint = anEndpoint({
    secrets: [seal(current)],
    retiredSecrets: [
      { sealed: seal(old), expiresAtMs: NOW + 20 },
      { sealed: seal(older), expiresAtMs: NOW + 10 },
    ],
  });

  it('signs until it expires, newest first', () => {
    const endpoints = opening();
    const at = (nowMs: number) => endpoints.of(endpoint, nowMs)?.keys.map(({ key }) => key);
    const all = keysOf(current, old, older);
    for (const [nowMs, count] of [
      [NOW, 3],
      [NOW + 9, 3],
      [NOW + 10, 2],
      [NOW + 19, 2],
      [NOW + 20, 1],
      [NOW + 1e12, 1],
    ] as const) {
      const keys = at(nowMs) ?? [];
      expect(keys).toHaveLength(count);
      keys.forEach((key, index) => {
        const expected = all[index];
        expect(expected !== undefined && key.equals(expected)).toBe(true);
      });
    }
  });

  it('is opened once a version', () => {
    const box = new SecretBox('a key for tests and nothing else');
    const open = jest.spyOn(box, 'open');
    const endpoints = new OpenedEndpoints(box, Log.create('silent', 'test'));
    for (let turn = 0; turn < 5; turn += 1) endpoints.of(endpoint, NOW + turn * 5);
    expect(open).toHaveBeenCalledTimes(3);
    endpoints.of({ ...endpoint, version: 2, headers: { 'X-Tenant': seal('seven') } }, NOW);
    expect(open).toHaveBeenCalledTimes(7);
  });

  it('is headers that may be set, and what shows who calls above them', () => {
    const headers = { 'X-Tenant': seal('seven'), Authorization: seal('theirs'), 'webhook-id': seal('forged') };
    const opened = opening().of(anEndpoint({ headers, authentication: { type: 'bearer', token: seal('abc') } }), NOW);
    expect(opened).toMatchObject({ headers: { 'x-tenant': 'seven', authorization: 'Bearer abc' }, client: undefined });
    expect(opened?.headers).not.toHaveProperty('webhook-id');
    expect(opening().of(anEndpoint(), NOW)?.headers).toBeUndefined();
  });

  it('is nothing at all when any of it cannot be opened', () => {
    const foreign = new SecretBox('another key').seal(Buffer.from('x'));
    expect(opening().of(anEndpoint({ headers: { 'x-a': foreign } }), NOW)).toBeUndefined();
    expect(opening().of(anEndpoint({ secrets: [foreign] }), NOW)).toBeUndefined();
    expect(opening().of(anEndpoint({ secrets: [] }), NOW)).toBeUndefined();
  });
});
