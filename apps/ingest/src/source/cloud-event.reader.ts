import { headerText } from '@signpost/contracts';
import { isJsonObject, sliceMember } from '@signpost/domain';
import type { IncomingRecord } from '@signpost/ports';
import { eventOf, required, type FoundField, type FoundFields } from './event-fields.js';
import { parsedObject } from './json-payload.js';
import { SourceEventError, type SourceEvent, type SourcePayload, type SourceReader } from './source-event.js';

/** Which context attribute says what; or a constant in its place. */
export type AttributeRule = { readonly attribute: string } | { readonly value: string };
export type AttributeRules = Readonly<Partial<Record<'application' | 'conversation' | 'channels', AttributeRule>>>;

const ATTRIBUTE = {
  id: 'id',
  source: 'source',
  type: 'type',
  time: 'time',
  application: 'application',
  conversation: 'conversation',
  channels: 'channels',
} as const satisfies Record<FoundField, string>;

/** Attributes that are texts, and not empty ones, wherever they are given. */
const NEVER_EMPTY = ['id', 'source', 'type', 'time', 'subject', 'partitionkey'] as const;

type Attributes = (name: string) => string | undefined;

/**
 * CloudEvents 1.0 over Kafka (protocol binding §3): in binary mode attributes are headers and the payload is the value, in
 * structured mode the value holds both as JSON. The content type tells which.
 */
export class CloudEventReader implements SourceReader {
  constructor(private readonly rules: AttributeRules = {}) {}

  read({ headers, value }: IncomingRecord): SourceEvent {
    const contentType = headerText(headers, 'content-type')?.trim().toLowerCase() ?? '';
    if (!contentType.startsWith('application/cloudevents')) {
      const attributes: Attributes = (name) => headerText(headers, `ce_${name}`);
      const fields = this.fieldsOf(attributes, 'ce_');
      const event = (): SourceEvent => eventOf(fields, () => payloadOf(value));
      return checked(attributes, fields, event);
    }
    if (mediaTypeOf(contentType) !== 'application/cloudevents+json') {
      throw invalid(
        `the content type is "${contentType.slice(0, 100)}"; this reads application/cloudevents+json, one event a record`,
      );
    }
    return this.structured(value);
  }

  private structured(value: Buffer | null): SourceEvent {
    const members = parsedObject(value);
    const attributes: Attributes = (name) => (Object.hasOwn(members, name) ? textOf(name, members[name]) : undefined);
    const fields = this.fieldsOf(attributes, '');
    return checked(attributes, fields, () =>
      eventOf(fields, () => dataOf(value ?? Buffer.alloc(0), members, attributes)),
    );
  }

  private fieldsOf(attributes: Attributes, prefix: string): FoundFields {
    const ruleOf = (field: FoundField): AttributeRule => {
      const given =
        field === 'application' || field === 'conversation' || field === 'channels' ? this.rules[field] : undefined;
      return given ?? { attribute: ATTRIBUTE[field] };
    };
    return {
      fault: 'cloudevent_invalid',
      value: (field) => {
        const rule = ruleOf(field);
        return 'value' in rule ? rule.value : attributes(rule.attribute);
      },
      placeOf: (field) => {
        const rule = ruleOf(field);
        return 'value' in rule ? `the constant ${field}` : `${prefix}${rule.attribute}`;
      },
    };
  }
}

function checked(attributes: Attributes, fields: FoundFields, event: () => SourceEvent): SourceEvent {
  const version = attributes('specversion');
  if (version === undefined) {
    throw invalid(
      'the attribute specversion is missing (in binary mode the header ce_specversion); send events as CloudEvents 1.0',
    );
  }
  if (version !== '1.0') throw invalid(`specversion is "${version.slice(0, 20)}"; this reads CloudEvents 1.0`);
  for (const name of NEVER_EMPTY) {
    if (attributes(name)?.trim() === '') throw invalid(`the attribute ${name} is empty; leave it out, or send a text`);
  }
  required(fields, 'id');
  required(fields, 'source');
  return event();
}

/** JSON members that stand for attributes; one that is null is not set. */
function textOf(name: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  throw invalid(`the attribute ${name} is no text`);
}

const payloadOf = (value: Buffer | null, what?: string): SourcePayload => ({
  json: parsedObject(value, what),
  payload: value ?? Buffer.alloc(0),
});

/** The bytes of `data` as they stand there, or those that `data_base64` holds. */
function dataOf(value: Buffer, members: Readonly<Record<string, unknown>>, attributes: Attributes): SourcePayload {
  const contentType = attributes('datacontenttype') ?? 'application/json';
  if (!isJsonType(contentType)) {
    throw new SourceEventError(
      'payload_not_json',
      `datacontenttype is "${contentType.slice(0, 100)}"; send the payload as one JSON object`,
    );
  }
  const base64 = attributes('data_base64');
  if (base64 !== undefined) return payloadOf(Buffer.from(base64, 'base64'), 'what data_base64 holds');
  const payload = sliceMember(value, 'data');
  if (payload === undefined)
    throw new SourceEventError('payload_missing', 'the event has no data; send the payload as data');
  const json = members['data'];
  if (!isJsonObject(json)) {
    throw new SourceEventError('payload_not_object', 'data is no JSON object; send the payload as one JSON object');
  }
  return { payload, json };
}

const mediaTypeOf = (contentType: string): string => contentType.split(';')[0]?.trim() ?? '';

function isJsonType(contentType: string): boolean {
  const type = mediaTypeOf(contentType.toLowerCase());
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json');
}

const invalid = (reason: string): SourceEventError => new SourceEventError('cloudevent_invalid', reason);
