import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ParkedSequence } from './parked-sequence.js';

const NOW = 1_800_000_000_000;
const back = (offset: number, demand: number) => ({ offset, demand });

describe('ParkedSequence', () => {
  it('takes what its demand brings, in order and once', () => {
    const sequence = new ParkedSequence(5);
    expect(sequence.take(back(5, 1), false, NOW)).toBe(false);
    sequence.asked(1, 2, NOW);
    expect([5, 5, 8].map((offset) => sequence.take(back(offset, 1), false, NOW))).toEqual([true, false, true]);
    expect([sequence.outstanding, sequence.inProcess, sequence.from]).toEqual([0, 2, 9]);
    expect(sequence.settle(8)).toBe(5);
    expect(sequence.settle(5)).toBe(9);
  });

  it('leaves what an earlier process was done with, and counts it', () => {
    const sequence = new ParkedSequence(5);
    sequence.asked(1, 1, NOW);
    expect(sequence.take(back(5, 1), true, NOW)).toBe(false);
    expect([sequence.outstanding, sequence.from, sequence.isIdle]).toEqual([0, 6, true]);
  });

  it('begins again at what was put back, and leaves what is still on its way of the last demand', () => {
    const sequence = new ParkedSequence(0);
    sequence.asked(1, 9, NOW);
    sequence.take(back(0, 1), false, NOW);
    sequence.take(back(1, 1), false, NOW);
    sequence.putBack(0);
    expect(sequence.from).toBe(0);
    expect(sequence.take(back(2, 1), false, NOW)).toBe(false);
    sequence.asked(2, 9, NOW);
    // 1 is still in this process.
    expect([0, 1, 2].map((offset) => sequence.take(back(offset, 2), false, NOW))).toEqual([true, false, true]);
  });

  it('waits twice as long after each silence', () => {
    const sequence = new ParkedSequence(0);
    const isGivenUp = (afterMs: number): boolean => {
      sequence.asked(1, 1, NOW);
      sequence.withdrawSilent(NOW + afterMs, 1_000);
      return sequence.outstanding === 0;
    };
    expect([isGivenUp(999), isGivenUp(1_000), isGivenUp(1_999), isGivenUp(2_000)]).toEqual([false, true, false, true]);
  });

  it('takes every record once and in order, whatever is put back or repeated', () => {
    const step = fc.oneof(
      fc.record({ bring: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ settle: fc.nat() }),
      fc.record({ putBackAll: fc.constant(true) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const count = 12;
        const sequence = new ParkedSequence(0);
        const settled: number[] = [];
        let taken: number[] = [];
        let demand = 0;
        let brought = 0;
        const ask = () => {
          sequence.asked((demand += 1), count, NOW);
          brought = sequence.from;
        };
        ask();
        const run = (one: (typeof steps)[number]): void => {
          if ('bring' in one) {
            // A scheduler that died and began again brings the last ones twice.
            for (let offset = Math.max(0, brought - one.bring); offset <= Math.min(brought, count - 1); offset += 1) {
              if (sequence.take(back(offset, demand), settled.includes(offset), NOW)) taken.push(offset);
            }
            brought += 1;
          } else if ('settle' in one) {
            const first = taken.shift();
            if (first === undefined) return;
            settled.push(first);
            expect(sequence.settle(first)).toBe(settled.length);
          } else {
            for (const offset of taken) sequence.putBack(offset);
            taken = [];
            ask();
          }
        };
        for (const one of steps) run(one);
        ask();
        for (let rest = 0; rest <= count; rest += 1) run({ bring: 0 });
        while (taken.length > 0) run({ settle: 0 });
        expect(settled).toEqual(Array.from({ length: count }, (_, offset) => offset));
      }),
    );
  });
});
