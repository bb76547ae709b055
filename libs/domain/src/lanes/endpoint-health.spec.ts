import { describe, expect, it } from '@jest/globals';
import { healthOf } from './endpoint-health.js';

const ON = { version: 3, disabled: false };
const streak = { sinceMs: 10, lastMs: 40, failedMs: 30, attempts: 9, warnedPercent: 50, limitMs: 60 };
const off = (endpointVersion: number) => ({ atMs: 70, reason: 'failing' as const, endpointVersion });

describe("an endpoint's health", () => {
  it.each([
    ['one with nothing to remember', ON, undefined, { kind: 'healthy' }],
    ['one that parks only', ON, {}, { kind: 'healthy' }],
    ['one that fails', ON, { failing: streak }, { kind: 'failing', sinceMs: 10, warnedPercent: 50, disablesAtMs: 70 }],
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
    ['one switched on since', ON, { disabled: off(2), failing: streak }, { kind: 'healthy' }],
    [
      'one switched off for a reason that its lane has forgotten',
      { version: 4, disabled: true, disabledReason: 'gone' },
      undefined,
      { kind: 'disabled', by: 'gone' },
    ],
  ])('%s', (_, kept, memory, expected) => {
    expect(healthOf(kept, memory)).toEqual(expected);
  });
});
