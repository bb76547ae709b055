import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WaitingRoom } from './waiting-room.js';

describe('WaitingRoom', () => {
  it('gives back each item once, at its time or at the next look after it, in the order of its queue', () => {
    const step = fc.oneof(
      fc.record({ queue: fc.constantFrom('a', 'b', 'c'), delay: fc.nat(50) }),
      fc.record({ passes: fc.nat(40) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const room = new WaitingRoom<string, { queue: string; dueAtMs: number; number: number }>();
        const waiting: { queue: string; dueAtMs: number; number: number }[] = [];
        const lastDue = new Map<string, number>();
        let now = 1_000;
        steps.forEach((one, number) => {
          if ('delay' in one) {
            const dueAtMs = Math.max(now + one.delay, lastDue.get(one.queue) ?? 0);
            lastDue.set(one.queue, dueAtMs);
            waiting.push({ queue: one.queue, dueAtMs, number });
            room.add(one.queue, dueAtMs, { queue: one.queue, dueAtMs, number });
          } else {
            now += one.passes;
            const expected = waiting.filter(({ dueAtMs }) => dueAtMs <= now);
            for (const item of expected) waiting.splice(waiting.indexOf(item), 1);
            const taken = room.takeDue(now);
            for (const queue of ['a', 'b', 'c']) {
              expect(taken.filter((item) => item.queue === queue)).toEqual(
                expected.filter((item) => item.queue === queue),
              );
            }
          }
          const dueTimes = waiting.map(({ dueAtMs }) => dueAtMs);
          expect(room.nextDueAtMs()).toBe(dueTimes.length === 0 ? undefined : Math.min(...dueTimes));
          expect(room.size).toBe(waiting.length);
        });
      }),
    );
  });

  it('holds an item that overtook its head by a clock set back until the head is due', () => {
    const room = new WaitingRoom<string, string>();
    room.add('a', 100, 'first');
    room.add('a', 90, 'second');
    expect(room.takeDue(95)).toEqual([]);
    expect(room.takeDue(100)).toEqual(['first', 'second']);
  });

  it('forgets a dropped queue and no other', () => {
    const room = new WaitingRoom<string, string>();
    room.add('a', 1, 'x');
    room.add('b', 2, 'y');
    room.drop('a');
    expect([room.nextDueAtMs(), room.takeDue(10)]).toEqual([2, ['y']]);
  });
});
