import { describe, expect, it } from '@jest/globals';
import { healthOf } from './endpoint-health.js';

const NOW = 1_000;
const ON = { version: 3, disabled: false };
const PAUSED = { ...ON, paused: { by: 'key_1', sinceMs: 5 } };
const streak = { sinceMs: 10, lastMs: 40, failedMs: 30, attempts: 9, warnedPercent: 50, limitMs: 60 };
const failing = { kind: 'failing', sinceMs: 10, warnedPercent: 50, disablesAtMs: 70 };
const breaker = { untilMs: 2_000, openings: 3 };
const off = (endpointVersion: number) => ({ atMs: 70, reason: 'failing' as const, endpointVersion });

describe("an endpoint's health", () => {
  it.each([
    ['one with nothing to remember', ON, undefined, { kind: 'healthy' }],
    ['one that parks only', ON, {}, { kind: 'healthy' }],
    ['one that fails', ON, { failing: streak }, failing],
    [
      'one that fails, with its last failure and the next probe',
      ON,
      { failing: { ...streak, lastFailure: 'http:503' }, breaker, pausedUntilMs: 3_000 },
      { ...failing, lastFailure: 'http:503', nextProbeAtMs: 2_000 },
    ],
    ['one whose breaker opened', ON, { breaker }, { kind: 'breaker-open', openings: 3, nextProbeAtMs: 2_000 }],
    ['one that asked for silence', ON, { pausedUntilMs: 1_001 }, { kind: 'throttled', nextProbeAtMs: 1_001 }],
    ['one whose silence is over', ON, { pausedUntilMs: 1_000 }, { kind: 'healthy' }],
    ['one that is paused', PAUSED, { failing: streak, breaker }, { kind: 'paused', by: 'key_1', sinceMs: 5 }],
    ['one that is paused and disabled', { ...PAUSED, disabled: true }, undefined, { kind: 'disabled', by: 'owner' }],
    [
      'one that its owner switched off',
      { ...ON, disabled: true },
      { failing: streak },
      { kind: 'disabled', by: 'owner' },
    ],
    [
      'one that we switched off',
      { version: 4, disabled: true, disabledReason: 'failing' },
      { disabled: off(3), failing: streak },
      { kind: 'disabled', by: 'failing', sinceMs: 70 },
    ],
    ['one switched off a moment ago', ON, { disabled: off(3) }, { kind: 'disabled', by: 'failing', sinceMs: 70 }],
    ['one switched on since', ON, { disabled: off(2), failing: streak, breaker }, { kind: 'healthy' }],
    [
      'one switched off for a reason that its lane has forgotten',
      { version: 4, disabled: true, disabledReason: 'gone' },
      undefined,
      { kind: 'disabled', by: 'gone' },
    ],
  ])('%s', (_, kept, memory, expected) => {
    expect(healthOf(kept, memory, NOW)).toEqual(expected);
  });
});
