import type { EndpointOut } from '@signpost/contracts';
import type { HealthMemory, Ordering } from '@signpost/domain';
import type { KeptEndpoint } from '@signpost/ports';
import { authenticationOut } from './endpoint-access.js';
import { healthOut, warningsOut } from './endpoint-health.js';
import { permissionOut, tlsOut } from './endpoint-security.js';

export type { HealthMemory } from '@signpost/domain';

/** `memory`: what its lane remembers of it, if anything. */
export function endpointOut(
  kept: KeptEndpoint,
  memory: HealthMemory | undefined,
  nowMs: number = Date.now(),
): EndpointOut {
  const health = healthOut(kept, memory, nowMs);
  const tls = kept.tls === undefined ? undefined : tlsOut(kept.tls);
  return {
    id: kept.id,
    ...(kept.uid === undefined ? {} : { uid: kept.uid }),
    url: kept.url,
    description: kept.description,
    disabled: kept.disabled,
    ...(kept.disabledReason === undefined ? {} : { disabledReason: kept.disabledReason }),
    eventTypes: listOut(kept.eventTypes),
    filterTypes: listOut(kept.eventTypes),
    channels: listOut(kept.channels),
    ...(kept.filters === undefined ? {} : { filters: kept.filters.map((filter) => ({ ...filter })) }),
    metadata: kept.metadata,
    ...(kept.throttleRate === undefined ? {} : { throttleRate: kept.throttleRate, rateLimit: kept.throttleRate }),
    retrySchedule: kept.retrySchedule.map((waitMs) => waitMs / 1_000),
    ...(tls === undefined ? {} : { tls }),
    ...(kept.permission === undefined
      ? {}
      : { validation: kept.permission.method, permission: permissionOut(kept, kept.permission) }),
    ...(kept.authentication === undefined ? {} : { authentication: authenticationOut(kept.authentication) }),
    ...(kept.timeouts === undefined ? {} : { timeouts: { ...kept.timeouts } }),
    ...(kept.notifyEmails === undefined ? {} : { notifyEmails: [...kept.notifyEmails] }),
    paused: kept.paused !== undefined,
    health,
    warnings: warningsOut(kept, health, tls, nowMs),
    ...orderingOut(kept.ordering),
    version: kept.version,
    createdAt: kept.createdAt.toISOString(),
    updatedAt: kept.updatedAt.toISOString(),
  };
}

const listOut = (list: readonly string[] | undefined): string[] | null => (list === undefined ? null : [...list]);

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
