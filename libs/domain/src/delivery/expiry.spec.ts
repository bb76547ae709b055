import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expiresAt, fateInsteadOfRetry, isExpired } from './expiry.js';

const time = fc.integer({ min: 0, max: 4e12 });

describe('a time to live', () => {
  it('ends at its very millisecond, and only where there is one', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 3e9 }), time, (acceptedAtMs, timeToLiveMs, atMs) => {
        const expiresAtMs = expiresAt(acceptedAtMs, timeToLiveMs) ?? 0;
        expect(isExpired({ expiresAtMs }, atMs)).toBe(atMs - acceptedAtMs >= timeToLiveMs);
        expect(expiresAt(acceptedAtMs, undefined)).toBeUndefined();
        expect(isExpired({}, atMs)).toBe(false);
      }),
    );
  });

  it('takes the place of a retry that would come too late, and so does a newer delivery', () => {
    fc.assert(
      fc.property(fc.option(time, { nil: undefined }), time, fc.boolean(), (expiresAtMs, dueAtMs, hasNewer) => {
        const fate = fateInsteadOfRetry(expiresAtMs === undefined ? {} : { expiresAtMs }, dueAtMs, hasNewer);
        const tooLate = expiresAtMs !== undefined && dueAtMs >= expiresAtMs;
        expect(fate).toBe(hasNewer ? 'superseded' : tooLate ? 'expired' : undefined);
      }),
    );
  });
});
