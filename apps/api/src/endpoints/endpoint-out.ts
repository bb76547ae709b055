import type { EndpointOut } from '@signpost/contracts';
import type { Ordering } from '@signpost/domain';
import type { KeptEndpoint } from '@signpost/ports';

export function endpointOut(kept: KeptEndpoint): EndpointOut {
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
    ...orderingOut(kept.ordering),
    version: kept.version,
    createdAt: kept.createdAt.toISOString(),
    updatedAt: kept.updatedAt.toISOString(),
  };
}

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
