import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../ids.js';
import {
  afterDemand,
  afterParking,
  afterReturn,
  emptyLane,
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
