import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MASKED } from '../egress/logged-headers.js';
import { auditedChange } from './audited-change.js';

const value = fc.jsonValue({ maxDepth: 3 });
const fields = fc.dictionary(fc.constantFrom('name', 'url', 'metadata', 'limits'), value);

describe('auditedChange', () => {
  it('shows of an update what differs, on both sides', () => {
    const before = { name: 'a', url: 'x', uid: undefined };
    expect(auditedChange(before, { name: 'b', url: 'x', uid: 'u' })).toEqual({
      before: { name: 'a' },
      after: { name: 'b', uid: 'u' },
    });
    expect(auditedChange(undefined, before)).toEqual({ after: { name: 'a', url: 'x' } });
    expect(auditedChange(before, undefined)).toEqual({ before: { name: 'a', url: 'x' } });
    expect(auditedChange(before, before)).toEqual({ before: {}, after: {} });
  });

  it('tells that code changed, by its version, and shows none of it', () => {
    const change = (version: number, sealedCode: string) => ({
      transformation: { version, enabled: true, sealedCode },
    });
    expect(auditedChange(change(1, 'v1:abc'), change(2, 'v1:def'))).toEqual({
      before: { transformation: { version: 1, enabled: true, sealedCode: MASKED } },
      after: { transformation: { version: 2, enabled: true, sealedCode: MASKED } },
    });
  });

  it('tells that a secret changed, and neither the old nor the new one', () => {
    const state = (text: string) => ({
      secrets: [text],
      oldSecrets: [{ key: text }],
      tls: { client: { certificate: 'shown', privateKey: text } },
      headers: { 'x-acme': text },
      authentication: { kind: 'basic', username: 'shown', password: text },
      others: [
        { type: 'header', name: 'shown', value: text },
        { type: 'oauth2', tokenUrl: 'shown', clientSecret: text },
      ],
      hash: text,
      payload: { text },
    });
    const change = auditedChange(state('old-and-hidden'), state('new-and-hidden'));
    expect(JSON.stringify(change)).not.toContain('hidden');
    expect(change.after).toEqual({
      secrets: MASKED,
      oldSecrets: MASKED,
      tls: { client: { certificate: 'shown', privateKey: MASKED } },
      headers: { 'x-acme': MASKED },
      authentication: { kind: 'basic', username: 'shown', password: MASKED },
      others: [
        { type: 'header', name: 'shown', value: MASKED },
        { type: 'oauth2', tokenUrl: 'shown', clientSecret: MASKED },
      ],
      hash: MASKED,
      payload: MASKED,
    });
  });

  it('stays small, whatever the values', () => {
    const change = auditedChange(undefined, { schemas: { '1': 'x'.repeat(1_000_000) }, name: 'a' });
    expect(change.after).toEqual({ schemas: expect.stringMatching(/^\(1000008 characters/), name: 'a' });
  });

  it('names exactly the fields that differ', () => {
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        const change = auditedChange(before, after);
        for (const name of Object.keys({ ...before, ...after })) {
          const differs = JSON.stringify(before[name]) !== JSON.stringify(after[name]);
          const isNamed = name in (change.before ?? {}) || name in (change.after ?? {});
          const isEmpty = (before[name] ?? null) === null && (after[name] ?? null) === null;
          expect(isNamed).toBe(differs && !isEmpty);
        }
      }),
    );
  });

  it('shows what an endpoint filters by, whatever its messages call things', () => {
    const filters = [{ json: { payload: { token: { $exist: true }, authorization: 'x' } } }];
    expect(auditedChange({ filters: null }, { filters })).toEqual({ before: {}, after: { filters } });
  });
});
