import { describe, expect, it } from '@jest/globals';
import {
  ApplicationIn,
  ApplicationOut,
  AttemptListQuery,
  EndpointOut,
  EndpointPatch,
  listOf,
  MessageIn,
} from '@signpost/contracts';
import * as z from 'zod';
import { Components, nameOf } from './components.js';
import { tagOf, templateOf } from './operation-object.js';

describe('components', () => {
  it('have the name that the contracts export them by, and lists that of what they list', () => {
    expect(nameOf(ApplicationOut)).toBe('ApplicationOut');
    expect(nameOf(listOf(EndpointOut))).toBe('ListResponse_EndpointOut_');
    expect(nameOf(z.object({ data: z.array(ApplicationOut) }))).toBeUndefined();
    expect(nameOf(z.string())).toBeUndefined();
  });

  it('are described once, and referred to from then on', () => {
    const components = new Components();
    const list = components.of(listOf(ApplicationOut), 'output');
    expect(list).toEqual({ $ref: '#/components/schemas/ListResponse_ApplicationOut_' });
    expect(components.schemas['ListResponse_ApplicationOut_']).toMatchObject({
      properties: { data: { items: { $ref: '#/components/schemas/ApplicationOut' } } },
    });
    components.of(MessageIn, 'input');
    expect(JSON.stringify(components.schemas['MessageIn'])).toContain('#/components/schemas/ApplicationIn');
    expect(Object.keys(components.schemas)).toEqual(Object.keys(components.schemas).toSorted());
  });

  it('stay in place without a name', () => {
    const components = new Components();
    expect(components.of(z.object({ a: z.string() }), 'output')).toEqual({
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
    });
    expect(components.schemas).toEqual({});
  });

  it('are not one name for two shapes', () => {
    const components = new Components();
    components.of(ApplicationIn, 'input');
    expect(() => components.of(ApplicationIn, 'output')).toThrow(/ApplicationIn is sent in one shape/);
  });

  it('leave out what says nothing, and what would forbid a later field', () => {
    const components = new Components();
    const schema = z.object({ at: z.iso.datetime(), n: z.int(), kind: z.literal(2) });
    expect(components.inline(schema, 'output')).toEqual({
      type: 'object',
      properties: {
        at: { type: 'string', format: 'date-time' },
        n: { type: 'integer' },
        kind: { type: 'integer', const: 2 },
      },
      required: ['at', 'n', 'kind'],
    });
    expect(components.inline(AttemptListQuery, 'input')).not.toMatchObject({ additionalProperties: false });
  });
});

describe('a list without repetitions', () => {
  it('is described as one', () => {
    const components = new Components();
    components.of(EndpointPatch, 'input');
    const { properties } = components.schemas['EndpointPatch'] as { readonly properties: Record<string, unknown> };
    expect(JSON.stringify(properties['eventTypes'])).toContain('"uniqueItems":true');
    expect(JSON.stringify(components.inline(z.array(z.string()).min(1), 'input'))).not.toContain('uniqueItems');
  });
});

describe('an operation', () => {
  it("has the peer's names for the parts of its path", () => {
    expect(templateOf('/api/v1/app/:appId/msg/:messageId/endpoint/:endpointId')).toBe(
      '/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}',
    );
    expect(templateOf('/api/v1/event-type/:eventType')).toBe('/api/v1/event-type/{event_type_name}');
  });

  it('is listed under its resource', () => {
    expect(tagOf({ id: 'v1.message-attempt.list-by-msg' })).toBe('Message Attempt');
  });
});
