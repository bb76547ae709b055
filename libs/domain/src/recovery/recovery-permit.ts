import type { EndpointHealth } from '../lanes/endpoint-health.js';

/** Whether a recovery that goes on only while its endpoint is healthy may hand over now. */
export type RecoveryPermit =
  | { readonly kind: 'go' }
  /** One, to find out: nothing else may be sent to the endpoint that would end its failing. */
  | { readonly kind: 'probe' }
  /** `untilMs`: when to look again at the latest (milliseconds since 1970); absent: it is for somebody to change. */
  | { readonly kind: 'wait'; readonly why: EndpointHealth['kind']; readonly untilMs?: number };

/** Between two probes: each costs a delivery one attempt of its schedule. */
export const PROBE_EVERY_MS = 10_000;

/** `probedMs`: when the last probe was handed over, in milliseconds since 1970; 0: never. */
export function recoveryPermit(health: EndpointHealth, probedMs: number, nowMs: number): RecoveryPermit {
  switch (health.kind) {
    case 'healthy':
      return { kind: 'go' };
    case 'paused':
    case 'disabled':
      return { kind: 'wait', why: health.kind };
    case 'throttled':
      return until(health.kind, health.nextProbeAtMs, nowMs);
    case 'breaker-open':
    case 'failing':
      return until(health.kind, Math.max(health.nextProbeAtMs ?? 0, probedMs + PROBE_EVERY_MS), nowMs);
  }
}

function until(why: EndpointHealth['kind'], untilMs: number, nowMs: number): RecoveryPermit {
  return untilMs > nowMs ? { kind: 'wait', why, untilMs } : { kind: 'probe' };
}
