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

/** Every field but tls and permission: what the body lacks has its default. */
export function endpointFields(body: z.output<typeof EndpointUpdate>): Omit<EndpointFields, 'tls' | 'permission'> {
  return {
    url: body.url,
    uid: body.uid ?? undefined,
    description: body.description,
    disabled: body.disabled,
    eventTypes: body.eventTypes ?? undefined,
    channels: body.channels ?? undefined,
    metadata: body.metadata,
    throttleRate: body.throttleRate ?? undefined,
    notifyEmails: body.notifyEmails ?? undefined,
    retrySchedule: scheduleOf(body) ?? RETRY_PRESETS[DEFAULT_RETRY_PRESET],
    ordering: orderingOf(body),
  };
}

/** Only what the body names, tls and permission apart. */
export function endpointChange(
  body: z.output<typeof EndpointPatch>,
): Change<Omit<EndpointFields, 'tls' | 'permission'>> {
  const {
    retrySchedule: _,
    retryPreset: __,
    tls: ___,
    validation: ____,
    ordering: _____,
    orderingPolicy: ______,
    orderingSkipAfter: _______,
    ...fields
  } = asChange(body);
  const isNamed = body.retrySchedule !== undefined || body.retryPreset !== undefined;
  const schedule = scheduleOf(body) ?? RETRY_PRESETS[DEFAULT_RETRY_PRESET];
  return {
    ...fields,
    ...(isNamed ? { retrySchedule: schedule } : {}),
    ...(body.ordering === undefined ? {} : { ordering: orderingOf(body) }),
  };
}

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
