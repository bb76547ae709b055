import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EVENT_CATALOGUE } from '../../catalogue/catalogue.js';
import { PayloadSchema } from '../../schema-validation/payload-schema.js';
import { schemaBreaks, versionBreaks } from './schema-breaks.js';
import { allowed, RULES, VALUES, type Rules } from './small-schemas.js';

type Schema = Readonly<Record<string, unknown>>;
const object = (properties: Schema, required: readonly string[] = [], more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  required,
  ...more,
});
const codes = (before: unknown, after: unknown): readonly string[] =>
  schemaBreaks(before, after).map(({ at, code }) => `${at.join('/')} ${code}`);

describe('schemaBreaks', () => {
  it.each<[string, Schema, Schema]>([
    ['a field more', object({ a: { type: 'string' } }), object({ a: { type: 'string' }, b: { type: 'integer' } })],
    ['a field that is always there now', object({ a: { type: 'string' } }), object({ a: { type: 'string' } }, ['a'])],
    ['fewer values', { enum: ['a', 'b'] }, { enum: ['b'] }],
    ['a value in place of a list', { enum: ['a', 'b'] }, { const: 'a' }],
    ['whole numbers alone', { type: 'number' }, { type: 'integer' }],
    ['fewer types', { type: ['string', 'null'] }, { type: 'string' }],
    [
      'tighter bounds',
      { type: 'integer', minimum: 0, maximum: 10 },
      { type: 'integer', exclusiveMinimum: 0, maximum: 9 },
    ],
    ['tighter lengths', { type: 'string', maxLength: 10 }, { type: 'string', maxLength: 9, minLength: 1 }],
    ['values that keep a bound', { type: 'string', maxLength: 3 }, { type: 'string', enum: ['abc', 'd'] }],
    ['a new rule', { type: 'string' }, { type: 'string', pattern: '^a', format: 'email' }],
    ['other words', { type: 'string', title: 'old' }, { type: 'string', description: 'new', deprecated: true }],
    [
      'a definition in between',
      object({ a: { type: 'string' } }),
      { $ref: '#/$defs/x', $defs: { x: object({ a: { type: 'string' } }) } },
    ],
    ['a rule about another type', { type: 'string', minItems: 2 }, { type: 'string' }],
    ['one alternative less', { anyOf: [{ type: 'string' }, { type: 'null' }] }, { anyOf: [{ type: 'string' }] }],
    ['an alternative made certain', { anyOf: [{ type: 'string' }, { type: 'null' }] }, { type: 'string' }],
    [
      'a rule shared out among alternatives',
      object({}, ['a']),
      { type: 'object', oneOf: [{ required: ['a', 'b'] }, { required: ['a'] }] },
    ],
    [
      'rules gathered',
      object({ a: { type: 'string' } }, ['a']),
      { allOf: [object({ a: { type: 'string' } }), { required: ['a'] }] },
    ],
    [
      'tighter items',
      { type: 'array', items: { type: 'number' } },
      { type: 'array', items: { type: 'integer' }, minItems: 1 },
    ],
    ['anything to something', {}, { type: 'string' }],
  ])('takes %s', (_, before, after) => {
    expect(codes(before, after)).toEqual([]);
  });

  it.each<[string, Schema, Schema, string[]]>([
    ['a field that is gone', object({ a: { type: 'string' } }), object({}), ['properties/a field-removed']],
    ['a field that may be absent', object({ a: {} }, ['a']), object({ a: {} }), ['required no-longer-required']],
    [
      'another type',
      object({ a: { type: 'integer' } }),
      object({ a: { type: 'string' } }),
      ['properties/a/type type-widened'],
    ],
    ['a wider type', { type: 'integer' }, { type: 'number' }, ['type type-widened']],
    ['null', { type: 'string' }, { type: ['string', 'null'] }, ['type type-widened']],
    ['a type that is no longer said', { type: 'string' }, {}, ['type type-widened']],
    ['a value more', { enum: ['a'] }, { enum: ['a', 'b'] }, ['enum values-added']],
    ['a constant that was none of the values', { enum: [1], const: 2 }, { const: 2 }, ['const values-added']],
    ['another constant', { const: 1 }, { const: 2 }, ['const values-added']],
    ['looser bounds', { type: 'integer', minimum: 1 }, { type: 'integer', minimum: 0 }, ['minimum bound-loosened']],
    ['a bound let go', { type: 'string', maxLength: 3 }, { type: 'string' }, ['maxLength bound-loosened']],
    [
      'the bound itself',
      { type: 'integer', exclusiveMinimum: 0 },
      { type: 'integer', minimum: 0 },
      ['exclusiveMinimum bound-loosened'],
    ],
    ['a pattern let go', { type: 'string', pattern: '^a' }, { type: 'string' }, ['pattern rule-dropped']],
    ['another format', { type: 'string', format: 'email' }, { type: 'string', format: 'uri' }, ['format rule-changed']],
    [
      'looser items',
      { type: 'array', items: { type: 'integer' } },
      { type: 'array', items: {} },
      ['items/type type-widened'],
    ],
    ['items that repeat', { type: 'array', uniqueItems: true }, { type: 'array' }, ['uniqueItems rule-dropped']],
    [
      'a field to a strict receiver',
      object({}, [], { additionalProperties: false }),
      object({ a: {} }, [], { additionalProperties: false }),
      ['properties/a field-not-foreseen'],
    ],
    [
      'any field to a strict receiver',
      object({}, [], { additionalProperties: false }),
      object({}),
      ['additionalProperties rule-changed'],
    ],
    ['lists that were refused', { contains: false }, {}, ['contains rule-dropped']],
    ['what else had to hold', { if: false, else: { type: 'string' } }, {}, ['if rule-dropped']],
    [
      'an alternative more',
      { anyOf: [{ type: 'string' }] },
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      ['anyOf rule-changed'],
    ],
    [
      'what a definition says',
      { $ref: '#/$defs/x', $defs: { x: { type: 'string' } } },
      { $ref: '#/$defs/x', $defs: { x: { type: 'integer' } } },
      ['type type-widened'],
    ],
    [
      'what a definition under a word-for-word rule says',
      { not: { $ref: '#/$defs/x' }, $defs: { x: { const: 1 } } },
      { not: { $ref: '#/$defs/x' }, $defs: { x: { const: 2 } } },
      ['not rule-changed'],
    ],
  ])('refuses %s, and says where', (_, before, after, expected) => {
    expect(codes(before, after)).toEqual(expected);
  });

  it('follows what refers to itself, and finds the difference inside', () => {
    const tree = (value: Schema): Schema => ({
      $ref: '#/$defs/node',
      $defs: { node: object({ value, children: { type: 'array', items: { $ref: '#/$defs/node' } } }) },
    });
    expect(codes(tree({ type: 'number' }), tree({ type: 'integer' }))).toEqual([]);
    expect(codes(tree({ type: 'integer' }), tree({ type: 'number' }))).toEqual(['properties/value/type type-widened']);
  });

  it('is no comparison without an end', () => {
    const knot = (most: number): Schema => ({
      $defs: {
        n: { anyOf: Array.from({ length: 40 }, () => object({ a: { $ref: '#/$defs/n' } })), maxProperties: most },
      },
      $ref: '#/$defs/n',
    });
    expect(codes(knot(1), knot(2)).length).toBeGreaterThan(0);
  });

  it('tells alternatives apart by a field of their own', () => {
    const of = (kind: string, more: Schema): Schema => object({ kind: { const: kind }, ...more }, ['kind']);
    const before = { oneOf: [of('a', { x: { type: 'number' } }), of('b', {})] };
    expect(codes(before, { oneOf: [of('a', { x: { type: 'integer' } }), of('b', { y: {} })] })).toEqual([]);
    expect(codes(before, { oneOf: [of('a', { x: { type: 'string' } }), of('b', {})] })).toEqual(['oneOf rule-changed']);
  });

  it('leaves every event type of the catalogue as it is', () => {
    for (const { schema } of EVENT_CATALOGUE) expect(schemaBreaks(schema, structuredClone(schema))).toEqual([]);
  });
});

describe('versionBreaks', () => {
  it('lets versions come, and none go', () => {
    const [one, two] = [{ type: 'integer' }, { type: 'string' }];
    expect(versionBreaks({ 1: one }, { 1: one, 2: two })).toEqual([]);
    expect(versionBreaks(undefined, { 1: one })).toEqual([]);
    expect(versionBreaks({ 1: one, 2: two }, { 2: two })).toMatchObject([{ at: ['1'], code: 'version-removed' }]);
    expect(versionBreaks({ 1: one }, undefined)).toMatchObject([{ at: ['1'], code: 'version-removed' }]);
    expect(versionBreaks({ 1: one }, { 1: two })).toMatchObject([{ at: ['1', 'type'], code: 'type-widened' }]);
  });
});

/** Whether it lets through anything that was not allowed before; undefined where the change is refused. */
function letsMore(before: Rules, after: Rules): readonly unknown[] | undefined {
  if (schemaBreaks(before, after).length > 0) return undefined;
  return VALUES.filter((_, index) => allowed(after)[index] === true && allowed(before)[index] === false);
}

describe('a change that is taken', () => {
  it('allows no payload that was not allowed before, from any small schema to any other', () => {
    let taken = 0;
    for (const before of RULES) {
      for (const after of RULES) {
        const more = letsMore(before, after);
        if (more === undefined) continue;
        taken += 1;
        expect({ before, after, more }).toEqual({ before, after, more: [] });
      }
    }
    expect(taken).toBeGreaterThan(5_000);
  });

  it('allows no payload that was not allowed before, where rules are gathered, shared out, added or taken away', () => {
    // Of all pairs of rules a part each time: a week of runs sees them all.
    const pair = fc.tuple(fc.constantFrom(...RULES), fc.constantFrom(...RULES));
    fc.assert(
      fc.property(pair, fc.constantFrom(...RULES), ([one, other], third) => {
        const both = { ...one, ...other };
        const changes: readonly (readonly [Rules, Rules])[] = [
          [one, both],
          [both, one],
          [third, both],
          [{ ...third, ...one }, both],
          [one, { allOf: [one, other] }],
          [{ allOf: [one, other] }, both],
          [{ anyOf: [one, other] }, third],
          [third, { anyOf: [one, other] }],
          [{ properties: { a: one } }, { properties: { a: both } }],
        ];
        for (const [before, after] of changes) {
          const more = letsMore(before, after) ?? [];
          expect({ before, after, more }).toEqual({ before, after, more: [] });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('allows no payload that was not allowed before, whatever the schemas', () => {
    let taken = 0;
    fc.assert(
      fc.property(changedSchemas, fc.array(value, { minLength: 30, maxLength: 30 }), ([before, after], values) => {
        if (schemaBreaks(before, after).length > 0) return;
        taken += 1;
        const [was, is] = [new PayloadSchema(before), new PayloadSchema(after)];
        for (const one of values) {
          if (is.faults(one).length === 0) expect([one, was.faults(one)]).toEqual([one, []]);
        }
      }),
      { numRuns: 600 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

const NAMES = ['a', 'b', 'c'] as const;
const scalar = fc.constantFrom<unknown>(null, true, false, 0, 1, 2, 3, 0.5, '', 'x', 'yy', 'zzz');
const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('list'), tie('record')),
  list: fc.array(tie('any'), { maxLength: 3 }),
  record: fc.dictionary(fc.constantFrom(...NAMES), tie('any'), { maxKeys: 3, noNullPrototype: true }),
})).any;
const name = fc.constantFrom(...NAMES);
const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const;
const small = fc.nat(3);
const schema: fc.Arbitrary<Schema | boolean> = fc.letrec<{ any: Schema | boolean }>((tie) => {
  const rules = {
    type: fc.oneof(
      fc.constantFrom(...TYPES),
      fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 }),
    ),
    enum: fc.array(scalar, { minLength: 1, maxLength: 4 }),
    const: scalar,
    minimum: small,
    exclusiveMinimum: small,
    maximum: small,
    exclusiveMaximum: small,
    multipleOf: fc.constantFrom(1, 2, 0.5),
    minLength: small,
    maxLength: small,
    minItems: small,
    maxItems: small,
    minProperties: small,
    uniqueItems: fc.boolean(),
    required: fc.uniqueArray(name, { maxLength: 2 }),
    properties: fc.dictionary(name, tie('any'), { maxKeys: 2, noNullPrototype: true }),
    additionalProperties: tie('any'),
    patternProperties: fc.dictionary(fc.constantFrom('^a', 'b'), tie('any'), { maxKeys: 1, noNullPrototype: true }),
    propertyNames: fc.record({ enum: fc.uniqueArray(name, { minLength: 1 }) }),
    items: tie('any'),
    prefixItems: fc.array(tie('any'), { minLength: 1, maxLength: 2 }),
    contains: tie('any'),
    not: tie('any'),
    anyOf: fc.array(tie('any'), { minLength: 1, maxLength: 2 }),
    oneOf: fc.array(tie('any'), { minLength: 1, maxLength: 2 }),
    allOf: fc.array(tie('any'), { minLength: 1, maxLength: 2 }),
    if: tie('any'),
    then: tie('any'),
    else: tie('any'),
    minContains: small,
    maxContains: small,
    maxProperties: small,
    unevaluatedProperties: tie('any'),
    unevaluatedItems: tie('any'),
  };
  const few = fc
    .uniqueArray(fc.constantFrom(...(Object.keys(rules) as (keyof typeof rules)[])), { maxLength: 3 })
    .chain((keywords) => fc.record(Object.fromEntries(keywords.map((keyword) => [keyword, rules[keyword]]))));
  return {
    any: fc.oneof({ depthSize: 'small' }, { weight: 1, arbitrary: fc.boolean() }, { weight: 8, arbitrary: few }),
  };
}).any;
/** A schema and one that is like it in most: with rules added, taken away or exchanged, here and there. */
const changedSchemas = fc.oneof(
  fc.tuple(schema, schema),
  fc.tuple(schema, schema).map(([one, other]) => [one, merged(one, other)] as const),
  fc.tuple(schema, schema).map(([one, other]) => [one, { allOf: [one, other] }] as const),
  fc.tuple(schema, schema).map(([one, other]) => [{ anyOf: [one, other] }, one] as const),
  fc
    .tuple(schema, schema, name)
    .map(
      ([one, other, key]) => [{ properties: { [key]: one } }, { properties: { [key]: merged(one, other) } }] as const,
    ),
);
const merged = (one: Schema | boolean, other: Schema | boolean): Schema | boolean =>
  typeof one === 'boolean' || typeof other === 'boolean' ? other : { ...one, ...other };
