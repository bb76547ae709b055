import { describe, expect, it } from '@jest/globals';
import type { IncomingRecord } from '@signpost/ports';
import { describeVectors } from '@signpost/testing/vectors';
import { CloudEventReader } from './cloud-event.reader.js';
import { SourceEventError, type SourceEvent } from './source-event.js';

type Headers = Readonly<Record<string, string>>;
interface Given {
  readonly headers: Headers;
  readonly value?: string | null;
}

const aRecord = ({ headers, value = '{"a":1}' }: Given): IncomingRecord => ({
  offset: 0,
  timestampMs: 0,
  key: null,
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
  value: value === null ? null : Buffer.from(value),
});

const OF_ONE = new CloudEventReader({ application: { value: 'app' } });
const read = (given: Given, reader = OF_ONE): SourceEvent => reader.read(aRecord(given));
const faultOf = (given: Given): SourceEventError => {
  try {
    read(given);
  } catch (error) {
    if (error instanceof SourceEventError) return error;
    throw error;
  }
  throw new Error('it was taken');
};

interface Vectors {
  readonly event: { readonly id: string; readonly source: string; readonly type: string; readonly time: string };
  readonly binary: { readonly headers: Headers; readonly value_utf8: string };
  readonly structured: { readonly headers: Headers; readonly value_utf8: string };
  readonly mode_detection: readonly { readonly content_type: string | null; readonly mode: string }[];
  readonly invalid: readonly { readonly why: string; readonly headers: Headers }[];
}

describeVectors<Vectors>('cloudevents.json', ({ event, binary, structured, mode_detection, invalid }) => {
  const { id, source, type, time } = event;
  const expected = {
    eventId: id,
    source,
    eventType: type,
    timeMs: Date.parse(time),
    application: 'app',
    payload: Buffer.from('{"text":"héllo"}'),
    json: { text: 'héllo' },
  };
  // What the specification's own example is about is its subject.
  const reader = new CloudEventReader({ application: { value: 'app' }, conversation: { attribute: 'subject' } });

  it.each([
    ['binary', binary],
    ['structured', structured],
  ])('reads the event in %s mode, its data byte for byte', (_, { headers, value_utf8: value }) => {
    expect(read({ headers, value })).toEqual(expected);
    expect(read({ headers, value }, reader)).toEqual({ ...expected, conversationId: 'conv/c1' });
  });

  it.each(mode_detection.map(({ content_type, mode }) => ({ content_type, mode })))(
    'takes the content type $content_type for $mode',
    ({ content_type, mode }) => {
      const contentType: Headers = content_type === null ? {} : { 'content-type': content_type };
      const { 'content-type': _, ...attributes } = binary.headers;
      const asBinary = { headers: { ...attributes, ...contentType }, value: binary.value_utf8 };
      const asStructured = { headers: contentType, value: structured.value_utf8 };
      if (mode === 'binary') expect(read(asBinary)).toEqual(expected);
      else if (mode === 'structured') expect(read(asStructured)).toEqual(expected);
      else expect(faultOf(asStructured)).toMatchObject({ code: 'cloudevent_invalid' });
    },
  );

  it.each(invalid.map((one) => ({ ...one })))('refuses $why', ({ headers }) => {
    expect(faultOf({ headers }).code).toMatch(/^(cloudevent|event_type)_invalid$/);
  });
});

const ATTRIBUTES = { specversion: '1.0', id: 'e1', source: '/s', type: 'a' };
const structured = (members: object): Given => ({
  headers: { 'content-type': 'application/cloudevents+json' },
  value: JSON.stringify({ ...ATTRIBUTES, data: { a: 1 }, ...members }),
});
const binary = (more: Headers = {}, value?: string | null): Given => ({
  headers: { ce_specversion: '1.0', ce_id: 'e1', ce_source: '/s', ce_type: 'a', ...more },
  ...(value === undefined ? {} : { value }),
});

describe('CloudEventReader', () => {
  it('reads data as it is written, whatever stands around it', () => {
    const value = `{"data" : { "n": 1.0, "t": "\\u00e9" } ,"specversion":"1.0","id":"e1","source":"/s","type":"a"}`;
    const event = read({ headers: { 'content-type': 'application/cloudevents+json' }, value });
    expect(event.payload.toString()).toBe('{ "n": 1.0, "t": "\\u00e9" }');
  });

  it('reads data in Base64, and extensions of every type', () => {
    const event = read(
      structured({
        data: undefined,
        data_base64: Buffer.from('{"b":2}').toString('base64'),
        conversation: 7,
        time: null,
      }),
    );
    expect(event).toEqual({
      eventId: 'e1',
      source: '/s',
      eventType: 'a',
      application: 'app',
      conversationId: '7',
      payload: Buffer.from('{"b":2}'),
      json: { b: 2 },
    });
  });

  it.each<[string, Given, string]>([
    ['no version', structured({ specversion: undefined }), 'cloudevent_invalid'],
    ['another version', structured({ specversion: '0.3' }), 'cloudevent_invalid'],
    ['no id', structured({ id: undefined }), 'cloudevent_invalid'],
    ['an empty source', structured({ source: '' }), 'cloudevent_invalid'],
    ['an attribute that is an object', structured({ conversation: {} }), 'cloudevent_invalid'],
    ['a time that is none', structured({ time: 'yesterday' }), 'cloudevent_invalid'],
    ['a time that is none, in a header', binary({ ce_time: '2026-02-30' }), 'cloudevent_invalid'],
    ['an empty subject', binary({ ce_subject: ' ' }), 'cloudevent_invalid'],
    ['no data', structured({ data: undefined }), 'payload_missing'],
    ['data that is no object', structured({ data: [1] }), 'payload_not_object'],
    ['data of another type', structured({ datacontenttype: 'text/plain' }), 'payload_not_json'],
    ['Base64 of something else', structured({ data: undefined, data_base64: '////' }), 'payload_not_json'],
    ['a value that is no JSON', { ...structured({}), value: '{' }, 'payload_not_json'],
    ['a value that is no object', { ...structured({}), value: '"e"' }, 'payload_not_object'],
    ['no value', { ...structured({}), value: null }, 'payload_missing'],
    [
      'an event of another format',
      { ...structured({}), headers: { 'content-type': 'application/cloudevents+avro' } },
      'cloudevent_invalid',
    ],
  ])('refuses %s', (_, given, code) => {
    const fault = faultOf(given);
    expect(fault.code).toBe(code);
    expect(fault.message.length).toBeGreaterThan(20);
  });

  it('names the attribute that is missing as the record has it', () => {
    const reader = new CloudEventReader();
    expect(() => read(binary(), reader)).toThrow('ce_application is missing');
    expect(() => read(structured({}), reader)).toThrow('application is missing');
  });
});
