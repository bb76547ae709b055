import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PARK_REASONS } from '../lanes/lane-memory.js';
import { withFailure, parkedFailure, REASON_CLASSES, reasonClassOf, type Failures } from './dead-letter.js';
import { DEAD_LETTER_REASONS } from './decision.js';

const reason = fc.constantFrom(...DEAD_LETTER_REASONS);
const failure = fc.oneof(
  fc.string(),
  fc.constantFrom('http:503', 'timeout:connect', 'network:EAI_AGAIN', 'secret-unreadable', 'breaker-open'),
  fc.string().map((text) => `network:${text}`),
  fc.string().map((text) => `oauth2:${text}`),
);

describe('the class of a reason', () => {
  it.each([
    ['attempts-exhausted', 'http:404', 'customer'],
    ['attempts-exhausted', 'http:503', 'customer'],
    ['attempts-exhausted', 'timeout:connect', 'customer'],
    ['attempts-exhausted', 'timeout:total', 'customer'],
    ['attempts-exhausted', 'network:ECONNREFUSED', 'customer'],
    ['attempts-exhausted', 'network:ENOTFOUND', 'customer'],
    ['attempts-exhausted', 'network:CERT_HAS_EXPIRED', 'customer'],
    ['attempts-exhausted', 'network:CLIENT_CERT_REFUSED', 'customer'],
    ['attempts-exhausted', 'network:PROXY_GATEWAY', 'customer'],
    ['attempts-exhausted', 'transformation:threw', 'customer'],
    ['attempts-exhausted', 'transformation:crashed', 'platform'],
    ['attempts-exhausted', 'oauth2:invalid_client', 'customer'],
    ['attempts-exhausted', 'oauth2:http:500', 'customer'],
    ['attempts-exhausted', 'breaker-open', 'customer'],
    ['attempts-exhausted', 'network:PROXY_UNREACHABLE', 'platform'],
    ['attempts-exhausted', 'network:ENETUNREACH', 'platform'],
    ['attempts-exhausted', 'network:EAI_AGAIN', 'platform'],
    ['attempts-exhausted', 'network:SENDER_BUSY', 'platform'],
    ['attempts-exhausted', 'network:INTERNAL', 'platform'],
    ['attempts-exhausted', 'oauth2:network:PROXY_AUTH', 'platform'],
    ['attempts-exhausted', 'oauth2:network:ECONNRESET', 'customer'],
    ['attempts-exhausted', 'secret-unreadable', 'platform'],
    ['attempts-exhausted', 'something-new', 'platform'],
    ['attempts-exhausted', undefined, 'platform'],
    ['gone', 'http:410', 'customer'],
    ['blocked-address', 'blocked-address:private-address', 'customer'],
    ['unreadable', undefined, 'platform'],
    ['parked-too-long', 'http:500', 'customer'],
    ['parked-too-long', 'network:ENETUNREACH', 'platform'],
    ['parked-too-long', parkedFailure('endpoint-disabled'), 'customer'],
    ['parked-too-long', parkedFailure('endpoint-paused'), 'customer'],
    ['parked-too-long', parkedFailure('lane-paused'), 'customer'],
    ['parked-too-long', parkedFailure('behind-head'), 'customer'],
    ['parked-too-long', parkedFailure('lane-full'), 'platform'],
    ['parked-too-long', undefined, 'platform'],
  ] as const)('%s after %s is the %s’s', (of, last, expected) => {
    expect(reasonClassOf(of, last)).toBe(expected);
  });

  it('is one of the two for any reason and any text, and the same each time', () => {
    fc.assert(
      fc.property(reason, fc.option(failure, { nil: undefined }), (of, last) => {
        expect(REASON_CLASSES).toContain(reasonClassOf(of, last));
        expect(reasonClassOf(of, last)).toBe(reasonClassOf(of, last));
      }),
    );
  });

  it('never blames the customer for what nobody names', () => {
    fc.assert(
      fc.property(reason, (of) => {
        if (of === 'gone' || of === 'blocked-address') return;
        expect(reasonClassOf(of, undefined)).toBe('platform');
        expect(reasonClassOf(of, '')).toBe('platform');
      }),
    );
  });

  it('never blames the platform for an answer, of whatever status', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), (status) => {
        expect(reasonClassOf('attempts-exhausted', `http:${String(status)}`)).toBe('customer');
      }),
    );
  });

  it('knows every reason for which something is parked', () => {
    const ours = PARK_REASONS.filter((of) => reasonClassOf('parked-too-long', parkedFailure(of)) === 'platform');
    expect(ours).toEqual(['lane-full']);
  });
});

describe('the failures of a run', () => {
  const failures = fc.array(fc.record({ atMs: fc.nat(), reason: failure, status: fc.option(fc.nat(999)) }), {
    minLength: 1,
  });

  it('are the first and the last, whatever was between', () => {
    fc.assert(
      fc.property(failures, (list) => {
        const after = list.reduce<Failures | undefined>(
          (known, { status, ...rest }) => withFailure(known, { ...rest, ...(status === null ? {} : { status }) }),
          undefined,
        );
        const told = list.filter(({ reason: of }, at) => at === 0 || of !== 'breaker-open').at(-1);
        expect(after).toEqual({
          firstAtMs: list[0]?.atMs,
          lastAtMs: told?.atMs,
          last: told?.reason,
          ...(told?.status === null ? {} : { lastStatus: told?.status }),
        });
      }),
    );
  });

  it('keep what was before an open breaker', () => {
    const failed = withFailure(undefined, { atMs: 5, reason: 'http:503', status: 503 });
    expect(withFailure(failed, { atMs: 9, reason: 'breaker-open' })).toEqual(failed);
    expect(withFailure(undefined, { atMs: 9, reason: 'breaker-open' }).last).toBe('breaker-open');
  });
});
