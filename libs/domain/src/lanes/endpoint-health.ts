import type { LaneMemory } from './lane-memory.js';
import { disablesAtMs } from './failing-streak.js';

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
    }
  /** `sinceMs` is known of what Signpost did itself. */
  | { readonly kind: 'disabled'; readonly by: string; readonly sinceMs?: number };

/** What is kept of an endpoint, as far as its health goes. */
export interface Switch {
  readonly version: number;
  readonly disabled: boolean;
  /** Why Signpost switched it off, while it is off for that. */
  readonly disabledReason?: string;
}

/** What its owner has said comes first; then what its lane remembers. `memory`: undefined where a lane has none. */
export function healthOf(kept: Switch, memory: Pick<LaneMemory, 'disabled' | 'failing'> | undefined): EndpointHealth {
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
  const streak = off === undefined ? memory?.failing : undefined;
  if (streak === undefined) return { kind: 'healthy' };
  const { sinceMs, warnedPercent } = streak;
  return { kind: 'failing', sinceMs, warnedPercent, disablesAtMs: disablesAtMs(streak) };
}
