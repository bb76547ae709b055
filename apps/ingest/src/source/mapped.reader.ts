import { headerText } from '@signpost/contracts';
import { isJsonObject, sliceElements, sliceMember } from '@signpost/domain';
import type { IncomingRecord } from '@signpost/ports';
import { eventOf, type FoundField, type FoundFields } from './event-fields.js';
import { parsedObject } from './json-payload.js';
import { SourceEventError, type SourceEvent, type SourcePayload, type SourceReader } from './source-event.js';

/** Where a field is found: always the same, in a header, or in the value by its JSON Pointer's parts. */
export type FieldRule =
  | { readonly value: string }
  | { readonly header: string }
  | { readonly path: readonly string[]; readonly unit?: keyof typeof UNIT_MS | undefined };

/** Of a time that is a number; milliseconds where nothing is said. */
export const UNIT_MS = { seconds: 1_000, milliseconds: 1, microseconds: 0.001 } as const;

export interface FieldMap extends Readonly<Partial<Record<FoundField, FieldRule>>> {
  readonly application: FieldRule;
  readonly type: FieldRule;
  /** The payload within the value; absent: the whole value. */
  readonly payload?: { readonly path: readonly string[] };
}

/** Plain JSON whose fields are mapped by configuration. */
export class MappedReader implements SourceReader {
  constructor(private readonly map: FieldMap) {}

  read(record: IncomingRecord): SourceEvent {
    const value = parsedObject(record.value);
    return mappedEvent(this.map, record, value, () => payloadIn(this.map, record.value ?? Buffer.alloc(0), value));
  }
}

/** The payload's own bytes. `value`: what all of them say. */
export function payloadIn({ payload }: FieldMap, bytes: Buffer, value: unknown): SourcePayload {
  if (payload === undefined) return { payload: bytes, json: value };
  const found = sliceOf(bytes, payload.path);
  const json = at(value, payload.path);
  if (found !== undefined && isJsonObject(json)) return { payload: found, json };
  throw payloadFault(payload.path, found !== undefined);
}

/** `value`: what the record says, whatever it was written in. */
export function mappedEvent(
  map: FieldMap,
  { headers }: Pick<IncomingRecord, 'headers'>,
  value: unknown,
  payload: () => SourcePayload,
): SourceEvent {
  const fields: FoundFields = {
    fault: 'field_invalid',
    value: (field) => valueOf(map[field], headers, value),
    placeOf: (field) => placeOf(field, map[field]),
  };
  return eventOf(fields, payload);
}

export function payloadFault(path: readonly string[], isThere: boolean): SourceEventError {
  const place = pointerText(path);
  return isThere
    ? new SourceEventError('payload_not_object', `${place} is no JSON object; the source's map reads the payload there`)
    : new SourceEventError('payload_missing', `${place} is missing; the source's map reads the payload there`);
}

function valueOf(rule: FieldRule | undefined, headers: IncomingRecord['headers'], value: unknown): unknown {
  if (rule === undefined) return undefined;
  if ('value' in rule) return rule.value;
  if ('header' in rule) return headerText(headers, rule.header);
  const found = at(value, rule.path);
  if (typeof found !== 'number' && typeof found !== 'bigint') return found;
  return rule.unit === undefined ? found : Number(found) * UNIT_MS[rule.unit];
}

function placeOf(field: FoundField, rule: FieldRule | undefined): string {
  if (rule === undefined || 'value' in rule) return `the constant ${field}`;
  return 'header' in rule ? `the header ${rule.header} (${field})` : `${pointerText(rule.path)} (${field})`;
}

/** What the pointer points at; undefined where there is nothing. */
export function at(value: unknown, path: readonly string[]): unknown {
  let here = value;
  for (const name of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined;
    // Lists have places, and no other names.
    if (Array.isArray(here) && !INDEX.test(name)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[name];
  }
  return here;
}

/** The same of the bytes: as they stand there. */
function sliceOf(json: Buffer, path: readonly string[]): Buffer | undefined {
  let here: Buffer | undefined = json;
  for (const name of path) {
    if (here === undefined) return undefined;
    const elements: readonly Buffer[] = INDEX.test(name) ? sliceElements(here) : [];
    here = elements.length > 0 ? elements[Number(name)] : sliceMember(here, name);
  }
  return here;
}

const INDEX = /^(0|[1-9]\d{0,8})$/;

/** The parts of a JSON Pointer (RFC 6901); undefined for a text that is none, or points at the whole. */
export function pointerParts(text: string): readonly string[] | undefined {
  if (!/^(\/([^~/]|~[01])*)+$/.test(text)) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const pointerText = (path: readonly string[]): string =>
  path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
