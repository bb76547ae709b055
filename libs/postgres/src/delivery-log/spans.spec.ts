import { describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import fc from 'fast-check';
import { readSpans, spansOf } from './spans.js';

const DAY = 86_400_000;
const NOW = Date.parse('2026-06-15T12:00:00Z');
const time = fc.integer({ min: NOW - 200 * DAY, max: NOW + 20 * DAY });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

describe('the spans that a list is read in', () => {
  it('hold everything that the page may show, once, in the order of the page', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('ascending' as const, 'descending' as const),
        maybe(time),
        maybe(time),
        maybe(time),
        time,
        time,
        (order, before, after, cursor, earliest, atMs) => {
          const page = {
            limit: 10,
            order,
            ...(before === undefined ? {} : { before: new Date(before) }),
            ...(after === undefined ? {} : { after: new Date(after) }),
            ...(cursor === undefined ? {} : { beyond: newId('msg', cursor) }),
          };
          const isShown =
            atMs >= earliest &&
            (before === undefined || atMs < before) &&
            (after === undefined || atMs > after) &&
            (cursor === undefined || (order === 'ascending' ? atMs >= cursor : atMs <= cursor));
          const spans = spansOf(page, earliest, NOW);
          const holding = spans.filter(({ fromMs = -Infinity, toMs = Infinity }) => fromMs <= atMs && atMs < toMs);
          expect(holding.length).toBeLessThanOrEqual(1);
          if (isShown) expect(holding).toHaveLength(1);
          const starts = spans.map(({ fromMs = -Infinity }) => fromMs);
          expect(starts).toEqual([...starts].sort((a, b) => (order === 'ascending' ? a - b : b - a)));
        },
      ),
    );
  });

  it('begin with the last two days of a list from the newest on', () => {
    const [first, ...others] = spansOf({ limit: 10, order: 'descending' }, NOW - 100 * DAY, NOW);
    expect(first).toEqual({ fromMs: NOW - 2 * DAY });
    expect(others).toHaveLength(2);
  });

  it('begin where a list from the oldest on begins', () => {
    expect(spansOf({ limit: 10, order: 'ascending' }, 1_000, NOW)[0]).toEqual({ fromMs: 1_000, toMs: 1_000 + 2 * DAY });
    const beyond = newId('msg', 5_000);
    expect(spansOf({ limit: 10, order: 'ascending', beyond }, 1_000, NOW)[0]).toMatchObject({ fromMs: 5_000 });
  });

  it('are read until the page is full', async () => {
    const asked: number[] = [];
    const rows = await readSpans([{ fromMs: 3 }, { fromMs: 2 }, { fromMs: 1 }], 5, async ({ fromMs = 0 }, limit) => {
      asked.push(limit);
      return Array.from({ length: Math.min(3, limit) }, () => fromMs);
    });
    expect(rows).toEqual([3, 3, 3, 2, 2]);
    expect(asked).toEqual([5, 2]);
  });
});
