import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientOf, FailureLimit, type FailureLimitPolicy } from './failure-limit.js';

const policy: FailureLimitPolicy = { burst: 3, everyMs: 1_000, mostAddresses: 5 };
const NOW = 1_700_000_000_000;

/** Steps in time, and who fails at each. */
const failures = fc.array(
  fc.record({ afterMs: fc.nat(2_000), address: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1') }),
  { maxLength: 200 },
);

describe('FailureLimit', () => {
  it('answers a burst, then says how long to wait, and is right about it', () => {
    const limit = new FailureLimit(policy);
    expect([1, 2, 3].map(() => limit.failed('a', NOW))).toEqual([0, 0, 0]);
    expect(limit.failed('a', NOW)).toBe(1_000);
    expect(limit.failed('a', NOW + 400)).toBe(600);
    expect(limit.failed('a', NOW + 1_000)).toBe(0);
    expect(limit.failed('a', NOW + 1_000)).toBe(1_000);
    expect(limit.failed('b', NOW + 1_000)).toBe(0);
  });

  it('answers within any time no more failures of one address than the burst and what that time forgives', () => {
    fc.assert(
      fc.property(failures, (list) => {
        const limit = new FailureLimit(policy);
        const answered = new Map<string, number[]>();
        let now = NOW;
        for (const { afterMs, address } of list) {
          now += afterMs;
          if (limit.failed(address, now) > 0) continue;
          const times = [...(answered.get(address) ?? []), now];
          answered.set(address, times);
          for (const [index, from] of times.entries()) {
            const allowed = policy.burst + Math.floor((now - from) / policy.everyMs);
            expect(times.length - index).toBeLessThanOrEqual(allowed);
          }
        }
      }),
    );
  });

  it('lets a failure through after the wait that it named, whatever was tried meanwhile', () => {
    fc.assert(
      fc.property(failures, fc.array(fc.nat(999)), (list, meanwhile) => {
        const limit = new FailureLimit(policy);
        let now = NOW;
        for (const { afterMs, address } of list) {
          now += afterMs;
          const waitMs = limit.failed(address, now);
          if (waitMs === 0) continue;
          for (const ms of meanwhile.filter((at) => at < waitMs))
            expect(limit.failed(address, now + ms)).toBe(waitMs - ms);
          now += waitMs;
          expect(limit.failed(address, now)).toBe(0);
        }
      }),
    );
  });

  it('remembers no more addresses than it may, and forgets the one that failed longest ago', () => {
    fc.assert(
      fc.property(fc.array(fc.ipV4(), { maxLength: 60 }), (addresses) => {
        const limit = new FailureLimit(policy);
        addresses.forEach((address, index) => {
          limit.failed(address, NOW + index);
          expect(limit.size).toBeLessThanOrEqual(policy.mostAddresses);
        });
      }),
    );
    const limit = new FailureLimit({ ...policy, burst: 1, mostAddresses: 2 });
    for (const address of ['a', 'b', 'c']) limit.failed(address, NOW);
    expect(limit.failed('b', NOW)).toBe(1_000);
    expect(limit.failed('a', NOW)).toBe(0);
  });

  it('locks nobody out for longer than a full limit when the clock goes back', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (backMs) => {
        const limit = new FailureLimit(policy);
        for (let count = 0; count < 5; count += 1) limit.failed('a', NOW);
        const waitMs = limit.failed('a', NOW - backMs);
        expect(waitMs).toBeLessThanOrEqual(policy.everyMs);
        expect(limit.failed('a', NOW - backMs + waitMs)).toBe(0);
      }),
    );
  });
});

describe('clientOf', () => {
  it('takes a /64 of IPv6 for one client, and an IPv4 address in whatever form for itself', () => {
    expect(clientOf('2001:db8:1:2:3::4')).toBe(clientOf('2001:db8:1:2:ffff:ffff::'));
    expect(clientOf('2001:db8:1:2::')).not.toBe(clientOf('2001:db8:1:3::'));
    expect(clientOf('::ffff:192.0.2.1')).toBe(clientOf('192.0.2.1'));
    expect(clientOf('x'.repeat(10_000))).toHaveLength(64);
  });
});
