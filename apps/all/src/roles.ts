import { apiRole } from '@signpost/api';
import { dispatcherRole } from '@signpost/dispatcher';
import { ingestRole } from '@signpost/ingest';
import { recorderRole } from '@signpost/recorder';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import type { Role, RoleName } from '@signpost/runtime';
import { matcherRole } from '@signpost/subscription-matcher';

const ROLES: Readonly<Record<RoleName, Role>> = {
  ingest: ingestRole,
  'subscription-matcher': matcherRole,
  dispatcher: dispatcherRole,
  'retry-scheduler': retrySchedulerRole,
  recorder: recorderRole,
  api: apiRole,
};

export const rolesNamed = (names: readonly RoleName[]): readonly Role[] => names.map((name) => ROLES[name]);
