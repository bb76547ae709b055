import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../ids.js';
import {
  afterDemand,
  afterParking,
  afterReturn,
  afterSweep,
  emptyLane,
  inheritedRange,
  isOrphan,
  isSecondCopy,
  openDemand,
  switchedOff,
  switchedOn,
  withdrawn,
  type LaneMemory,
} from './lane-memory.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const empty = emptyLane(newId('ep', NOW), newId('app', NOW));

describe('what a lane remembers of its parked records', () => {
  it('starts with the first parking and ends with the return of the newest', () => {
    const two = afterParking(afterParking(empty, 7), 9);
    expect(two.parked).toEqual({ oldestOffset: 7, newestOffset: 9, count: 2 });
    const one = afterReturn(two, 7);
    expect(one.parked).toEqual({ oldestOffset: 8, newestOffset: 9, count: 1 });
    expect(afterReturn(one, 9)).toEqual(empty);
  });

  it('is the same object after a return that it knew already, so that nothing is written', () => {
    const memory = afterReturn(afterParking(afterParking(empty, 7), 9), 7);
    expect(afterReturn(memory, 7)).toBe(memory);
    expect(afterReturn(empty, 7)).toBe(empty);
  });

  it('keeps hold of records that a crash kept it from counting', () => {
    // Offset 8 was parked and the lane died before it took note; its successor parked the same delivery at 9.
    const memory = afterParking(afterParking(empty, 7), 9);
    expect(afterReturn(afterReturn(memory, 7), 8).parked).toEqual({ oldestOffset: 9, newestOffset: 9, count: 1 });
  });

  it('knows for orphans what an owner parked that died before it took note', () => {
    // The first owner noted 7 and died with 8 and 9 in the log; the second parks what those held at 12 and 11.
    const found: LaneMemory = { ...empty, ...inheritedRange(afterParking(empty, 7).parked) };
    const after = afterParking(afterParking(found, 12), 11);
    expect(after.parked).toEqual({
      oldestOffset: 7,
      newestOffset: 12,
      count: 3,
      orphaned: [{ from: 8, to: 10 }],
    });
    const isOrphaned = (offset: number) => after.parked !== undefined && isOrphan(after.parked, offset);
    expect([7, 8, 9, 10, 11, 12].filter(isOrphaned)).toEqual([8, 9, 10]);
    // What comes back of them is not counted.
    const back = afterReturn(afterReturn(after, 7), 9);
    expect(back.parked).toEqual({ oldestOffset: 10, newestOffset: 12, count: 2, orphaned: [{ from: 8, to: 10 }] });
    expect(afterReturn(back, 11).parked).toEqual({ oldestOffset: 12, newestOffset: 12, count: 1 });
  });

  it('remembers a bounded number of ranges of orphans', () => {
    let memory = afterParking(empty, 0);
    for (let owner = 1; owner <= 100; owner += 1) {
      memory = afterParking({ ...memory, ...inheritedRange(memory.parked) }, owner * 10);
    }
    expect(memory.parked?.orphaned).toHaveLength(64);
  });

  /** Offsets of one lane's records, parked one by one; each step parks the next or hands the oldest back. */
  it('covers exactly what is parked and not yet back, whatever the order of parkings and returns', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ park: fc.boolean(), gap: fc.integer({ min: 1, max: 9 }) })), (steps) => {
        let memory: LaneMemory = empty;
        let end = 0;
        const outstanding: number[] = [];
        for (const { park, gap } of steps) {
          if (park) {
            end += gap;
            outstanding.push(end);
            memory = afterParking(memory, end);
          } else {
            const back = outstanding.shift();
            if (back !== undefined) memory = afterReturn(memory, back);
          }
          if (outstanding.length === 0) expect(memory.parked).toBeUndefined();
          else {
            expect(memory.parked?.count).toBe(outstanding.length);
            expect(memory.parked?.newestOffset).toBe(outstanding.at(-1));
            expect(memory.parked?.oldestOffset).toBeLessThanOrEqual(outstanding[0] ?? -1);
          }
        }
      }),
    );
  });
});

describe('what a lane asks for', () => {
  it('begins at the oldest that is not back, with a higher number each time', () => {
    const asked = afterDemand(afterParking(empty, 7), 16);
    expect(asked.demand).toEqual({ sequence: 1, fromOffset: 7, limit: 16 });
    expect(afterDemand(afterParking(asked, 9), 32).demand).toEqual({ sequence: 2, fromOffset: 7, limit: 32 });
  });

  it('keeps its number while nothing is parked, so that the next demand is a new one', () => {
    const drained = afterReturn(afterDemand(afterParking(empty, 7), 16), 7);
    expect(afterDemand(drained, 16)).toBe(drained);
    expect(afterDemand(afterParking(drained, 9), 16).demand?.sequence).toBe(3);
  });

  it('is withdrawn once all is back, lest a scheduler that starts later serve it again', () => {
    const drained = afterReturn(afterDemand(afterParking(empty, 7), 16), 7);
    expect(drained.demand).toEqual({ sequence: 2, fromOffset: 7, limit: 0 });
  });

  it('begins, for a scheduler that starts later, behind what is back already', () => {
    const asked = afterDemand(afterParking(afterParking(empty, 7), 9), 16);
    expect(openDemand(asked)).toEqual(asked.demand);
    expect(openDemand(afterReturn(asked, 7))).toEqual({ sequence: 1, fromOffset: 8, limit: 16 });
    expect(openDemand(empty)).toBeUndefined();
  });
});

describe('what a lane no longer wants', () => {
  it('is withdrawn by a demand for nothing, with a number of its own', () => {
    const asked = afterDemand(afterParking(empty, 7), 16);
    expect(withdrawn(asked).demand).toEqual({ sequence: 2, fromOffset: 7, limit: 0 });
    expect(withdrawn(withdrawn(asked)).demand?.sequence).toBe(2);
    expect(withdrawn(empty)).toBe(empty);
  });
});

describe('an endpoint that Signpost switched off', () => {
  it('is remembered with the version that it had, and forgotten again', () => {
    const off = switchedOff(empty, NOW, 'gone', 3);
    expect(off.disabled).toEqual({ atMs: NOW, reason: 'gone', endpointVersion: 3 });
    expect(switchedOff(off, NOW + 1, 'gone', 2)).toBe(off);
    expect(switchedOff(off, NOW + 1, 'gone', 4).disabled?.endpointVersion).toBe(4);
    expect(switchedOn(off)).toEqual(empty);
    expect(switchedOn(empty)).toBe(empty);
  });
});

describe('what a lane remembers of the sweep', () => {
  const parked = (...offsets: number[]) => offsets.reduce<LaneMemory>(afterParking, empty);

  it('is one range as long as nothing came back in between, and the lane counts as for any return', () => {
    const memory = afterSweep(afterSweep(parked(3, 5, 9), 3), 5);
    expect(memory).toMatchObject({
      swept: [{ from: 3, to: 5 }],
      parked: { oldestOffset: 6, newestOffset: 9, count: 1 },
    });
    const released = afterSweep(afterParking(afterReturn(memory, 9), 12), 12);
    expect(released.swept).toEqual([
      { from: 3, to: 5 },
      { from: 12, to: 12 },
    ]);
    expect(released).not.toHaveProperty('parked');
  });

  it('is unchanged by a copy that it knows', () => {
    const memory = afterSweep(parked(3, 5), 3);
    expect(afterSweep(memory, 3)).toBe(memory);
  });

  /**
   * One lane's records come back in their order, each released or swept, some with a second copy of either kind
   * anywhere after it; the owner dies at any step, and the next reads again what was not done.
   */
  it('gives every record one end, whatever copies come and whenever its owner dies', () => {
    const copies = fc.array(
      fc.record({ swept: fc.boolean(), again: fc.option(fc.boolean()), gap: fc.nat({ max: 3 }) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(
        copies,
        fc.array(fc.nat({ max: 30 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (all, deaths, pace) => {
          const queue: { readonly offset: number; readonly swept: boolean }[] = [];
          all.forEach(({ swept }, offset) => queue.push({ offset, swept }));
          all.forEach(({ again, gap }, offset) => {
            if (again === null) return;
            const first = queue.findIndex((copy) => copy.offset === offset);
            queue.splice(Math.min(queue.length, first + 1 + gap), 0, { offset, swept: again });
          });
          let memory = all.reduce<LaneMemory>((known, _, offset) => afterParking(known, offset), empty);
          const ends = new Map<number, Set<string>>();
          const done = new Set<number>();
          for (const death of [...deaths, Infinity]) {
            // Read from the first that is not done; `pace`: how many are under way at once.
            let takenUpTo = -1;
            const underWay: number[] = [];
            const finish = (at: number) => {
              const copy = queue[at];
              if (copy === undefined) return;
              const known = ends.get(copy.offset) ?? new Set();
              ends.set(copy.offset, known.add(copy.swept ? 'swept' : 'released'));
              done.add(at);
            };
            let read = 0;
            for (const [at, { offset, swept }] of queue.entries()) {
              if (done.has(at)) continue;
              if (read === death) break;
              read += 1;
              if (offset <= takenUpTo || isSecondCopy(memory, offset, swept)) {
                done.add(at);
                continue;
              }
              takenUpTo = offset;
              memory = swept ? afterSweep(memory, offset) : afterReturn(memory, offset);
              underWay.push(at);
              if (underWay.length >= pace) finish(underWay.shift() ?? -1);
            }
            if (death === Infinity) underWay.forEach(finish);
          }
          for (const offset of all.keys()) expect(ends.get(offset)?.size ?? 0).toBeGreaterThanOrEqual(1);
          for (const [offset, kinds] of ends) expect([offset, [...kinds]]).toEqual([offset, [[...kinds][0]]]);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
