import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../ids.js';
import { emptyLane, type LaneMemory } from './lane-memory.js';
import { afterHandOver, afterTakeOver, isTakenOver, MOST_TAKEN_OVER, MOST_TASKS } from './redelivery-memory.js';

const empty = emptyLane(newId('ep', 0), newId('app', 0));
const id = newId('dlv', 0);

interface Arrival {
  readonly task: string;
  readonly sequence: number;
  readonly offset: number;
}

/** What lies in the partition: each task hands over 1, 2, 3, … and goes back some way with each crash. */
function arrivals(crashes: readonly { readonly after: number; readonly back: number }[], gap: number): Arrival[] {
  const all: Arrival[] = [];
  for (const task of ['a', 'b']) {
    let next = 1;
    for (const { after, back } of [...crashes, { after: 5, back: 0 }]) {
      for (let handed = 0; handed < after; handed += 1, next += 1) all.push({ task, sequence: next, offset: 0 });
      next = Math.max(1, next - back);
    }
  }
  // Other lanes' records lie between.
  return all.map((arrival, at) => ({ ...arrival, offset: at * gap }));
}

describe('what a lane takes in of a task', () => {
  it('is each sequence once, whoever crashes and however often', () => {
    const crash = fc.record({ after: fc.integer({ min: 1, max: 6 }), back: fc.nat(6) });
    const reread = fc.record({ at: fc.nat(60), back: fc.nat(20), forgotten: fc.nat(20) });
    fc.assert(
      fc.property(
        fc.array(crash, { maxLength: 6 }),
        fc.array(reread, { maxLength: 5 }),
        fc.integer({ min: 1, max: 3 }),
        (crashes, rereads, gap) => {
          const partition = arrivals(crashes, gap);
          const taken = new Map<string, Set<number>>();
          const judged = new Map<number, boolean>();
          const memories: LaneMemory[] = [empty];
          const read = (from: number, to: number): void => {
            for (let at = from; at < Math.min(to, partition.length); at += 1) {
              const arrival = partition[at];
              if (arrival === undefined) return;
              const after = afterHandOver(memories.at(-1) ?? empty, arrival, arrival.offset, at);
              memories.push(after.memory);
              // What was read again after a crash is judged as before: else it would be dropped with its work undone.
              expect(judged.get(arrival.offset) ?? after.isRepeat).toBe(after.isRepeat);
              judged.set(arrival.offset, after.isRepeat);
              const name = `${arrival.task}${String(arrival.sequence)}`;
              if (!after.isRepeat) taken.set(name, (taken.get(name) ?? new Set()).add(arrival.offset));
            }
          };
          let position = 0;
          let floor = 0;
          for (const { at, back, forgotten } of rereads.toSorted((a, b) => a.at - b.at)) {
            read(position, at);
            const reached = Math.min(Math.max(position, at), partition.length);
            // The next owner reads on from what was committed, with a memory that holds that, or more.
            const committed = Math.max(floor, reached - back);
            const kept = Math.max(committed, reached - forgotten);
            const atThatTime = memories.length - 1 - (reached - kept);
            memories.push(memories[Math.max(0, atThatTime)] ?? empty);
            position = committed;
            floor = committed;
          }
          read(position, partition.length);
          const highest = Math.max(...partition.map(({ sequence }) => sequence));
          expect(highest).toBeGreaterThan(0);
          for (const { task, sequence } of partition) {
            expect([task, sequence, taken.get(`${task}${String(sequence)}`)?.size]).toEqual([task, sequence, 1]);
          }
        },
      ),
    );
  });

  it('is remembered of the latest tasks only', () => {
    let memory: LaneMemory = empty;
    for (let at = 0; at < MOST_TASKS + 3; at += 1) {
      ({ memory } = afterHandOver(memory, { task: `t${String(at)}`, sequence: 1 }, at, at));
    }
    expect(Object.keys(memory.redeliveries?.tasks ?? {})).toHaveLength(MOST_TASKS);
    expect(memory.redeliveries?.tasks).not.toHaveProperty('t2');
  });
});

describe('a redelivery that takes the place of earlier runs', () => {
  it('does so for all before it and for none from it on', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), fc.nat(10), (numbers, number) => {
        let memory: LaneMemory = empty;
        for (const taken of numbers) memory = afterTakeOver(memory, id, taken, 0);
        expect(isTakenOver(memory, id, number)).toBe(number < Math.max(...numbers));
        expect(isTakenOver(memory, newId('dlv', 0), number)).toBe(false);
      }),
    );
  });

  it('is forgotten when nothing can come back any more, or for want of room', () => {
    const old = afterTakeOver(empty, id, 1, 0);
    expect(isTakenOver(afterTakeOver(old, newId('dlv', 1), 1, 14 * 86_400_000), id, 0)).toBe(true);
    expect(isTakenOver(afterTakeOver(old, newId('dlv', 1), 1, 15 * 86_400_000), id, 0)).toBe(false);
    let memory = old;
    for (let at = 0; at < MOST_TAKEN_OVER; at += 1) memory = afterTakeOver(memory, newId('dlv', at), 1, at);
    expect(Object.keys(memory.redeliveries?.takenOver ?? {})).toHaveLength(MOST_TAKEN_OVER);
    expect(isTakenOver(memory, id, 0)).toBe(false);
  });
});
