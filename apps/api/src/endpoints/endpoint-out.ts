import type { EndpointOut } from '@signpost/contracts';
import { healthOf, type LaneMemory } from '@signpost/domain';
import type { Ordering } from '@signpost/domain';
import type { KeptEndpoint } from '@signpost/ports';
import { permissionOut, tlsOut } from './endpoint-security.js';

export type HealthMemory = Pick<LaneMemory, 'disabled' | 'failing'>;

/** `memory`: what its lane remembers of it, if anything. */
export function endpointOut(kept: KeptEndpoint, memory: HealthMemory | undefined): EndpointOut {
  return {
    id: kept.id,
    ...(kept.uid === undefined ? {} : { uid: kept.uid }),
    url: kept.url,
    description: kept.description,
    disabled: kept.disabled,
    ...(kept.disabledReason === undefined ? {} : { disabledReason: kept.disabledReason }),
    eventTypes: kept.eventTypes === undefined ? null : [...kept.eventTypes],
    channels: kept.channels === undefined ? null : [...kept.channels],
    metadata: kept.metadata,
    ...(kept.throttleRate === undefined ? {} : { throttleRate: kept.throttleRate }),
    retrySchedule: kept.retrySchedule.map((waitMs) => waitMs / 1_000),
    ...(kept.tls === undefined ? {} : { tls: tlsOut(kept.tls) }),
    ...(kept.permission === undefined
      ? {}
      : { validation: kept.permission.method, permission: permissionOut(kept, kept.permission) }),
    ...(kept.notifyEmails === undefined ? {} : { notifyEmails: [...kept.notifyEmails] }),
    health: healthOut(kept, memory),
    ...orderingOut(kept.ordering),
    version: kept.version,
    createdAt: kept.createdAt.toISOString(),
    updatedAt: kept.updatedAt.toISOString(),
  };
}

function healthOut(kept: KeptEndpoint, memory: HealthMemory | undefined): EndpointOut['health'] {
  const health = healthOf(kept, memory);
  switch (health.kind) {
    case 'healthy':
      return { state: 'healthy' };
    case 'failing':
      return {
        state: 'failing',
        since: iso(health.sinceMs),
        warnedPercent: health.warnedPercent,
        disablesAt: iso(health.disablesAtMs),
      };
    case 'disabled':
      return {
        state: 'disabled',
        reason: health.by,
        ...(health.sinceMs === undefined ? {} : { since: iso(health.sinceMs) }),
      };
  }
}

const iso = (atMs: number): string => new Date(atMs).toISOString();
function orderingOut(
  ordering: Ordering | undefined,
): Pick<EndpointOut, 'ordering' | 'orderingPolicy' | 'orderingSkipAfter'> {
  if (ordering === undefined) return {};
  const { by, onFailure } = ordering;
  return {
    ordering: by,
    orderingPolicy: onFailure.kind,
    ...(onFailure.kind === 'skip' ? { orderingSkipAfter: onFailure.afterAttempts } : {}),
  };
}
