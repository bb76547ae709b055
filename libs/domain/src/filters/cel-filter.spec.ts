import { describe, expect, it } from '@jest/globals';
import { run } from '@bufbuild/cel';
import fc from 'fast-check';
import { RegexMemory, weightOf } from './cel-regex.js';
import { filterRefusal } from './endpoint-filters.js';
import { FilterSubject } from './filter-subject.js';
import { Steps } from './steps.js';
import { ACCEPTED_MS, aMessage, verdictOf, whyNot } from './filters.fixture.js';

const DATA = {
  score: 4,
  ratio: 0.25,
  plan: 'pro',
  mail: 'ada@example.com',
  tags: ['vip', 'eu'],
  items: [
    { sku: 'a', count: 1 },
    { sku: 'b', count: 12 },
  ],
  customer: { name: 'Ada', nothing: null },
};

describe('a CEL filter', () => {
  it.each<[string, boolean]>([
    ['data.score >= 4', true],
    ['data.score == 4 && data.ratio < 0.5', true],
    ['data.score in [1, 2, 4]', true],
    ['int(data.score) % 2 == 1', false],
    ['data.plan == "pro" || data.missing > 1', true],
    ['data.missing > 1', false],
    ['!(data.missing > 1)', false],
    ['!has(data.missing)', true],
    ['has(data.customer.name) && data.customer.nothing == null', true],
    ['"vip" in data.tags && size(data.tags) == 2', true],
    ['data.items.exists(item, item.sku == "b" && item.count > 10)', true],
    ['data.items.all(item, item.count > 10)', false],
    ['data.items.filter(item, item.count > 0).size() == 2', true],
    ['data.items.map(item, item.sku) == ["a", "b"]', true],
    ['data.mail.endsWith("@example.com") && data.mail.matches("^[a-z]+@")', true],
    ['data.mail.matches("^[0-9]+@")', false],
    ['payload.type == type && type.startsWith("rating.")', true],
    ['"shop" in channels && conversation == "c-1" && id == "msg_1"', true],
    ['time > timestamp("2026-03-09T00:00:00Z") && time - duration("1h") < time', true],
    ['time.getHours("Europe/Berlin") == 15 && time.getHours() == 14', true],
    ['(data.score > 3 ? "high" : "low") == "high"', true],
    ['{"a": 1}.a == 1 && type(data.score) == double', true],
    ['data.score', false],
    ['data.constructor == null', false],
  ])('%s: %s', (cel, expected) => {
    const message = aMessage(DATA, { channels: ['shop'], conversationId: 'c-1' });
    expect(verdictOf({ cel }, message)).toBe(expected ? 'fits' : 'unfit');
    expect(whyNot({ cel }, message) === undefined).toBe(expected);
  });

  it('has an empty conversation and no channels, where there are none', () => {
    expect(verdictOf({ cel: 'conversation == "" && channels == []' }, aMessage({}))).toBe('fits');
    expect(verdictOf({ cel: 'data.n == 1.0' }, aMessage({}, { payload: Buffer.from('{"n":1}') }))).toBe('fits');
    expect(verdictOf({ cel: 'true' }, aMessage({}, { payload: Buffer.from('no JSON') }))).toBe('unreadable-payload');
  });

  it.each([
    ['data.score > 1 && data.plan == "free"', 'cel data.plan == "free": is false'],
    ['data.score > 1 && data.rating > 3', 'cel data.rating > 3: field not found: rating'],
    ['data.score', 'cel data.score: is neither true nor false'],
    ['data.tags.exists(t, t == "us")', 'cel data.tags.exists(t, t == "us"): is false'],
    ['data.score + 1 > 2', "cel data.score + 1 > 2: found no matching overload for '_+_' applied to '(double, int)'"],
  ])('says which condition of %s is not true', (cel, clause) => {
    expect(whyNot({ cel }, aMessage(DATA))).toBe(clause);
  });

  it.each<[string, string, RegExp]>([
    ['data.score >', 'filter_syntax', /is no CEL: at 1:12/],
    ['', 'filter_syntax', /is no CEL/],
    ['score > 1', 'filter_field', /names score, nothing that a filter sees, which is id, type/],
    ['data.items.exists(x, y > 1)', 'filter_field', /names y/],
    ['toString == 1', 'filter_field', /names toString/],
    ['data.mail.lowerAscii() == "a"', 'filter_operator', /names the function lowerAscii, which there is not/],
    ['@range(data)', 'filter_syntax', /is no CEL/],
    ['google.protobuf.Struct{} == data', 'filter_operator', /names the type/],
    ['data.mail.matches(data.pattern)', 'filter_operand', /written out/],
    ['data.mail.matches("(a")', 'filter_operand', /missing closing/],
    ['data.mail.matches("(?=a)")', 'filter_operand', /invalid or unsupported/],
    [`data.mail.matches("${'a'.repeat(257)}")`, 'filter_operand', /256 characters/],
    ['data.mail.matches("(a{100}){100}")', 'filter_operand', /repeats too much/],
    [`data.mail.matches("${'.{1000}'.repeat(30)}")`, 'filter_operand', /repeats too much/],
    ['data.mail.matches("\\\\pL{100}")', 'filter_operand', /repeats too much/],
    [`${'('.repeat(33)}true${')'.repeat(33)}`, 'filter_size', /nested too deeply/],
    [`data${'.a'.repeat(100)} == 1`, 'filter_size', /nested too deeply/],
    [`data.a in [${'1,'.repeat(600)}1]`, 'filter_size', /500 parts/],
    [`data.a == "${'a'.repeat(5_000)}"`, 'filter_size', /4096 characters/],
  ])('refuses %s', (cel, code, reason) => {
    const refusal = filterRefusal([{ cel }]);
    expect(refusal).toMatchObject({ place: [0, 'cel'], code });
    expect(refusal?.message).toMatch(reason);
  });

  const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

  it.each<[string, unknown]>([
    ['data.l.exists(x, x < 0)', { l: numbers(20_000) }],
    ['data.l.all(x, data.l.all(y, true))', { l: numbers(1_000) }],
    ['data.l.exists(x, data.l.exists(y, true) && false)', { l: numbers(1_000) }],
    ['data.l.map(x, x).map(x, x).size() > 0', { l: numbers(400) }],
    ['data.l == data.l', { l: numbers(30_000) }],
    ['data.o == data.o', { o: Object.fromEntries(numbers(12_000).map((at) => [`k${String(at)}`, at])) }],
    // What is gone over is copied before the first turn, however soon it ends.
    ['data.s.exists(x, data.l.exists(y, true) && false)', { s: numbers(10), l: numbers(15_000) }],
    ['-1 in data.l', { l: numbers(30_000) }],
    ['data.o.all(k, data.o[k] > 0)', { o: Object.fromEntries(numbers(9_000).map((at) => [`k${String(at)}`, 1])) }],
    ['data.l.all(x, time.getHours("Europe/Berlin") > 0)', { l: numbers(200) }],
    ['data.t.matches("(a|aa)+$")', { t: `${'a'.repeat(50_000)}b` }],
    ['data.l.exists(x, data.t.matches("^(a+)+$"))', { l: numbers(1_000), t: `${'a'.repeat(2_000)}b` }],
    ['(data.t + data.t + data.t).contains("x")', { t: 'a'.repeat(200_000) }],
    ['int(data.t) > 0', { t: '9'.repeat(100_000) }],
    ['data.l.exists(x, data.t.contains("x"))', { l: numbers(1_000), t: 'a'.repeat(4_000) }],
    ['data.t.contains(data.p)', { t: 'a'.repeat(60_000), p: `${'a'.repeat(3_000)}b${'a'.repeat(3_000)}` }],
    // Whatever stands beside it: an "or" passes over errors of CEL's own.
    ['data.l.exists(x, x < 0) || true', { l: numbers(20_000) }],
  ])('ends %s after so many steps', (cel, data) => {
    expect(verdictOf({ cel }, aMessage(data))).toBe('too-many-steps');
    expect(whyNot({ cel }, aMessage(data))).toContain('too many steps');
  });

  it('does usual work in few of them', () => {
    const turns = Array.from({ length: 300 }, (_, at) => ({ role: at % 2 === 0 ? 'user' : 'bot', text: 'Good day.' }));
    const cel = 'data.transcript.exists(turn, turn.role == "user" && turn.text.contains("cancel"))';
    expect(verdictOf({ cel }, aMessage({ transcript: turns }))).toBe('unfit');
    const summary = 'Nothing to report. '.repeat(5_000);
    const long = 'data.summary != "" && !data.summary.contains("cancel") && data.summary.startsWith("Nothing")';
    expect(verdictOf({ cel: long }, aMessage({ summary }))).toBe('fits');
  });

  it('looks into no payload that is nested beyond all measure', () => {
    const payload = Buffer.from(`{"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expect(verdictOf({ cel: 'true' }, aMessage({}, { payload }))).toBe('unreadable-payload');
  });

  it('weighs a regular expression by what it becomes', () => {
    expect(['abc', 'a{3}', '(ab){3}', '[a-z]{2}x', '\\d+\\.', '[^\\]]', '(a(b{2}){3}){4}'].map(weightOf)).toEqual([
      3, 3, 9, 3, 3, 1, 44,
    ]);
    expect(filterRefusal([{ cel: String.raw`data.id.matches("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")` }])).toBe(
      undefined,
    );
  });
});

describe('the memory of regular expressions', () => {
  it('stays small, whatever patterns come and whatever texts they are held against', () => {
    const memory = new RegexMemory();
    for (let at = 0; at < 150; at += 1) memory.test(`a${String(at)}b`, 'a', new Steps());
    expect(memory.size.patterns).toBe(100);
    let seed = 1;
    const letter = (): string => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed >>> 31 === 0 ? 'a' : 'b';
    };
    // Of the last ten letters any may have been an a: a thousand states, met one after another.
    for (let turn = 0; turn < 20; turn += 1) {
      memory.test('a.{10}b$', Array.from({ length: 600 }, letter).join(''), new Steps());
      expect(memory.size.states).toBeLessThanOrEqual(100 + 500);
    }
  });
});

describe('CEL, counted', () => {
  const term = fc.constantFrom('data.a', 'data.b', 'data.l[0]', '1', '2.5', '"x"', 'size(data.l)', 'data.none', 'true');
  const comparison = fc.tuple(term, fc.constantFrom('==', '!=', '<', '>=', 'in'), term).map((parts) => parts.join(' '));
  const { any } = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      comparison,
      fc.tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any')).map(([a, by, b]) => `(${a} ${by} ${b})`),
      tie('any').map((inner) => `!(${inner})`),
      tie('any').map((inner) => `data.l.exists(x, x == 1 || ${inner})`),
      tie('any').map((inner) => `data.l.all(x, data.a != x && ${inner})`),
      fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a} ? ${b} : data.b)`),
      comparison.map((inner) => `has(data.a) && ${inner}`),
    ),
  }));
  const scalar = fc.constantFrom<unknown>(1, 2.5, 'x', true, null);
  const data = fc.record({ a: scalar, b: scalar, l: fc.array(scalar, { maxLength: 3 }) }, { requiredKeys: ['l'] });

  it('says what CEL says', () => {
    fc.assert(
      fc.property(any, data, (cel, of) => {
        const message = aMessage(of);
        const bindings = { ...new FilterSubject(message).cel };
        expect(verdictOf({ cel }, message) === 'fits').toBe(run(cel, bindings) === true);
      }),
      { numRuns: 500 },
    );
  });

  it('has the time as a timestamp', () => {
    const at = new Date(ACCEPTED_MS).toISOString();
    expect(verdictOf({ cel: `time == timestamp("${at}")` }, aMessage({}))).toBe('fits');
  });
});
