import type { EndpointOut } from '@signpost/contracts';
import type { KeptEndpoint } from '@signpost/ports';
import { permissionOut, tlsOut } from './endpoint-security.js';

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
    ...(kept.tls === undefined ? {} : { tls: tlsOut(kept.tls) }),
    ...(kept.permission === undefined
      ? {}
      : { validation: kept.permission.method, permission: permissionOut(kept, kept.permission) }),
    version: kept.version,
    createdAt: kept.createdAt.toISOString(),
    updatedAt: kept.updatedAt.toISOString(),
  };
}
