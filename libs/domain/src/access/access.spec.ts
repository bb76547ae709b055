import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allows, CAPABILITIES, scopesToGrant } from './capability.js';
import { SCOPES, scopesBeyond, scopesOf } from './scope.js';

const capabilities = fc.subarray([...CAPABILITIES]);
const capability = fc.constantFrom(...CAPABILITIES);

describe('scopes', () => {
  it('of a key that was made before there were any are all', () => {
    expect(scopesOf(undefined)).toEqual(SCOPES);
    expect(scopesOf([])).toEqual([]);
  });

  it('that somebody lacks cannot be given away', () => {
    fc.assert(
      fc.property(fc.subarray([...SCOPES]), fc.subarray([...SCOPES]), (wanted, held) => {
        const beyond = scopesBeyond(wanted, held);
        expect(wanted.every((scope) => held.includes(scope) !== beyond.includes(scope))).toBe(true);
      }),
    );
  });
});

describe('capabilities', () => {
  it.each([
    { held: [], needed: 'ViewBase', may: true },
    { held: ['ViewBase'], needed: 'ViewEndpointSecret', may: false },
    { held: ['ManageEndpointSecret'], needed: 'ViewEndpointSecret', may: true },
    { held: ['ManageEndpointSecret'], needed: 'ManageEndpoint', may: false },
    { held: ['ManageEndpoint'], needed: 'ManageEndpointSecret', may: true },
    { held: ['ManageEndpoint'], needed: 'CreateAttempts', may: false },
    { held: ['ViewEndpointSecret'], needed: 'ManageEndpointSecret', may: false },
  ] as const)('$held for $needed: $may', ({ held, needed, may }) => {
    expect(allows(held, needed)).toBe(may);
  });

  it('allow themselves, and never less when there are more of them', () => {
    fc.assert(
      fc.property(capabilities, capabilities, capability, (some, more, needed) => {
        expect(allows([...some, needed], needed)).toBe(true);
        if (allows(some, needed)) expect(allows([...some, ...more], needed)).toBe(true);
      }),
    );
  });

  it('that include another need its scopes as well to be given away, reading apart', () => {
    for (const held of CAPABILITIES) {
      for (const needed of CAPABILITIES.filter((one) => one !== 'ViewBase' && allows([held], one))) {
        expect(scopesToGrant(held)).toEqual(expect.arrayContaining([...scopesToGrant(needed)]));
      }
    }
  });
});
