import type { EndpointPatch, EndpointUpdate } from '@signpost/contracts';
import { DEFAULT_RETRY_PRESET, RETRY_PRESETS, type RetryPreset, type RetrySchedule } from '@signpost/domain';
import type { Change, EndpointFields } from '@signpost/ports';
import type * as z from 'zod';
import { asChange } from '../http/change.js';

interface AskedSchedule {
  /** Seconds. */
  readonly retrySchedule?: readonly number[] | null | undefined;
  readonly retryPreset?: RetryPreset | null | undefined;
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
  };
}

/** Only what the body names, tls and permission apart. */
export function endpointChange(
  body: z.output<typeof EndpointPatch>,
): Change<Omit<EndpointFields, 'tls' | 'permission'>> {
  const { retrySchedule: _, retryPreset: __, tls: ___, validation: ____, ...fields } = asChange(body);
  const isNamed = body.retrySchedule !== undefined || body.retryPreset !== undefined;
  const schedule = scheduleOf(body) ?? RETRY_PRESETS[DEFAULT_RETRY_PRESET];
  return { ...fields, ...(isNamed ? { retrySchedule: schedule } : {}) };
}

function scheduleOf({ retrySchedule, retryPreset }: AskedSchedule): RetrySchedule | undefined {
  if (retrySchedule != null) return retrySchedule.map((seconds) => Math.round(seconds * 1_000));
  if (retryPreset != null) return RETRY_PRESETS[retryPreset];
  return undefined;
}
