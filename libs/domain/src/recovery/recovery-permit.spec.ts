import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EndpointHealth } from '../lanes/endpoint-health.js';
import { PROBE_EVERY_MS, recoveryPermit } from './recovery-permit.js';

const NOW = 1_000_000;
const failing = (nextProbeAtMs?: number): EndpointHealth => ({
  kind: 'failing',
  sinceMs: 0,
  warnedPercent: 0,
  disablesAtMs: 0,
  ...(nextProbeAtMs === undefined ? {} : { nextProbeAtMs }),
});

describe('whether a recovery may hand over to an endpoint', () => {
  it.each<[string, EndpointHealth, number, object]>([
    ['healthy', { kind: 'healthy' }, 0, { kind: 'go' }],
    ['switched off', { kind: 'disabled', by: 'owner' }, 0, { kind: 'wait', why: 'disabled' }],
    ['paused', { kind: 'paused', by: 'key', sinceMs: 0 }, 0, { kind: 'wait', why: 'paused' }],
    [
      'throttled',
      { kind: 'throttled', nextProbeAtMs: NOW + 5 },
      0,
      { kind: 'wait', why: 'throttled', untilMs: NOW + 5 },
    ],
    [
      'behind an open breaker',
      { kind: 'breaker-open', openings: 1, nextProbeAtMs: NOW + 5 },
      0,
      { kind: 'wait', why: 'breaker-open', untilMs: NOW + 5 },
    ],
    ['due a probe', { kind: 'breaker-open', openings: 1, nextProbeAtMs: NOW }, 0, { kind: 'probe' }],
    ['failing, and nobody has asked it', failing(), 0, { kind: 'probe' }],
    [
      'failing, and asked a moment ago',
      failing(),
      NOW - 1,
      { kind: 'wait', why: 'failing', untilMs: NOW - 1 + PROBE_EVERY_MS },
    ],
  ])('%s', (_, health, probedMs, permit) => {
    expect(recoveryPermit(health, probedMs, NOW)).toEqual(permit);
  });

  it('probes a failing endpoint in the end, and never twice within the time between probes', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(60_000), (breakerMs, stepMs) => {
        let probedMs = 0;
        let probes = 0;
        for (let nowMs = NOW; nowMs < NOW + 400_000; nowMs += stepMs + 1_000) {
          if (recoveryPermit(failing(NOW + breakerMs), probedMs, nowMs).kind !== 'probe') continue;
          expect(nowMs).toBeGreaterThanOrEqual(Math.max(NOW + breakerMs, probedMs + PROBE_EVERY_MS));
          probedMs = nowMs;
          probes += 1;
        }
        expect(probes).toBeGreaterThan(0);
      }),
    );
  });
});
