import type { Fields } from '../audit/audited-change.js';
import type { ContentFilter } from '../filters/content-filter.js';

/** What an endpoint asks for, as far as the matcher looks at it. */
export interface Asked {
  readonly eventTypes?: readonly string[];
  readonly channels?: readonly string[];
  readonly filters?: readonly ContentFilter[];
}

/** An entry of the audit log about one endpoint. */
export interface AskedChange {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Absent for the creation. */
  readonly before?: Fields;
  /** Absent for the deletion. */
  readonly after?: Fields;
}

/**
 * What an endpoint asked for at a moment, from what it asks for now and the changes since, in any order. Undefined where
 * that was not kept: the audit log shortens very long values.
 */
export function askedAt(now: Asked, changes: readonly AskedChange[], atMs: number): Asked | undefined {
  let asked: Record<keyof Asked, unknown> = {
    eventTypes: now.eventTypes,
    channels: now.channels,
    filters: now.filters,
  };
  const newestFirst = changes.filter((change) => change.atMs > atMs).sort((a, b) => b.atMs - a.atMs);
  for (const { before, after } of newestFirst) {
    // Neither its creation nor its deletion changes what it asks for.
    if (before === undefined || after === undefined) continue;
    asked = {
      eventTypes: undone(asked, 'eventTypes', before, after),
      channels: undone(asked, 'channels', before, after),
      filters: undone(asked, 'filters', before, after),
    };
  }
  const { eventTypes, channels, filters } = asked;
  if (!isListOrAll(eventTypes) || !isListOrAll(channels) || !areFiltersOrNone(filters)) return undefined;
  return {
    ...(eventTypes === undefined ? {} : { eventTypes }),
    ...(channels === undefined ? {} : { channels }),
    ...(filters === undefined ? {} : { filters }),
  };
}

/** An entry has only the fields that differ, and of those no empty ones: absent on one side alone, it was for all. */
function undone(asked: Record<keyof Asked, unknown>, field: keyof Asked, before: Fields, after: Fields): unknown {
  return field in before || field in after ? before[field] : asked[field];
}

function isListOrAll(value: unknown): value is readonly string[] | undefined {
  return value === undefined || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

/** As they were checked when they were set, unless the audit log shortened them. */
function areFiltersOrNone(value: unknown): value is readonly ContentFilter[] | undefined {
  return value === undefined || Array.isArray(value);
}
