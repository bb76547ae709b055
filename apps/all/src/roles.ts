import type { Role, RoleName } from '@signpost/runtime';

// Loaded when asked for: a choice of roles pays for their code alone.
const LOAD: Readonly<Record<RoleName, () => Promise<Role>>> = {
  ingest: async () => (await import('@signpost/ingest')).ingestRole,
  'subscription-matcher': async () => (await import('@signpost/subscription-matcher')).matcherRole,
  dispatcher: async () => (await import('@signpost/dispatcher')).dispatcherRole,
  'retry-scheduler': async () => (await import('@signpost/retry-scheduler')).retrySchedulerRole,
  recorder: async () => (await import('@signpost/recorder')).recorderRole,
  api: async () => (await import('@signpost/api')).apiRole,
};

export function rolesNamed(names: readonly RoleName[]): Promise<readonly Role[]> {
  return Promise.all(names.map((name) => LOAD[name]()));
}
