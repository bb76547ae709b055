import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { StandingOut, type StandingOutRules } from './standing-out.js';

const RULES: StandingOutRules = { capacity: 16, spanMs: 10_000, spans: 3, most: 2, leastShare: 0.1 };
const START = 50_000;
const opened = (changes: Partial<StandingOutRules> = {}) => new StandingOut<string>({ ...RULES, ...changes }, START);
const play = (one: StandingOut<string>, counts: Readonly<Record<string, number>>): void => {
  for (const [key, times] of Object.entries(counts)) for (let time = 0; time < times; time += 1) one.add(key, key);
};
const short = (ranking: ReturnType<StandingOut<string>['roll']>) =>
  ranking && { rows: ranking.rows.map(({ key, count }) => [key, count]), share: ranking.share };

describe('StandingOut', () => {
  it('says nothing before a span has ended', () => {
    const one = opened();
    play(one, { a: 3 });
    expect(one.roll(START + 9_999)).toBeUndefined();
    expect(short(one.roll(START + 10_000))).toEqual({ rows: [['a', 3]], share: 1 });
  });

  it('names the first few, and how much of all they are', () => {
    const one = opened();
    play(one, { a: 5, b: 3, c: 2 });
    expect(short(one.roll(START + 10_000))).toEqual({
      rows: [
        ['a', 5],
        ['b', 3],
      ],
      share: 0.8,
    });
  });

  it('names none of many alike', () => {
    const one = opened();
    play(one, Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`k${String(at)}`, 2])));
    expect(short(one.roll(START + 10_000))).toEqual({ rows: [], share: 0 });
  });

  it('is all of nothing when nothing came', () => {
    expect(short(opened().roll(START + 10_000))).toEqual({ rows: [], share: 1 });
  });

  it('adds up the last whole spans, and forgets those before', () => {
    const one = opened();
    for (let span = 1; span <= 4; span += 1) {
      play(one, { a: span });
      const ranking = short(one.roll(START + span * 10_000));
      expect(ranking?.rows).toEqual([['a', [1, 3, 6, 9][span - 1]]]);
    }
  });

  it('forgets all of it over a long silence, and takes a clock that was set back for the end of a span', () => {
    const one = opened();
    play(one, { a: 1 });
    expect(short(one.roll(START - 20_000))?.rows).toEqual([['a', 1]]);
    expect(short(one.roll(START + 3_600_000))?.rows).toEqual([]);
  });

  it('names no more than it may, and never with more than came, whatever comes', () => {
    const traffic = fc.array(fc.array(fc.oneof(fc.nat(2), fc.nat(99)).map(String), { maxLength: 100 }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(traffic, (spans) => {
        const one = opened({ capacity: 4 });
        spans.forEach((keys, at) => {
          for (const key of keys) one.add(key, key);
          const ranking = one.roll(START + (at + 1) * RULES.spanMs);
          const truth = spans.slice(Math.max(0, at + 1 - RULES.spans), at + 1).flat();
          expect(ranking?.rows.length).toBeLessThanOrEqual(RULES.most);
          for (const { key, count } of ranking?.rows ?? []) {
            const times = truth.filter((each) => each === key).length;
            expect(count).toBeLessThanOrEqual(times);
            expect(count).toBeGreaterThanOrEqual(times - truth.length / 4);
          }
        });
      }),
    );
  });
});
