import { describe, expect, it } from '@jest/globals';
import { describeVectors } from '@signpost/testing/vectors';
import fc from 'fast-check';
import type { AttemptResult } from './attempt-result.js';
import { laneSignal } from '../lanes/lane-signal.js';
import { judge, type Verdict } from './verdict.js';

const now = new Date('2026-01-02T03:04:05Z');
const timing = { totalMs: 1 };
const answer = (status: number, retryAfter?: string): AttemptResult => ({
  kind: 'response',
  status,
  body: '',
  timing,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

describe('judge', () => {
  it.each<[AttemptResult, Verdict]>([
    [answer(200), { kind: 'delivered' }],
    [answer(410), { kind: 'gone', reason: 'http:410' }],
    [answer(302), { kind: 'retryable', reason: 'http:302', retryAfterMs: 0 }],
    [answer(404), { kind: 'retryable', reason: 'http:404', retryAfterMs: 0 }],
    [answer(429), { kind: 'retryable', reason: 'http:429', retryAfterMs: 0 }],
    [answer(500, '7'), { kind: 'retryable', reason: 'http:500', retryAfterMs: 7_000 }],
    [answer(500, 'soon'), { kind: 'retryable', reason: 'http:500', retryAfterMs: 0 }],
    [
      { kind: 'timeout', phase: 'first-byte', timing },
      { kind: 'retryable', reason: 'timeout:first-byte', retryAfterMs: 0 },
    ],
    [
      { kind: 'network-error', code: 'ECONNRESET', timing },
      { kind: 'retryable', reason: 'network:ECONNRESET', retryAfterMs: 0 },
    ],
    [
      { kind: 'blocked-address', reason: 'private-address', timing },
      { kind: 'blocked-address', reason: 'blocked-address:private-address' },
    ],
  ])('%j -> %j', (result, verdict) => {
    expect(judge(result, now)).toEqual(verdict);
  });

  it('calls delivered exactly what is 2xx', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), (status) => {
        expect(judge(answer(status), now).kind === 'delivered').toBe(status >= 200 && status <= 299);
      }),
    );
  });
});

interface Cases {
  readonly cases: readonly { readonly status: number; readonly action: string }[];
}

describeVectors<Cases>('status-codes.json', ({ cases }) => {
  const actionOf = (status: number): string => {
    const verdict = judge(
      status === 0 ? { kind: 'network-error', code: 'ECONNRESET', timing } : answer(status, '30'),
      now,
    );
    if (verdict.kind === 'delivered') return 'success';
    if (verdict.kind === 'gone') return 'gone_disable_endpoint';
    return judge(answer(status), now).kind === 'retryable' && verdict.kind === 'retryable' ? 'failure' : verdict.kind;
  };

  it.each(cases)('$status: $action', ({ status, action }) => {
    const expected = /^(?:success|gone_disable_endpoint)$/.test(action) ? action : 'failure';
    expect(actionOf(status)).toBe(expected);
    const signal = status === 0 ? undefined : laneSignal(answer(status), now);
    if (/throttle|503/.test(`${action}${String(status)}`)) expect(signal).toMatchObject({ kind: 'slow-down' });
  });
});
