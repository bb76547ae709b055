import { describe, expect, it } from '@jest/globals';
import { newId, type EndpointId } from '@signpost/domain';
import fc from 'fast-check';
import { OTHERS, pageOf } from './story-page.js';

const ids = Array.from({ length: 12 }, (_, at) => newId('ep', at));

/** As the adapter reads them, by their order. */
function allPages(concerned: readonly EndpointId[], others: readonly EndpointId[], limit: number, first?: EndpointId) {
  const pages: EndpointId[][] = [];
  let beyond: string | undefined;
  do {
    const page = pageOf(concerned, { limit, beyond, first });
    const { without = [], limit: rest = 0, beyond: from = '' } = page.others ?? {};
    const left = page.others === undefined ? [] : others.filter((id) => !without.includes(id) && id > from);
    const shown = left.slice(0, rest);
    beyond = page.beyond ?? (left.length > rest ? `${OTHERS}${shown.at(-1) ?? from}` : undefined);
    expect(beyond ?? 'o.').toMatch(/^[\w.-]{1,300}$/);
    pages.push([...page.named, ...shown]);
  } while (beyond !== undefined);
  return pages;
}

describe('pageOf', () => {
  it('shows every endpoint once, those of the message first and the one that is asked about before them', () => {
    const split = fc.shuffledSubarray(ids);
    fc.assert(
      fc.property(split, fc.integer({ min: 1, max: 5 }), fc.nat(), fc.boolean(), (concerned, limit, seed, hasFirst) => {
        const others = ids.filter((id) => !concerned.includes(id));
        const first = hasFirst ? concerned[seed % Math.max(1, concerned.length)] : undefined;
        const pages = allPages(concerned, others, limit, first);
        const sorted = concerned.filter((id) => id !== first).sort();
        expect(pages.flat()).toEqual([...(first === undefined ? [] : [first]), ...sorted, ...others]);
        expect(pages.every((page) => page.length <= limit)).toBe(true);
      }),
    );
  });

  it('is about one endpoint alone where one is named', () => {
    const [only] = ids;
    expect(pageOf(ids, { limit: 1, only })).toEqual({ named: [only] });
  });
});
