import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { behindOf, recordKey, remember, summed, toRead, type GroupPosition, type Memory } from './group-positions.js';

const at = (from: number, end: number, partition = 0): GroupPosition => ({
  group: 'matcher',
  topic: 'messages',
  partition,
  from,
  end,
});
const NOW = 100_000;
/** A look five seconds ago at logs that ended there. */
const before = (end: number, firsts: Memory['firsts'] = new Map()): Memory => ({
  atMs: NOW - 5_000,
  ends: new Map([['messages:0', end]]),
  firsts,
});

describe('when the first record was written that a group has not done', () => {
  it('says nothing of a group that is not behind', () => {
    expect(behindOf([at(5, 5), at(0, 0, 1)], before(5), NOW)).toEqual([]);
  });

  it.each([
    { of: 'a first look', position: at(2, 5), memory: undefined, written: { kind: 'unread', stands: false } },
    { of: 'the next record', position: at(5, 10), memory: before(5), written: { kind: 'recent', atMs: NOW - 5_000 } },
    {
      of: 'one of those since',
      position: at(9, 10),
      memory: before(5),
      written: { kind: 'recent', atMs: NOW - 1_000 },
    },
    { of: 'an older one', position: at(4, 10), memory: before(5), written: { kind: 'unread', stands: false } },
    {
      of: 'one that was the first before, and was read',
      position: at(4, 10),
      memory: before(5, new Map([['messages:0@4', 7]])),
      written: { kind: 'known', atMs: 7 },
    },
    {
      of: 'one that was the first before, and came only then',
      position: at(4, 10),
      memory: before(5, new Map([['messages:0@4', undefined]])),
      written: { kind: 'unread', stands: true },
    },
    {
      of: 'a partition that was not seen',
      position: at(2, 5, 7),
      memory: before(5),
      written: { kind: 'unread', stands: false },
    },
  ])('$of', ({ position, memory, written }) => {
    expect(behindOf([position], memory, NOW)).toEqual([{ position, written }]);
  });

  it('reckons no time before the look and none after now', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.integer({ min: 1, max: 1_000 }), (endBefore, more, behind) => {
        const from = endBefore + more;
        const [one] = behindOf([at(from, from + behind)], before(endBefore), NOW);
        const atMs = one?.written.kind === 'recent' ? one.written.atMs : Number.NaN;
        return atMs >= NOW - 5_000 && atMs <= NOW;
      }),
    );
  });
});

describe('the records that a look reads', () => {
  const many = (count: number) => Array.from({ length: count }, (_, partition) => at(1, 9, partition));

  it('are those whose time is not known, once for groups that stand at the same one', () => {
    const two = [at(2, 5), { ...at(2, 5), group: 'recorder' }, at(5, 6)];
    const memory = before(5);
    expect(toRead(behindOf(two, memory, NOW), 10, 0).map(recordKey)).toEqual(['messages:0@2']);
  });

  it('are no more than may be, in turn', () => {
    const behind = behindOf(many(10), undefined, NOW);
    const turns = [0, 1, 2].map((turn) => toRead(behind, 4, turn).map(({ partition }) => partition));
    expect(turns).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 0, 1],
    ]);
  });

  it('are first those of groups that stand still', () => {
    const memory = { ...before(9), firsts: new Map([['messages:7@1', undefined]]) };
    const ends = new Map(many(10).map(({ partition }) => [`messages:${String(partition)}`, 9]));
    const behind = behindOf(many(10), { ...memory, ends }, NOW);
    expect(toRead(behind, 2, 3).map(({ partition }) => partition)).toEqual([7, 6]);
  });
});

describe('a group and a topic', () => {
  it('is the sum of its partitions, and as old as the oldest of them', () => {
    const positions = [at(2, 5), at(5, 5, 1), at(10, 30, 2)];
    const memory = { ...before(5), ends: new Map([['messages:2', 10]]) };
    const behind = behindOf(positions, memory, NOW);
    const read = new Map([[recordKey(at(2, 5)), 50_000]]);
    expect(summed(positions, behind, read)).toEqual({ records: 23, oldestAtMs: 50_000, settledOldestAtMs: 50_000 });
    expect(summed(positions, behind, new Map())).toEqual({
      records: 23,
      oldestAtMs: NOW - 5_000,
      settledOldestAtMs: undefined,
    });
    expect(summed([at(5, 5)], [], new Map())).toEqual({
      records: 0,
      oldestAtMs: undefined,
      settledOldestAtMs: undefined,
    });
  });

  it('is read once for as long as it stands, and nothing of it is kept afterwards', () => {
    const stands = at(2, 5);
    const first = behindOf([stands], undefined, NOW);
    const memory = remember(NOW, [stands], first, new Map([[recordKey(stands), 7]]));
    const second = behindOf([stands], memory, NOW + 5_000);
    expect(toRead(second, 10, 1)).toEqual([]);
    expect(summed([stands], second, new Map()).oldestAtMs).toBe(7);
    const done = at(5, 5);
    expect(remember(NOW, [done], behindOf([done], memory, NOW), new Map()).firsts.size).toBe(0);
  });
});
