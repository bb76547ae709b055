import { areChannels, isEventType, isForeignId } from '@signpost/domain';
import { SourceEventError, type SourceEvent, type SourceEventFault, type SourcePayload } from './source-event.js';

/** What an event says beside its payload, as it was found in the record: texts, numbers, or anything else. */
export type FoundField = 'application' | 'type' | 'id' | 'source' | 'time' | 'conversation' | 'channels';

export interface FoundFields {
  /** Undefined for what the record does not have. */
  value(field: FoundField): unknown;
  /** Where it was looked for, for people: 'ce_type', '/kind'. */
  placeOf(field: FoundField): string;
  /** How a field that is missing or malformed is called. */
  readonly fault: SourceEventFault;
}

/** Checks what was found and puts it together. @throws SourceEventError naming the first field that is wrong */
export function eventOf(fields: FoundFields, payload: () => SourcePayload): SourceEvent {
  const eventType = typeOf(fields);
  const eventId = optionalId(fields, 'id');
  const source = optionalId(fields, 'source');
  const timeMs = timeOf(fields);
  const conversationId = optionalId(fields, 'conversation');
  const channels = channelsOf(fields);
  const application = optionalId(fields, 'application');
  if (application === undefined) throw missing(fields, 'application');
  return {
    application,
    eventType,
    ...payload(),
    ...(eventId === undefined ? {} : { eventId }),
    ...(source === undefined ? {} : { source }),
    ...(timeMs === undefined ? {} : { timeMs }),
    ...(conversationId === undefined ? {} : { conversationId }),
    ...(channels === undefined ? {} : { channels }),
  };
}

/** @throws SourceEventError for a field that has to be there and is not */
export function required(fields: FoundFields, field: FoundField): void {
  const value = fields.value(field);
  if (value === undefined || value === null) throw missing(fields, field);
}

function missing(fields: FoundFields, field: FoundField): SourceEventError {
  return new SourceEventError(fields.fault, `${fields.placeOf(field)} is missing; send it with every event`);
}

function typeOf(fields: FoundFields): string {
  const value = fields.value('type');
  if (typeof value === 'string' && isEventType(value)) return value;
  const found =
    value === undefined || value === null
      ? 'is missing'
      : typeof value === 'string'
        ? `is ${JSON.stringify(value.slice(0, 300))}`
        : 'is no text';
  throw new SourceEventError(
    'event_type_invalid',
    `${fields.placeOf('type')} ${found}; an event type has 1 to 256 letters, digits, dashes, underscores or full stops`,
  );
}

function optionalId(fields: FoundFields, field: 'application' | 'id' | 'source' | 'conversation'): string | undefined {
  const value = fields.value(field);
  if (value === undefined || value === null) return undefined;
  const isExact = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  const text = isExact ? String(value) : value;
  if (typeof text === 'string' && isForeignId(text)) return text;
  const place = fields.placeOf(field);
  throw new SourceEventError(
    fields.fault,
    typeof value === 'number'
      ? `${place} is a number that cannot be told exactly; send it as text`
      : `${place} has to have 1 to 256 characters without control characters`,
  );
}

// As RFC 3339 has it; the date is checked by being read.
const TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

function timeOf(fields: FoundFields): number | undefined {
  const value = fields.value('time');
  if (value === undefined || value === null) return undefined;
  const timeMs =
    typeof value === 'number'
      ? Math.floor(value)
      : typeof value === 'string' && TIME.test(value)
        ? Date.parse(value)
        : NaN;
  if (Number.isSafeInteger(timeMs) && timeMs >= 0) return timeMs;
  throw new SourceEventError(
    fields.fault,
    `${fields.placeOf('time')} is no time; send it as in RFC 3339: 2026-01-02T03:04:05.678Z`,
  );
}

/** As a list, as a JSON list in a text, or with commas between. */
function channelsOf(fields: FoundFields): readonly string[] | undefined {
  const value = fields.value('channels');
  if (value === undefined || value === null || value === '') return undefined;
  const list = typeof value === 'string' ? listIn(value) : value;
  if (isList(list) && areChannels(list)) return list;
  throw new SourceEventError(
    fields.fault,
    `${fields.placeOf('channels')} has to name 1 to 5 different channels of letters, digits, dashes, underscores or full stops`,
  );
}

function listIn(text: string): unknown {
  if (!text.startsWith('[')) return text.split(',').map((channel) => channel.trim());
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Array.isArray would make its elements `any`. */
function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
