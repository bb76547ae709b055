import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import simpleJsonMatch from 'simple-json-match';
import { JsonFilter } from './json-filter.js';
import { Steps } from './steps.js';

const theirs = simpleJsonMatch as unknown as { readonly default: (value: unknown, pattern: unknown) => boolean };
const peer = (data: unknown, pattern: unknown): boolean => theirs.default({ data }, { data: pattern });
const ours = (data: unknown, pattern: unknown): boolean =>
  new JsonFilter({ data: pattern }, []).fits({ data }, new Steps());

// Where strict and loose equality agree: no number that a text or a truth value is equal to.
const text = fc.constantFrom('a', 'ab', 'b', 'ba');
const number = fc.integer({ min: 2, max: 5 });
const plain = fc.oneof<[typeof text, typeof number, fc.Arbitrary<null>]>(text, number, fc.constant(null));
const object = fc.record({ x: plain, y: plain }, { requiredKeys: [] });
const data = fc.record({ p: plain, o: object, l: fc.array(plain), m: fc.array(object) }, { requiredKeys: [] });

const judging = fc.oneof(
  fc.record({ $eq: plain }),
  fc.record({ $neq: plain }),
  fc.record({ $gt: fc.oneof(text, number) }),
  fc.record({ $gte: number, $lt: number }),
  fc.record({ $lte: fc.oneof(text, number) }),
  fc.record({ $in: fc.oneof(text, fc.array(fc.oneof(text, number), { minLength: 1 })) }),
  fc.record({ $nin: fc.oneof(text, fc.array(fc.oneof(text, number), { minLength: 1 })) }),
  fc.record({ $startsWith: fc.oneof(text, fc.array(text, { minLength: 1 })) }),
  fc.record({ $endsWith: text }),
);
const exists = fc.record({ $exist: fc.boolean() });
const alternative = fc.oneof(text, number, judging);
const value = fc.oneof(plain, judging, exists, fc.record({ $or: fc.array(alternative, { minLength: 1 }) }));
const fields = fc.record({ x: value, y: value }, { requiredKeys: [] }).filter((all) => Object.keys(all).length > 0);
const flat = fc
  .record(
    {
      p: value,
      o: fc.oneof(fields, exists),
      l: fc.oneof(plain, fc.array(plain, { minLength: 1 }), exists),
      m: fc.oneof(fields, exists),
    },
    { requiredKeys: [] },
  )
  .filter((all) => Object.keys(all).length > 0);
const pattern = fc.oneof(
  flat,
  fc.record({ $not: flat }),
  fc.tuple(flat, flat).map(([one, other]) => ({ ...one, $not: other })),
  fc.record({ $or: fc.array(flat, { minLength: 1 }) }),
  fc.tuple(flat, fc.array(flat, { minLength: 1 })).map(([one, all]) => ({ ...one, $and: all })),
);

describe('the JSON dialect, beside the library that its peers have', () => {
  it('says the same, where that takes types as they are', () => {
    fc.assert(
      fc.property(data, pattern, (of, by) => {
        expect(ours(of, by)).toBe(peer(of, by));
      }),
      { numRuns: 3_000 },
    );
  });

  // Each of these is told in decision 28.
  it.each<[string, unknown, unknown, boolean]>([
    ['a number is not its text', { n: '4' }, { n: 4 }, false],
    ['a truth value is not a number', { n: true }, { n: 1 }, false],
    ['a text is not greater than a number', { n: '10' }, { n: { $gte: 4 } }, false],
    ['an operator finds an item of a list', { l: [1, 5] }, { l: { $gte: 4 } }, true],
    ['$in a list finds an item of a list', { l: ['a'] }, { l: { $in: ['a'] } }, true],
    ['$nin a list is about each item', { l: ['a'] }, { l: { $nin: ['b'] } }, true],
    ['$not of a plain value', { n: 1 }, { n: { $not: 2 } }, true],
    ['$and of a plain value', { n: 2 }, { n: { $and: [2, { $gt: 1 }] } }, true],
    ['that nothing is there is an alternative', {}, { n: { $or: [{ $exist: false }, 1] } }, true],
    ['null is an alternative', { n: null }, { n: { $or: [null, 1] } }, true],
    ['$or does not silence what stands beside it', { n: 5 }, { n: { $lt: 3, $or: [5, 6] } }, false],
    ['$eq minds no order of names', { o: { a: 1, b: 2 } }, { o: { $eq: { b: 2, a: 1 } } }, true],
    ['what is inherited is no field', {}, { toString: { $exist: true } }, false],
  ])('differs: %s', (_, of, by, expected) => {
    expect([ours(of, by), peer(of, by)]).toEqual([expected, !expected]);
  });
});
