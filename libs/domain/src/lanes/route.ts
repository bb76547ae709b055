import type { Endpoint } from '../control/control-state.js';
import { permissionState } from '../egress/delivery-permission.js';
import type { LaneMemory, ParkReason } from './lane-memory.js';
import { LONGEST_PAUSE_IN_QUEUE_MS } from './lane-pace.js';

/** Where a delivery goes from here. */
export type Route =
  | { readonly kind: 'attempt'; readonly endpoint: Endpoint }
  | { readonly kind: 'park'; readonly reason: ParkReason }
  /** The endpoint was deleted: nobody is left to deliver to. */
  | { readonly kind: 'cancel' };

/** `endpoint`: undefined once it is deleted. `memory`: undefined for a lane with nothing to remember. */
export function routeOf(endpoint: Endpoint | undefined, memory: LaneMemory | undefined, nowMs: number): Route {
  if (endpoint === undefined) return { kind: 'cancel' };
  if (isSwitchedOff(endpoint, memory)) return { kind: 'park', reason: offReason(endpoint) };
  if ((memory?.pausedUntilMs ?? 0) - nowMs > LONGEST_PAUSE_IN_QUEUE_MS) return { kind: 'park', reason: 'lane-paused' };
  return { kind: 'attempt', endpoint };
}

/**
 * By its owner, for good or for a pause, by a receiver that has not agreed, or by us: what we switched off stays so
 * until the owner changes the endpoint.
 */
export function isSwitchedOff(endpoint: Endpoint, memory: LaneMemory | undefined): boolean {
  if (endpoint.disabled || endpoint.paused !== undefined || permissionState(endpoint) !== 'allowed') return true;
  return memory?.disabled !== undefined && memory.disabled.endpointVersion >= endpoint.version;
}

function offReason({ disabled, paused }: Endpoint): ParkReason {
  return paused !== undefined && !disabled ? 'endpoint-paused' : 'endpoint-disabled';
}
