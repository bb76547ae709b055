import { describe, expect, it } from '@jest/globals';
import { EVENT_CATALOGUE } from '../catalogue/catalogue.js';
import { PayloadSchema } from './payload-schema.js';

const faultsOf = (schema: unknown, payload: unknown): readonly string[] =>
  new PayloadSchema(schema).faults(payload).map(({ at, rule, reason }) => `${at.join('.')} ${rule}: ${reason}`);

/** Objects inside each other. */
function nested(depth: number, innermost: unknown = {}): unknown {
  let value = innermost;
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
}

const named = (count: number) => Object.fromEntries(listed(count).map((at) => [`k${String(at)}`, 1]));
const listed = (count: number) => Array.from({ length: count }, (_, at) => at);

describe('PayloadSchema', () => {
  it.each(EVENT_CATALOGUE.map(({ name, schema, example }) => [name, schema, example] as const))(
    'takes the example of %s',
    (_, schema, example) => {
      expect(faultsOf(schema, example)).toEqual([]);
    },
  );

  it('looks for what a list has to contain in an empty one as well, whatever stands beside it', () => {
    const schema = { prefixItems: [{ type: 'number' }], contains: { type: 'string' } };
    expect([[], [1], [1, 'x']].map((list) => faultsOf(schema, list).length > 0)).toEqual([true, true, false]);
    expect(faultsOf(schema, [])).toEqual([' contains: must contain at least 1 valid item(s)']);
    expect(faultsOf({ ...schema, minContains: 0 }, [])).toEqual([]);
    expect(faultsOf({ ...schema, unevaluatedItems: false }, [1, 'x'])).toEqual([]);
  });

  it('names every place that does not fit, and shows no value', () => {
    const schema = EVENT_CATALOGUE.find(({ name }) => name === 'rating.submitted')?.schema;
    const payload = {
      type: 'rating.submitted',
      timestamp: 'yesterday',
      data: { score: 11, customer: { email: 'secret' } },
    };
    const found = faultsOf(schema, payload);
    expect(found).toEqual([
      'timestamp format: must match format "date-time"',
      'data.conversationId required: is missing',
      'data.score maximum: must be <= 10',
      'data.customer.id required: is missing',
      'data.customer.email format: must match format "email"',
    ]);
    expect(found.join()).not.toContain('secret');
  });

  it('says which values are allowed', () => {
    expect(faultsOf({ properties: { a: { enum: ['x', 'y'] } } }, { a: 'z' })).toEqual([
      'a enum: must be equal to one of the allowed values: "x", "y"',
    ]);
    expect(faultsOf({ properties: {}, additionalProperties: false }, { b: 1 })).toEqual([
      'b additionalProperties: is not foreseen',
    ]);
  });

  it('tells at most 20 faults', () => {
    const payload = { list: Array.from({ length: 1_000 }, () => 'no number') };
    expect(faultsOf({ properties: { list: { items: { type: 'number' } } } }, payload)).toHaveLength(20);
  });

  it.each([
    ['"^(a+)+$"', { pattern: '^(a+)+$' }, `${'a'.repeat(200)}!`],
    ['"(x+x+)+y"', { pattern: '(x+x+)+y' }, 'x'.repeat(20_000)],
    ['"^([a-zA-Z]+)*$"', { pattern: '^([a-zA-Z]+)*$' }, `${'ab'.repeat(5_000)}1`],
  ])('ends with the pattern %s', (_, rule, text) => {
    expect(faultsOf({ properties: { a: { type: 'string', ...rule } } }, { a: text })).toHaveLength(1);
  });

  it('ends with a format whatever the text', () => {
    for (const format of ['date', 'date-time', 'email', 'uri', 'uuid']) {
      for (const text of ['@'.repeat(250_000), `a:${'%'.repeat(250_000)} `, '2026-01-01T'.repeat(20_000)]) {
        expect(faultsOf({ properties: { a: { format } } }, { a: text })).toHaveLength(1);
      }
    }
  });

  it('ends with a schema that doubles its work at each level', () => {
    const twice = [{ properties: { a: { $ref: '#/$defs/n' } } }, { properties: { a: { $ref: '#/$defs/n' } } }];
    for (const rule of ['allOf', 'anyOf', 'oneOf']) {
      const schema = { $ref: '#/$defs/n', $defs: { n: { type: 'object', [rule]: twice } } };
      const spent = ' too-costly: takes too long to check by its schema: make the schema simpler';
      // Where one alternative is enough, only what fails is tried in both.
      const innermost = rule === 'anyOf' ? 1 : {};
      expect([rule, faultsOf(schema, nested(64, innermost))]).toEqual([rule, [spent]]);
    }
  });

  it.each<[string, unknown, unknown]>([
    ['a long text', { maxLength: 1_000_000 }, 'x'.repeat(60_000)],
    ['a text that has a format', { format: 'uri' }, `a:${'x'.repeat(2_000)}`],
    ['an object of very many names', { maxProperties: 1_000_000 }, named(20_000)],
    ['one whose other names are free', { not: { required: ['x'], additionalProperties: false } }, named(20_000)],
    ['a list that it is compared with', { const: listed(5_000) }, listed(5_000)],
    ['lists that it is compared with', { enum: [named(1_000), listed(5_000)] }, listed(5_000)],
    ['an object that it is compared with', { not: { const: { a: {} } } }, { a: named(20_000) }],
    ['names that come together', { dependentRequired: { k0: Object.keys(named(600)) } }, named(600)],
  ])('ends with very many schemas that look at %s', (_, leaf, data) => {
    const tenOf = (name: string) => ({ allOf: Array.from({ length: 10 }, () => ({ $ref: `#/$defs/${name}` })) });
    const schema = {
      $defs: { a: tenOf('b'), b: tenOf('c'), c: tenOf('d'), d: leaf },
      properties: { data: { $ref: '#/$defs/a' } },
    };
    expect(faultsOf(schema, { data })).toEqual([
      ' too-costly: takes too long to check by its schema: make the schema simpler',
    ]);
  });

  it('ends with very many items that have to differ', () => {
    const list = Array.from({ length: 60_000 }, (_each, index) => ({ index }));
    const schema = { properties: { list: { uniqueItems: true } } };
    expect(faultsOf(schema, { list })).toEqual([]);
    expect(
      faultsOf(schema, {
        list: [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
      }),
    ).toEqual(['list uniqueItems: must not have the same item twice']);
  });

  it('ends with a payload that is nested very deeply', () => {
    const schema = { $ref: '#/$defs/n', $defs: { n: { properties: { a: { $ref: '#/$defs/n' } } } } };
    expect(faultsOf(schema, nested(60_000))).toEqual([' too-deep: is nested too deeply to be checked by its schema']);
  });

  it('tells of a place deep inside the way to it as far as somebody would read it', () => {
    const schema = { $ref: '#/$defs/n', $defs: { n: { properties: { a: { $ref: '#/$defs/n' }, b: false } } } };
    const [fault] = new PayloadSchema(schema).faults(nested(500, { b: 1 }));
    expect(fault?.at).toEqual([...Array.from({ length: 32 }, () => 'a'), '…']);
  });

  it('goes by the dialect alone: keywords that a validator has beside it decide nothing', () => {
    expect(faultsOf({ type: 'string', nullable: true, $async: true }, null)).toHaveLength(1);
    expect(faultsOf({ $id: 'https://example.com/x', type: 'string' }, 'a')).toEqual([]);
  });
});
