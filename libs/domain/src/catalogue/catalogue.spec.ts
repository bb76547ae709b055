import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { NAME_PATTERN } from '../intake/event-rules.js';
import { EVENT_CATALOGUE } from './catalogue.js';

const ajv = new Ajv2020({ strict: true, allErrors: true });
// Its types are those of a CommonJS module.
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);

describe('the catalogue', () => {
  it('names each event type once, in the stricter form of Standard Webhooks', () => {
    const names = EVENT_CATALOGUE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(name).toMatch(/^[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*$/);
      expect(name).toMatch(NAME_PATTERN);
    }
  });

  it('has the 21 of a conversation', () => {
    expect(EVENT_CATALOGUE.filter(({ kind }) => kind === 'conversation')).toHaveLength(21);
  });

  it.each(EVENT_CATALOGUE.map((event) => [event.name, event] as const))(
    '%s: its example fits its schema',
    (_, event) => {
      const validate = ajv.compile(event.schema);
      validate(event.example);
      expect(validate.errors ?? []).toEqual([]);
    },
  );

  it.each(EVENT_CATALOGUE.map((event) => [event.name, event] as const))(
    '%s: nothing fits that lacks a field which is always there',
    (_, event) => {
      const validate = ajv.compile(event.schema);
      const data = event.example.data;
      const always = (event.schema['properties'] as { readonly data: { readonly required: readonly string[] } }).data;
      expect(always.required.length).toBeGreaterThan(0);
      for (const field of always.required) {
        const { [field]: left, ...rest } = data;
        expect([field, left === undefined]).toEqual([field, false]);
        expect([field, validate({ ...event.example, data: rest })]).toEqual([field, false]);
      }
      expect(validate({ ...event.example, type: 'another.type' })).toBe(false);
    },
  );

  it.each([
    ['lead.captured', ['contact', 'qualification', 'transcript']],
    ['handoff.requested', ['summary', 'customer', 'priority', 'classification', 'attempted']],
    ['rating.submitted', ['score', 'comment']],
    ['message.sent', ['response']],
    ['response.confidence_crossed', ['confidence', 'sources']],
  ])('shows in the example of %s what it is for', (name, fields) => {
    const data = EVENT_CATALOGUE.find((event) => event.name === name)?.example.data ?? {};
    expect(Object.keys(data)).toEqual(expect.arrayContaining(fields));
  });
});
