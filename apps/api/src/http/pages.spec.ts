import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { listAnswer, pageOf, soughtAnswer } from './pages.js';

const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');

function read(ids: readonly string[], asked: Parameters<typeof pageOf>[0]) {
  const { limit, order, beyond } = pageOf(asked);
  const sorted = order === 'ascending' ? ids : [...ids].reverse();
  const rows = sorted.filter((id) => beyond === undefined || (order === 'ascending' ? id > beyond : id < beyond));
  return listAnswer(
    asked,
    rows.slice(0, limit),
    (id) => id,
    (id) => id,
  );
}

describe('pages of a list', () => {
  it('show everything once, in order, forwards and back again', () => {
    fc.assert(
      fc.property(
        fc.subarray(letters),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom('ascending' as const, 'descending' as const),
        (ids, limit, order) => {
          const expected = order === 'ascending' ? ids : [...ids].reverse();
          const seen: string[] = [];
          let page = read(ids, { limit, order });
          seen.push(...page.data);
          while (!page.done) {
            page = read(ids, { limit, order, iterator: page.iterator ?? undefined });
            seen.push(...page.data);
          }
          expect(seen).toEqual(expected);
          const back: string[] = [...page.data];
          while (back.length < ids.length) {
            page = read(ids, { limit, order, iterator: page.prevIterator ?? undefined });
            back.unshift(...page.data);
          }
          expect(back).toEqual(expected);
        },
      ),
    );
  });

  it('of an empty list lead nowhere', () => {
    expect(read([], { limit: 5, order: 'ascending' })).toEqual({
      data: [],
      iterator: null,
      prevIterator: null,
      done: true,
    });
  });

  it('go on from where a search stopped, even if it found nothing', () => {
    const answer = (asked: Parameters<typeof pageOf>[0], rows: readonly string[], stoppedAt?: string) =>
      soughtAnswer(
        asked,
        { rows, ...(stoppedAt === undefined ? {} : { stoppedAt }) },
        (id) => id,
        (id) => id,
      );
    const forwards = { limit: 2, order: 'descending' } as const;
    expect(answer(forwards, [], 'm')).toEqual({ data: [], iterator: 'm', prevIterator: '-m', done: false });
    expect(answer(forwards, ['x'], 'm')).toEqual({ data: ['x'], iterator: 'm', prevIterator: '-x', done: false });
    const backwards = { ...forwards, iterator: '-c' };
    expect(answer(backwards, ['d'], 'k')).toEqual({ data: ['d'], iterator: 'd', prevIterator: '-k', done: false });
    expect(answer(forwards, ['x'])).toMatchObject({ iterator: 'x', done: true });
  });
});
