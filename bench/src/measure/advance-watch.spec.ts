import { describe, expect, it } from '@jest/globals';
import { AdvanceWatch } from './advance-watch.js';

/** Looks a second apart; each look is [committed, end]. */
function watched(...looks: readonly (readonly [number, number])[]) {
  const watch = new AdvanceWatch();
  for (const [at, [committed, end]] of looks.entries()) {
    watch.look([{ partition: 'deliveries 0', committed, end }], at * 1_000);
  }
  return watch.advance();
}

describe('AdvanceWatch', () => {
  it('finds the partition that never moves although records wait', () => {
    expect(watched([5, 9], [5, 12], [5, 20])).toEqual({ partitions: 1, still: 1, longestStandMs: 2_000 });
  });

  it('tells the longest stand of one that moves now and then', () => {
    expect(watched([5, 9], [5, 12], [6, 12], [6, 12], [6, 12], [6, 12], [9, 12])).toEqual({
      partitions: 1,
      still: 0,
      longestStandMs: 3_000,
    });
  });

  it('does not count as still what moved, and stands now', () => {
    expect(watched([5, 9], [6, 12], [6, 12], [6, 12])).toEqual({ partitions: 1, still: 0, longestStandMs: 2_000 });
  });

  it('lets a partition rest that has nothing to do', () => {
    expect(watched([5, 5], [5, 5], [5, 5])).toEqual({ partitions: 0, still: 0, longestStandMs: 0 });
  });

  it('does not count the time before a record came, nor one that came with the last look', () => {
    expect(watched([5, 5], [5, 5], [5, 6])).toEqual({ partitions: 1, still: 0, longestStandMs: 0 });
    expect(watched([5, 5], [5, 5], [5, 6], [5, 6])).toEqual({ partitions: 1, still: 1, longestStandMs: 1_000 });
  });

  it('holds partitions apart', () => {
    const watch = new AdvanceWatch();
    for (const at of [0, 1, 2]) {
      const moving = { partition: 'a', committed: at, end: 10 };
      watch.look([moving, { partition: 'b', committed: 3, end: 10 }], at * 1_000);
    }
    expect(watch.advance()).toEqual({ partitions: 2, still: 1, longestStandMs: 2_000 });
  });
});
