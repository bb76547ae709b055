import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isJsonObject } from '../intake/event-rules.js';
import { FilterRefusedError } from './content-filter.js';
import { filterRefusal } from './endpoint-filters.js';
import { aMessage, verdictOf, whyNot } from './filters.fixture.js';
import { JsonFilter } from './json-filter.js';
import { MOST_STEPS, Steps } from './steps.js';

type Pattern = Record<string, unknown>;
const json = (data: unknown) => ({ json: { data } });

describe('a JSON filter', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['a plain value', { plan: 'pro' }, { plan: 'pro' }, true],
    ['types are strict', { score: '4' }, { score: 4 }, false],
    ['null is a value', { end: null }, { end: null }, true],
    ['null is not missing', {}, { end: null }, false],
    ['every field has to fit', { a: 1, b: 2 }, { a: 1, b: 3 }, false],
    ['a list holds a value', { tags: ['a', 'b'] }, { tags: 'b' }, true],
    ['a list holds each of several', { tags: ['a', 'b', 'c'] }, { tags: ['c', 'a'] }, true],
    ['a list lacks one of several', { tags: ['a', 'b'] }, { tags: ['a', 'd'] }, false],
    ['a list holds such an object', { items: [{ n: 9 }, { n: 12 }] }, { items: { n: { $lte: 10 } } }, true],
    ['one object has to fit it all', { items: [{ n: 1, m: 1 }, { n: 2 }] }, { items: { n: 2, m: 1 } }, false],
    ['lists in lists', { a: [[1], [2]] }, { a: 2 }, true],
    ['between two numbers', { n: 2 }, { n: { $gt: 1, $lt: 3 } }, true],
    ['no number and text compare', { n: '2' }, { n: { $gt: 1 } }, false],
    ['texts compare', { at: '2026-02-01T00:00:00Z' }, { at: { $gte: '2026-01-31T00:00:00Z' } }, true],
    ['some item compares', { scores: [1, 5] }, { scores: { $gte: 4 } }, true],
    ['$eq looks at the whole list', { tags: ['a'] }, { tags: { $eq: 'a' } }, false],
    ['$eq minds no order of names', { o: { a: 1, b: [2] } }, { o: { $eq: { b: [2], a: 1 } } }, true],
    ['$neq of a missing field', {}, { n: { $neq: 1 } }, false],
    ['$in a list', { n: 2 }, { n: { $in: [1, 2] } }, true],
    ['$in a text', { text: 'I want to cancel' }, { text: { $in: 'cancel' } }, true],
    ['$in: an item of a list', { tags: ['a', 'b'] }, { tags: { $in: ['b', 'c'] } }, true],
    ['$in: no part of an item', { tags: ['abc'] }, { tags: { $in: 'b' } }, false],
    ['$nin a list', { n: 3 }, { n: { $nin: [1, 2] } }, true],
    ['$nin: no item of a list', { tags: ['a', 'b'] }, { tags: { $nin: ['b'] } }, false],
    ['$nin of a missing field', {}, { n: { $nin: [1] } }, false],
    ['$startsWith any of', { text: 'HELP me' }, { text: { $startsWith: ['STOP', 'HELP'] } }, true],
    ['$endsWith', { mail: 'a@example.com' }, { mail: { $endsWith: '@example.com' } }, true],
    ['$exist', { n: null }, { n: { $exist: true } }, true],
    ['$exist: false', {}, { n: { $exist: false } }, true],
    ['$exist: false below what is missing', {}, { a: { b: { $exist: false } } }, false],
    ['$or of a value', { n: 2 }, { n: { $or: [1, { $gte: 2 }] } }, true],
    ['$and beside fields', { a: 1, b: 2 }, { a: 1, $and: [{ b: 2 }] }, true],
    ['$not of a value', { status: 'open' }, { status: { $not: { $in: ['closed'] } } }, true],
    ['$not of a missing field', {}, { status: { $not: 'closed' } }, true],
    ['$not of what a list holds', { tags: ['a'] }, { tags: { $not: 'a' } }, false],
    ['nothing is inherited', {}, { constructor: { $exist: true } }, false],
    ['a name that every object has', { toString: 1 }, { toString: 1 }, true],
  ])('%s', (_, data, pattern, expected) => {
    expect(verdictOf(json(pattern), aMessage(data))).toBe(expected ? 'fits' : 'unfit');
    // Whoever is told why, and only then.
    expect(whyNot(json(pattern), aMessage(data)) === undefined).toBe(expected);
  });

  it('sees of a message what its producer would look for', () => {
    const message = aMessage({ n: 1 }, { eventId: 'r-1', channels: ['shop'], conversationId: 'c-1' });
    const all = {
      id: 'r-1',
      type: { $startsWith: 'rating.' },
      time: { $gte: '2026-03-09T14:05:12.480Z', $lt: '2026-03-10' },
      channels: 'shop',
      conversation: 'c-1',
      payload: { type: 'rating.submitted', data: { n: 1 } },
      data: { n: 1 },
    };
    expect(verdictOf({ json: all }, message)).toBe('fits');
    expect(verdictOf({ json: { id: 'msg_1', conversation: { $exist: false } } }, aMessage({}))).toBe('fits');
    // A payload in no envelope is all data.
    expect(verdictOf(json({ n: 1 }), aMessage({}, { payload: Buffer.from('{"n":1}') }))).toBe('fits');
    expect(verdictOf(json({ n: 1 }), aMessage({}, { payload: Buffer.from('no JSON') }))).toBe('unreadable-payload');
  });

  it.each<[unknown, unknown, string]>([
    [{ rating: { score: 2 } }, { rating: { score: { $gte: 4 } } }, 'json data.rating.score $gte 4: is 2'],
    [{}, { rating: { score: { $gte: 4 } } }, 'json data.rating an object: is missing'],
    [{ plan: 'free' }, { plan: 'pro' }, 'json data.plan "pro": is "free"'],
    [{ a: 1 }, { a: 1, b: { $exist: true } }, 'json data.b $exist true: is missing'],
    [{ tags: ['x'] }, { tags: ['a'] }, 'json data.tags: no item fits [0]'],
    [{ l: [{ a: 1 }] }, { l: { a: 2 } }, 'json data.l: none of 1 items fits'],
    [{ n: 3 }, { n: { $or: [1, 2] } }, 'json data.n $or: none of 2 fits, the first since data.n 1: is 3'],
    [{ n: 3 }, { n: { $not: { $gt: 2 } } }, 'json data.n $not {"$gt":2}: it fits that'],
    [{ n: [1, 2] }, { n: { $eq: [1] } }, 'json data.n $eq [1]: is a list of 2'],
    [{ s: 'é'.repeat(99) }, { s: 'x' }, `json data.s "x": is "${'é'.repeat(59)}…`],
  ])('says which clause of %j did not fit %j', (data, pattern, clause) => {
    expect(whyNot(json(pattern), aMessage(data))).toBe(clause);
  });

  it.each<[Pattern, string, readonly (string | number)[]]>([
    [{}, 'filter_syntax', []],
    [{ data: {} }, 'filter_syntax', ['data']],
    [{ data: { a: [] } }, 'filter_syntax', ['data', 'a']],
    [{ topic: 'a' }, 'filter_field', ['topic']],
    [{ $not: { topic: 'a' } }, 'filter_field', ['$not', 'topic']],
    [{ $gte: 4 }, 'filter_operator', ['$gte']],
    [{ data: { a: { $regex: 'a' } } }, 'filter_operator', ['data', 'a', '$regex']],
    [{ data: { a: { $ref: 'b' } } }, 'filter_operator', ['data', 'a', '$ref']],
    [{ data: { a: { $gt: 1, b: 2 } } }, 'filter_operator', ['data', 'a', '$gt']],
    [{ data: { a: { $gt: [1] } } }, 'filter_operand', ['data', 'a', '$gt']],
    [{ data: { a: { $in: [] } } }, 'filter_operand', ['data', 'a', '$in']],
    [{ data: { a: { $in: [{}] } } }, 'filter_operand', ['data', 'a', '$in']],
    [{ data: { a: { $startsWith: [1] } } }, 'filter_operand', ['data', 'a', '$startsWith']],
    [{ data: { a: { $exist: 1 } } }, 'filter_operand', ['data', 'a', '$exist']],
    [{ $or: [] }, 'filter_operand', ['$or']],
    [{ $or: [1] }, 'filter_syntax', ['$or', 0]],
    [{ data: { $in: Array.from({ length: 501 }, (__, at) => at) } }, 'filter_size', ['data', '$in']],
  ])('refuses %j', (pattern, code, place) => {
    expect(filterRefusal([{ json: pattern }])).toMatchObject({ code, place: [0, 'json', ...place] });
  });

  it('refuses what is deep and what is long, however it is', () => {
    const deep = (depth: number): Pattern => JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth)) as Pattern;
    expect(filterRefusal([json(deep(15))])).toBeUndefined();
    for (const depth of [30, 5_000]) {
      expect(filterRefusal([json(deep(depth))])?.code).toBe('filter_size');
      expect(filterRefusal([json({ a: { $eq: deep(depth) } })])?.code).toBe('filter_size');
    }
    expect(filterRefusal([json({ a: 'x'.repeat(8_200) })])?.code).toBe('filter_size');
    expect(filterRefusal(Array.from({ length: 11 }, () => json({ a: 1 })))?.code).toBe('filter_size');
  });

  it('ends after so many steps, whatever a message holds', () => {
    const long = Array.from({ length: 100_000 }, (_, at) => at);
    const nested: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
    expect(verdictOf(json({ l: -1 }), aMessage({ l: long }))).toBe('too-many-steps');
    expect(verdictOf(json({ l: { a: 1 } }), aMessage({ l: long }))).toBe('too-many-steps');
    expect(verdictOf(json({ l: { $gt: 1e9 } }), aMessage({ l: long }))).toBe('too-many-steps');
    expect(verdictOf(json({ l: { $nin: [-1] } }), aMessage({ l: long }))).toBe('too-many-steps');
    const text = 'a'.repeat(250_000);
    const slow = { $or: Array.from({ length: 20 }, (_, at) => ({ $in: `${'a'.repeat(300)}${String(at)}` })) };
    expect(verdictOf(json({ t: slow }), aMessage({ t: text }))).toBe('too-many-steps');
    expect(whyNot(json({ l: -1 }), aMessage({ l: long }))).toContain('too many steps');
    const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${String(at)}`, at]));
    const compared = { $and: Array.from({ length: 20 }, () => ({ $neq: { a: 1 } })) };
    expect(verdictOf(json({ o: compared }), aMessage({ o: wide }))).toBe('too-many-steps');
    expect(verdictOf(json({ o: { $neq: { a: 1 } } }), aMessage({ o: wide }))).toBe('fits');
    const deep = Buffer.from(`{"l":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    expect(Array.isArray(nested)).toBe(true);
    expect(verdictOf(json({ l: 1 }), aMessage({}, { payload: deep }))).toBe('unfit');
    expect(verdictOf(json({ l: { a: 1 } }), aMessage({}, { payload: deep }))).toBe('unfit');
  });
});

const names = fc.constantFrom('a', 'b');
const plain = fc.constantFrom<unknown>(null, true, 1, 2, 3, 'a', 'ab', 'b', '1');
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    plain,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(names, tie('any')),
  ),
})).any;
const operator = fc.oneof(
  fc.tuple(fc.constantFrom('$eq', '$neq'), value),
  fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), fc.constantFrom<unknown>(1, 2, 'a', 'b')),
  fc.tuple(fc.constantFrom('$in', '$nin'), fc.oneof(fc.constantFrom('a', 'b'), fc.array(plain, { minLength: 1 }))),
  fc.tuple(fc.constantFrom('$startsWith', '$endsWith'), fc.constantFrom<unknown>('a', ['b', 'ab'])),
  fc.tuple(fc.constant('$exist'), fc.boolean()),
);
const { any: pattern } = fc.letrec<{ any: unknown; object: Pattern; logical: [string, unknown] }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    plain,
    fc.array(operator, { minLength: 1, maxLength: 2 }).map((pairs) => Object.fromEntries(pairs)),
    fc.array(tie('any'), { minLength: 1, maxLength: 2 }),
    tie('object'),
    tie('logical').map((pair) => Object.fromEntries([pair])),
  ),
  object: fc
    .tuple(fc.dictionary(names, tie('any'), { minKeys: 1 }), fc.option(tie('logical')))
    .map(([fields, logical]) => ({ ...fields, ...(logical === null ? {} : Object.fromEntries([logical])) })),
  logical: fc.oneof(
    fc.tuple(fc.constantFrom('$or', '$and'), fc.array(tie('any'), { minLength: 1, maxLength: 2 })),
    fc.tuple(fc.constant('$not'), tie('any')),
  ),
}));

/** What the documentation says, word for word. `at`: undefined is missing. */
function means(of: unknown, at: unknown): boolean {
  if (Array.isArray(of)) return Array.isArray(at) && of.every((each) => at.some((item) => means(each, item)));
  if (!isJsonObject(of)) return Array.isArray(at) ? at.some((item) => means(of, item)) : at === of;
  if (Object.keys(of).some((name) => !name.startsWith('$'))) {
    if (Array.isArray(at)) return at.some((item) => means(of, item));
    if (!isJsonObject(at)) return false;
    return Object.entries(of).every(([name, each]) =>
      name.startsWith('$') ? says(name, each, at) : means(each, Object.hasOwn(at, name) ? at[name] : undefined),
    );
  }
  return Object.entries(of).every(([name, each]) => says(name, each, at));
}

function says(name: string, of: unknown, at: unknown): boolean {
  const some = (holds: (item: unknown) => boolean) => (Array.isArray(at) ? at.some(holds) : holds(at));
  const alike = (item: unknown) => typeof item === typeof of && (typeof item === 'string' || typeof item === 'number');
  const texts = (Array.isArray(of) ? of : [of]) as string[];
  switch (name) {
    case '$and':
      return (of as unknown[]).every((each) => means(each, at));
    case '$or':
      return (of as unknown[]).some((each) => means(each, at));
    case '$not':
      return !means(of, at);
    case '$exist':
      return (at !== undefined) === of;
    case '$eq':
      return at !== undefined && canonical(at) === canonical(of);
    case '$neq':
      return at !== undefined && canonical(at) !== canonical(of);
    case '$gt':
      return some((item) => alike(item) && (item as number) > (of as number));
    case '$gte':
      return some((item) => alike(item) && (item as number) >= (of as number));
    case '$lt':
      return some((item) => alike(item) && (item as number) < (of as number));
    case '$lte':
      return some((item) => alike(item) && (item as number) <= (of as number));
    case '$startsWith':
      return some((item) => typeof item === 'string' && texts.some((text) => item.startsWith(text)));
    case '$endsWith':
      return some((item) => typeof item === 'string' && texts.some((text) => item.endsWith(text)));
    case '$in':
      if (Array.isArray(of)) return some((item) => of.includes(item));
      return typeof at === 'string' ? at.includes(of as string) : Array.isArray(at) && at.includes(of);
    default: {
      const isJudged = Array.isArray(of)
        ? !isJsonObject(at) && at !== undefined
        : typeof at === 'string' || Array.isArray(at);
      return isJudged && !says('$in', of, at);
    }
  }
}

const canonical = (of: unknown): string =>
  JSON.stringify(of, (_, inner: unknown) =>
    isJsonObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );

describe('every JSON filter', () => {
  it('means what a plain reading of the pattern means', () => {
    fc.assert(
      fc.property(pattern, fc.dictionary(names, value), (of, data) => {
        const filter = new JsonFilter({ data: of }, []);
        const steps = new Steps();
        expect(filter.fits({ data }, steps)).toBe(means(of, data));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused with a place, or judges without an exception and in so many steps', () => {
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), pattern), fc.jsonValue(), (of, data) => {
        const steps = new Steps();
        try {
          const filter = new JsonFilter({ data: of }, []);
          filter.fits({ data }, steps);
          expect(steps.used).toBeLessThanOrEqual(MOST_STEPS);
        } catch (error) {
          expect(error).toBeInstanceOf(FilterRefusedError);
        }
      }),
    );
  });
});
