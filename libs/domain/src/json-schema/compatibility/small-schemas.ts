import { PayloadSchema } from '../../schema-validation/payload-schema.js';

export type Rules = Readonly<Record<string, unknown>>;

const INNER: readonly unknown[] = [
  true,
  false,
  {},
  { type: 'string' },
  { type: 'integer' },
  { enum: [1, 'x'] },
  { type: 'array' },
  { type: 'object' },
];

/** Schemas of one rule each, so that every keyword meets every other: false and empty ones are where rules are overlooked. */
export const RULES: readonly Rules[] = [
  {},
  ...['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'].map((type) => ({ type })),
  { type: ['integer', 'string'] },
  { type: ['array', 'object'] },
  { enum: [1, 'x'] },
  { enum: [0.5, null, true] },
  { enum: [true, false] },
  { const: 1 },
  { const: 'x' },
  { const: null },
  { minimum: 1 },
  { exclusiveMinimum: 1 },
  { maximum: 1 },
  { exclusiveMaximum: 1 },
  { multipleOf: 1 },
  { multipleOf: 2 },
  { multipleOf: 0.5 },
  { minLength: 1 },
  { maxLength: 1 },
  { pattern: 'x' },
  { minItems: 1 },
  { maxItems: 1 },
  { uniqueItems: true },
  { uniqueItems: false },
  { minProperties: 1 },
  { maxProperties: 1 },
  { required: ['a'] },
  { required: ['a', 'b'] },
  { dependentRequired: { a: ['b'] } },
  { dependentSchemas: { a: false } },
  { dependentSchemas: { a: { required: ['b'] } } },
  { patternProperties: { '^a': { type: 'string' } } },
  { patternProperties: { b: false } },
  { propertyNames: { enum: ['a'] } },
  { propertyNames: false },
  ...INNER.flatMap((one): readonly Rules[] => [
    { properties: { a: one } },
    { properties: { b: one }, required: ['a'] },
    { additionalProperties: one },
    { unevaluatedProperties: one },
    { items: one },
    { prefixItems: [one] },
    { prefixItems: [true, one] },
    { unevaluatedItems: one },
    { contains: one },
    { contains: one, minContains: 2 },
    { contains: one, minContains: 0 },
    { contains: one, maxContains: 1 },
    { not: one },
    { allOf: [one] },
    { anyOf: [one] },
    { anyOf: [one, { type: 'boolean' }] },
    { oneOf: [one] },
    { oneOf: [one, { type: 'string' }] },
    { if: one, then: false },
    { if: one, else: { type: 'string' } },
  ]),
];

export const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, 1, 2, 3, 0.5, 1.5, '', 'x', 'yy', 'xx'],
  ...[[], [1], ['x'], [1, 'x'], [1, 1], ['yy', 1], [0.5], [[]], [{}], [null, 2, 3]],
  ...[{}, { a: 1 }, { a: 'x' }, { b: 1 }, { b: 'x' }, { c: 1 }, { a: [] }, { a: {} }, { a: null }],
  ...[
    { a: 'yy', b: 1 },
    { a: 1, b: 'x' },
    { a: 2, c: 'x' },
    { a: 1, b: 2, c: 3 },
  ],
];

const known = new Map<string, readonly boolean[]>();

/** Which of the values the schema allows. */
export function allowed(schema: Rules): readonly boolean[] {
  const text = JSON.stringify(schema);
  let found = known.get(text);
  if (found === undefined) {
    const compiled = new PayloadSchema(schema);
    found = VALUES.map((value) => compiled.faults(value).length === 0);
    known.set(text, found);
  }
  return found;
}
