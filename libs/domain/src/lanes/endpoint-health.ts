import type { EndpointPause } from '../control/control-state.js';
import type { LaneMemory } from './lane-memory.js';
import { disablesAtMs } from './failing-streak.js';

/** What of a lane's memory says how its endpoint does. */
export type HealthMemory = Pick<LaneMemory, 'disabled' | 'failing' | 'breaker' | 'pausedUntilMs'>;

/** How an endpoint does as a whole. Times are milliseconds since 1970. */
export type EndpointHealth =
  | { readonly kind: 'healthy' }
  | {
      readonly kind: 'failing';
      readonly sinceMs: number;
      /** The highest step that its owner was warned at; 0 before the first. */
      readonly warnedPercent: number;
      /** When it will be switched off if it goes on failing. */
      readonly disablesAtMs: number;
      /** As the attempt's reason. */
      readonly lastFailure?: string;
      /** While its breaker is open: from when on one request may ask how it does. */
      readonly nextProbeAtMs?: number;
    }
  /** So many failures in a row that nothing is asked of it for a while. */
  | { readonly kind: 'breaker-open'; readonly openings: number; readonly nextProbeAtMs: number }
  /** It asked for silence (Retry-After, or too many requests). */
  | { readonly kind: 'throttled'; readonly nextProbeAtMs: number }
  /** Its owner lets everything wait. */
  | { readonly kind: 'paused'; readonly by: string; readonly sinceMs: number }
  /** `sinceMs` is known of what Signpost did itself. */
  | { readonly kind: 'disabled'; readonly by: string; readonly sinceMs?: number };

/** What is kept of an endpoint, as far as its health goes. */
export interface Switch {
  readonly version: number;
  readonly disabled: boolean;
  /** Why Signpost switched it off, while it is off for that. */
  readonly disabledReason?: string;
  readonly paused?: EndpointPause | undefined;
}

/** What its owner has said comes first; then what its lane remembers. `memory`: undefined where a lane has none. */
export function healthOf(kept: Switch, memory: HealthMemory | undefined, nowMs: number): EndpointHealth {
  const off = memory?.disabled;
  if (kept.disabled) {
    const by = kept.disabledReason;
    if (by === undefined) return { kind: 'disabled', by: 'owner' };
    return { kind: 'disabled', by, ...(off?.reason === by ? { sinceMs: off.atMs } : {}) };
  }
  // Switched off a moment ago, and not yet noted where endpoints are kept.
  if (off !== undefined && off.endpointVersion >= kept.version) {
    return { kind: 'disabled', by: off.reason, sinceMs: off.atMs };
  }
  if (kept.paused !== undefined) return { kind: 'paused', by: kept.paused.by, sinceMs: kept.paused.sinceMs };
  // What a lane remembers beside having switched off an endpoint that is on again concerns the endpoint that was.
  return memory === undefined || off !== undefined ? { kind: 'healthy' } : remembered(memory, nowMs);
}

function remembered({ failing, breaker, pausedUntilMs = 0 }: HealthMemory, nowMs: number): EndpointHealth {
  const probe = breaker === undefined ? {} : { nextProbeAtMs: breaker.untilMs };
  if (failing !== undefined) {
    const { sinceMs, warnedPercent, lastFailure } = failing;
    const last = lastFailure === undefined ? {} : { lastFailure };
    return { kind: 'failing', sinceMs, warnedPercent, disablesAtMs: disablesAtMs(failing), ...last, ...probe };
  }
  if (breaker !== undefined) {
    return { kind: 'breaker-open', openings: breaker.openings, nextProbeAtMs: breaker.untilMs };
  }
  return pausedUntilMs > nowMs ? { kind: 'throttled', nextProbeAtMs: pausedUntilMs } : { kind: 'healthy' };
}
