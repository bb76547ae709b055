import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MOST_RETIRED_SECRETS, rotate, unexpired, type SigningSecrets } from './signing-secrets.js';

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;

describe('rotate', () => {
  it('lets the old secret sign on for its grace', () => {
    expect(rotate({ secrets: ['a'] }, 'b', DAY, NOW)).toEqual({
      kind: 'rotated',
      secrets: { secrets: ['b'], retiredSecrets: [{ sealed: 'a', expiresAtMs: NOW + DAY }] },
    });
  });

  it('without grace keeps nothing of it', () => {
    expect(rotate({ secrets: ['a'] }, 'b', 0, NOW)).toEqual({ kind: 'rotated', secrets: { secrets: ['b'] } });
  });

  it('refuses what would make too many sign, and says when there is room', () => {
    const retiredSecrets = Array.from({ length: MOST_RETIRED_SECRETS }, (_, number) => ({
      sealed: String(number),
      expiresAtMs: NOW + DAY - number,
    }));
    const full: SigningSecrets = { secrets: ['a'], retiredSecrets };
    const nextAtMs = NOW + DAY - MOST_RETIRED_SECRETS + 1;
    expect(rotate(full, 'b', DAY, NOW)).toEqual({ kind: 'too-many', nextAtMs });
    expect(rotate(full, 'b', DAY, nextAtMs)).toMatchObject({ kind: 'rotated' });
    expect(rotate(full, 'b', 0, NOW)).toMatchObject({ kind: 'rotated' });
  });

  it('keeps newest first, never more than may be, and each exactly as long as it was promised', () => {
    const step = fc.record({ afterMs: fc.nat(2 * DAY), graceMs: fc.nat(3 * DAY) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(3 * DAY), (steps, lookMs) => {
        let nowMs = NOW;
        let secrets: SigningSecrets = { secrets: ['0'] };
        const promised = new Map<string, number>();
        steps.forEach(({ afterMs, graceMs }, index) => {
          nowMs += afterMs;
          const [replaced = ''] = secrets.secrets;
          const rotation = rotate(secrets, String(index + 1), graceMs, nowMs);
          if (rotation.kind === 'too-many') {
            expect(rotation.nextAtMs).toBeGreaterThan(nowMs);
            return;
          }
          promised.set(replaced, nowMs + graceMs);
          secrets = rotation.secrets;
          expect(secrets.retiredSecrets?.length ?? 0).toBeLessThanOrEqual(MOST_RETIRED_SECRETS);
        });
        const atMs = nowMs + lookMs;
        const signing = unexpired(secrets.retiredSecrets, atMs).map(({ sealed }) => Number(sealed));
        expect(signing).toEqual([...signing].sort((one, other) => other - one));
        const expected = [...promised].filter(([, untilMs]) => untilMs > atMs).map(([sealed]) => Number(sealed));
        expect([...signing].sort((one, other) => one - other)).toEqual(expected.sort((one, other) => one - other));
      }),
    );
  });
});
