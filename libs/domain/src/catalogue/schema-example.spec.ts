import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exampleOfSchema, newestSchema } from './schema-example.js';

describe('the example of a schema', () => {
  it.each([
    ['its own, the first', { examples: [{ a: 1 }, { a: 2 }], type: 'object' }, 0, { a: 1 }],
    ['its own, the one asked for', { examples: [{ a: 1 }, { a: 2 }] }, 1, { a: 2 }],
    ['its own, the first when there are not so many', { examples: [{ a: 1 }] }, 7, { a: 1 }],
    ['its own, as older schemas write it', { example: { a: 3 } }, 0, { a: 3 }],
    ['a constant', { const: 'x' }, 0, 'x'],
    ['a default', { type: 'string', default: 'y' }, 0, 'y'],
    ['the first of an enumeration', { enum: ['b', 'c'] }, 0, 'b'],
    ['made up, required or not', { properties: { a: { type: 'integer' }, b: { type: 'null' } } }, 0, { a: 1, b: null }],
    ['of the first type that is not null', { type: ['null', 'boolean'] }, 0, true],
    ['by format', { type: 'string', format: 'email' }, 0, 'someone@example.com'],
    ['within lengths', { type: 'string', minLength: 9, maxLength: 9 }, 0, 'example..'],
    ['above a bound that is excluded', { type: 'integer', exclusiveMinimum: 4 }, 0, 5],
    ['below a bound', { type: 'number', maximum: -2 }, 0, -2],
    ['a multiple', { type: 'integer', minimum: 7, multipleOf: 5 }, 0, 10],
    ['as many items as there have to be', { type: 'array', items: { const: 1 }, minItems: 3 }, 0, [1, 1, 1]],
    ['no item where there may be none', { type: 'array', items: { const: 1 }, maxItems: 0 }, 0, []],
    ['items by their place', { prefixItems: [{ const: 1 }, { const: 'b' }] }, 0, [1, 'b']],
    [
      'of all parts',
      { allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] },
      0,
      { a: 1, b: 2 },
    ],
    ['of the first alternative', { oneOf: [{ const: 'a' }, { const: 'b' }] }, 0, 'a'],
    ['by reference', { $ref: '#/$defs/a~1b', $defs: { 'a/b': { const: 4 } } }, 0, 4],
    ['nothing of a reference that leads elsewhere', { $ref: 'https://example.com/schema' }, 0, undefined],
    ['nothing of an empty schema', {}, 0, undefined],
    ['nothing of what is none', 'text', 0, undefined],
  ])('is %s', (_, schema, index, expected) => {
    expect(exampleOfSchema(schema, index)).toEqual(expected);
  });

  it('ends for schemas that refer to themselves, in depth and in breadth', () => {
    const node: Record<string, unknown> = { type: 'object', required: ['a', 'b'] };
    node['properties'] = Object.fromEntries('abcdefgh'.split('').map((name) => [name, { $ref: '#' }]));
    const made = JSON.stringify(exampleOfSchema(node));
    expect(made.length).toBeGreaterThan(10);
    expect(made.length).toBeLessThan(100_000);
    expect(exampleOfSchema({ $ref: '#' })).toBeUndefined();
  });

  it('never throws, and is the same each time', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4 }), (schema) => {
        expect(exampleOfSchema(schema)).toEqual(exampleOfSchema(schema));
      }),
    );
  });
});

describe('the newest schema', () => {
  it('is that of the highest version, by its number', () => {
    expect(newestSchema({ '9': 'nine', '10': 'ten', '1': 'one' })).toBe('ten');
    expect(newestSchema({ v1: 'one', v2: 'two' })).toBe('two');
    expect(newestSchema({})).toBeUndefined();
    expect(newestSchema(undefined)).toBeUndefined();
  });
});
