import type { DeadLetterReason } from '../delivery/decision.js';
import type { DeliveryState } from '../delivery/delivery-status.js';
import type { PermissionState } from '../egress/delivery-permission.js';
import type { EndpointHealth } from '../lanes/endpoint-health.js';
import type { ParkReason } from '../lanes/lane-memory.js';

/** How a delivery stands, as people ask for it. */
export type EndpointVerdict =
  'delivered' | 'pending' | 'dead' | 'expired' | 'superseded' | 'cancelled' | 'declined' | 'not-matched';
export const ENDPOINT_VERDICTS = [
  'delivered',
  'pending',
  'dead',
  'expired',
  'superseded',
  'cancelled',
  'declined',
  'not-matched',
] as const satisfies readonly EndpointVerdict[];

/** What the log knows of a delivery. Times are milliseconds since 1970. */
export interface DeliveryFacts {
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAttemptAtMs?: number;
  readonly deadLetterReason?: DeadLetterReason;
  /** That which was delivered, or the newest. */
  readonly lastAttempt?: {
    readonly attempt: number;
    readonly reason?: string;
    readonly status?: number;
    /** The version of the endpoint's transformation that made its request. */
    readonly transformation?: number;
  };
  /** Why it was parked last; undefined where that was not recorded. */
  readonly parkedFor?: ParkReason;
}

/** The endpoint as it does now. */
export interface EndpointNow {
  readonly isDeleted: boolean;
  readonly health: EndpointHealth;
  readonly permission: PermissionState;
  /** Requests a second that its owner allows; undefined: any number. */
  readonly perSecond?: number;
}

/** What decided how a delivery of a matched message stands. */
export type DeliveryRule =
  | {
      readonly kind: 'delivered';
      readonly attempt: number;
      readonly status?: number;
      readonly transformation?: number;
    }
  | {
      readonly kind: 'dead';
      readonly reason: DeadLetterReason | undefined;
      readonly attempts: number;
      readonly lastFailure?: string;
    }
  | { readonly kind: 'expired' }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'declined' }
  /** Its endpoint was deleted before it arrived. */
  | { readonly kind: 'cancelled' }
  /** Its endpoint is deleted, and it ends when its turn comes. */
  | { readonly kind: 'deleted' }
  /** In its lane, or on its way there: nothing is known to hold it. */
  | { readonly kind: 'on-its-way' }
  /** In a retry tier. `untilMs`: undefined where only the attempt is known, and not what followed from it. */
  | { readonly kind: 'waiting'; readonly attempt: number; readonly lastFailure?: string; readonly untilMs?: number }
  /** So many failures in a row that attempts count as failed without a request. */
  | { readonly kind: 'breaker-open'; readonly untilMs?: number; readonly probeAtMs?: number }
  /** The receiver asked for silence. */
  | { readonly kind: 'throttled'; readonly untilMs?: number }
  /** `by`: 'owner', or why Signpost did it; undefined where it was switched on since, and the delivery is not back yet. */
  | { readonly kind: 'disabled'; readonly by?: string }
  | { readonly kind: 'paused'; readonly by?: string }
  /** Its receiver has not agreed to be called. */
  | { readonly kind: 'no-permission'; readonly state: PermissionState }
  | { readonly kind: 'lane-full' }
  /** Behind the first of its conversation. */
  | { readonly kind: 'behind-head' }
  /** Parked, for a reason that was not recorded. */
  | { readonly kind: 'parked' };

export interface ExplainedDelivery {
  readonly verdict: Exclude<EndpointVerdict, 'not-matched'>;
  readonly rule: DeliveryRule;
}

export function explainDelivery(facts: DeliveryFacts, endpoint: EndpointNow, nowMs: number): ExplainedDelivery {
  switch (facts.state) {
    case 'delivered': {
      const { attempt = facts.attempts, status, transformation } = facts.lastAttempt ?? {};
      const answer = status === undefined ? {} : { status };
      const made = transformation === undefined ? {} : { transformation };
      return { verdict: 'delivered', rule: { kind: 'delivered', attempt, ...answer, ...made } };
    }
    case 'dead-lettered':
      return { verdict: 'dead', rule: deadRule(facts) };
    case 'expired':
    case 'superseded':
    case 'declined':
      return { verdict: facts.state, rule: { kind: facts.state } };
    case 'cancelled':
      return { verdict: 'cancelled', rule: { kind: 'cancelled' } };
    case 'pending':
      return { verdict: 'pending', rule: pendingRule(endpoint, nowMs) };
    case 'waiting':
      return { verdict: 'pending', rule: waitingRule(facts, endpoint) };
    case 'parked':
      return { verdict: 'pending', rule: parkedRule(facts.parkedFor, endpoint, nowMs) };
  }
}

function deadRule({ deadLetterReason, attempts, lastAttempt }: DeliveryFacts): DeliveryRule {
  const { reason } = lastAttempt ?? {};
  return { kind: 'dead', reason: deadLetterReason, attempts, ...(reason === undefined ? {} : { lastFailure: reason }) };
}

/** Nothing has been recorded of it since it was owed, released or asked for again. What holds its lane now holds it. */
function pendingRule(endpoint: EndpointNow, nowMs: number): DeliveryRule {
  if (endpoint.isDeleted) return { kind: 'deleted' };
  return offRule(endpoint) ?? heldRule(endpoint.health, nowMs) ?? { kind: 'on-its-way' };
}

function waitingRule({ lastAttempt, attempts, nextAttemptAtMs }: DeliveryFacts, endpoint: EndpointNow): DeliveryRule {
  if (endpoint.isDeleted) return { kind: 'deleted' };
  const { attempt = attempts, reason } = lastAttempt ?? {};
  const until = nextAttemptAtMs === undefined ? {} : { untilMs: nextAttemptAtMs };
  const probeAtMs = probeOf(endpoint.health);
  if (reason === 'breaker-open') {
    return { kind: 'breaker-open', ...until, ...(probeAtMs === undefined ? {} : { probeAtMs }) };
  }
  return { kind: 'waiting', attempt, ...until, ...(reason === undefined ? {} : { lastFailure: reason }) };
}

function parkedRule(reason: ParkReason | undefined, endpoint: EndpointNow, nowMs: number): DeliveryRule {
  if (endpoint.isDeleted) return { kind: 'deleted' };
  const off = offRule(endpoint);
  switch (reason) {
    case 'endpoint-disabled':
      return off ?? { kind: 'disabled' };
    case 'endpoint-paused':
      return off ?? { kind: 'paused' };
    case 'lane-paused': {
      const held = heldRule(endpoint.health, nowMs);
      return off ?? (held?.kind === 'throttled' ? held : { kind: 'throttled' });
    }
    case 'lane-full':
      return off ?? { kind: 'lane-full' };
    case 'behind-head':
      return off ?? { kind: 'behind-head' };
    case undefined:
      return off ?? { kind: 'parked' };
  }
}

/** Whatever a delivery was parked for, one to an endpoint that is switched off waits until it is switched on. */
function offRule({ health, permission }: EndpointNow): DeliveryRule | undefined {
  if (health.kind === 'disabled') return { kind: 'disabled', by: health.by };
  if (health.kind === 'paused') return { kind: 'paused', by: health.by };
  return permission === 'allowed' ? undefined : { kind: 'no-permission', state: permission };
}

function heldRule(health: EndpointHealth, nowMs: number): DeliveryRule | undefined {
  const probeAtMs = probeOf(health);
  if (probeAtMs !== undefined && probeAtMs > nowMs) return { kind: 'breaker-open', probeAtMs };
  return health.kind === 'throttled' ? { kind: 'throttled', untilMs: health.nextProbeAtMs } : undefined;
}

/** When an open breaker lets one request through. */
export function probeOf(health: EndpointHealth): number | undefined {
  switch (health.kind) {
    case 'failing':
    case 'breaker-open':
      return health.nextProbeAtMs;
    case 'healthy':
    case 'throttled':
    case 'paused':
    case 'disabled':
      return undefined;
  }
}
