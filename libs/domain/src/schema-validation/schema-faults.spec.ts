import { describe, expect, it } from '@jest/globals';
import { EVENT_CATALOGUE } from '../catalogue/catalogue.js';
import { schemaFaults } from './schema-faults.js';

const found = (schema: unknown): readonly string[] =>
  schemaFaults(schema).map(({ at, code }) => `${at.join('/')} ${code}`);

function nestedSchema(depth: number): unknown {
  let schema: unknown = {};
  for (let level = 0; level < depth; level += 1) schema = { items: schema };
  return schema;
}

describe('schemaFaults', () => {
  it.each(EVENT_CATALOGUE.map(({ name, schema }) => [name, schema] as const))('takes the schema of %s', (_, schema) => {
    expect(found(schema)).toEqual([]);
  });

  it.each([
    ['true', true],
    ['one that refers to itself through a part', { properties: { next: { $ref: '#' } } }],
    [
      'definitions, by the older name as well',
      { definitions: { x: {} }, properties: { a: { $ref: '#/definitions/x' } } },
    ],
    ['words of its own', { 'x-owner': 'billing', example: 1 }],
    [
      'another dialect, as far as it is the same',
      { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' },
    ],
  ])('takes %s', (_, schema) => {
    expect(found(schema)).toEqual([]);
  });

  it.each([
    ['what is no schema', { properties: { a: { type: 'text' } } }, 'properties/a/type schema_invalid'],
    ['a list of items, as other dialects have it', { items: [{}] }, 'items schema_invalid'],
    [
      'a reference to elsewhere',
      { properties: { a: { $ref: 'https://example.com/a' } } },
      'properties/a/$ref reference_invalid',
    ],
    ['a reference to a file', { $ref: 'file:///etc/passwd' }, '$ref reference_invalid'],
    ['a reference to nothing', { $ref: '#/$defs/x' }, '$ref reference_invalid'],
    ['a reference to what is no schema', { $ref: '#/title', title: 'x' }, '$ref reference_invalid'],
    [
      'a reference without an end',
      { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { $ref: '#/$defs/a' } } },
      ' reference_invalid',
    ],
    ['dynamic references', { $dynamicRef: '#a' }, '$dynamicRef keyword_unsupported'],
    ['an inner $id', { properties: { a: { $id: 'https://example.com/' } } }, 'properties/a/$id keyword_unsupported'],
    ['look-around', { pattern: '(?=a)b' }, 'pattern pattern_invalid'],
    ['back-references', { patternProperties: { '(a)\\1': {} } }, 'patternProperties/(a)\\1 pattern_invalid'],
    ['a pattern that is none', { pattern: '(' }, 'pattern pattern_invalid'],
    ['a pattern that is very long', { pattern: 'a'.repeat(600) }, 'pattern pattern_invalid'],
    ['a pattern that counts very far', { pattern: '((a{1,900}){1,900}){1,900}' }, 'pattern pattern_invalid'],
    ['too many bytes', { description: 'x'.repeat(70_000) }, ' schema_too_large'],
    ['too much nesting', nestedSchema(100), ' schema_too_large'],
    ['too many schemas', { anyOf: Array.from({ length: 1_001 }, () => ({})) }, ' schema_too_large'],
  ])('refuses %s, and says where', (_, schema, expected) => {
    expect(found(schema)).toContain(expected);
  });
});
