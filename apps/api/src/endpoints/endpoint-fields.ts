import type { EndpointPatch, EndpointUpdate } from '@signpost/contracts';
import {
  DEFAULT_RETRY_PRESET,
  RETRY_PRESETS,
  type Ordering,
  type RetryPreset,
  type RetrySchedule,
} from '@signpost/domain';
import type { Change, EndpointFields } from '@signpost/ports';
import type * as z from 'zod';
import { asChange } from '../http/change.js';

interface AskedSchedule {
  /** Seconds. */
  readonly retrySchedule?: readonly number[] | null | undefined;
  readonly retryPreset?: RetryPreset | null | undefined;
}

interface AskedOrdering {
  readonly ordering?: Ordering['by'] | null | undefined;
  readonly orderingPolicy?: Ordering['onFailure']['kind'] | null | undefined;
  readonly orderingSkipAfter?: number | null | undefined;
}

/** What endpoint-security.ts and endpoint-access.ts see to, what has operations of its own, and the filters. */
type Apart = 'tls' | 'permission' | 'authentication' | 'timeouts' | 'headers' | 'paused' | 'filters';

/** Every field but those apart: what the body lacks has its default. */
export function endpointFields(body: z.output<typeof EndpointUpdate>): Omit<EndpointFields, Apart> {
  return {
    url: body.url,
    uid: body.uid ?? undefined,
    description: body.description,
    disabled: body.disabled,
    eventTypes: body.eventTypes ?? body.filterTypes ?? undefined,
    channels: body.channels ?? undefined,
    metadata: body.metadata,
    throttleRate: body.throttleRate ?? body.rateLimit ?? undefined,
    notifyEmails: body.notifyEmails ?? undefined,
    retrySchedule: scheduleOf(body) ?? RETRY_PRESETS[DEFAULT_RETRY_PRESET],
    ordering: orderingOf(body),
  };
}

/** Only what the body names, those apart left out. */
export function endpointChange(body: z.output<typeof EndpointPatch>): Change<Omit<EndpointFields, Apart>> {
  const { url, uid, description, disabled, channels, metadata, notifyEmails } = body;
  const { eventTypes = body.filterTypes, throttleRate = body.rateLimit } = body;
  const isNamed = body.retrySchedule !== undefined || body.retryPreset !== undefined;
  const schedule = scheduleOf(body) ?? RETRY_PRESETS[DEFAULT_RETRY_PRESET];
  return {
    ...named({ url, uid, description, disabled, eventTypes, channels, metadata, throttleRate, notifyEmails }),
    ...(isNamed ? { retrySchedule: schedule } : {}),
    ...(body.ordering === undefined ? {} : { ordering: orderingOf(body) }),
  };
}

/** Absent they stay as they are, also where every other field is replaced: a client that does not know them means no change. */
export function filtersChange({ filters }: Pick<z.output<typeof EndpointPatch>, 'filters'>) {
  return filters === undefined ? {} : { filters: filters ?? undefined };
}

/** What is absent stays absent, null becomes undefined, which clears. */
function named<T extends object>(fields: T) {
  return asChange(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>);
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function orderingOf({ ordering, orderingPolicy, orderingSkipAfter }: AskedOrdering): Ordering | undefined {
  if (ordering == null) return undefined;
  switch (orderingPolicy ?? 'block') {
    case 'block':
      return { by: ordering, onFailure: { kind: 'block' } };
    case 'park':
      return { by: ordering, onFailure: { kind: 'park' } };
    case 'skip':
      // The body was checked: the policy skip has its number.
      return { by: ordering, onFailure: { kind: 'skip', afterAttempts: orderingSkipAfter ?? 1 } };
  }
}

function scheduleOf({ retrySchedule, retryPreset }: AskedSchedule): RetrySchedule | undefined {
  if (retrySchedule != null) return retrySchedule.map((seconds) => Math.round(seconds * 1_000));
  if (retryPreset != null) return RETRY_PRESETS[retryPreset];
  return undefined;
}
