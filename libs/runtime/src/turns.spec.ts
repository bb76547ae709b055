import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Turns } from './turns.js';

describe('Turns', () => {
  it('never works on a name twice at once, keeps the order of each name, comes to an end and forgets', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }), fc.nat(3), fc.boolean()), {
          maxLength: 20,
        }),
        async (jobs) => {
          const turns = new Turns();
          const atWork = new Set<string>();
          const seen = new Map<string, number[]>();
          const done = jobs.map(([names, ticks, fails], index) =>
            turns.take(names, async () => {
              for (const name of names) {
                expect(atWork.has(name)).toBe(false);
                atWork.add(name);
                seen.set(name, [...(seen.get(name) ?? []), index]);
              }
              for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
              for (const name of names) atWork.delete(name);
              if (fails) throw new Error('failed');
            }),
          );
          const outcomes = await Promise.allSettled(done);
          expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(jobs.map(([, , fails]) => fails));
          for (const order of seen.values()) expect(order).toEqual(order.toSorted((a, b) => a - b));
          expect(turns.busy).toBe(0);
        },
      ),
    );
  });

  it('lets other names go on beside', async () => {
    const turns = new Turns();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const slow = turns.take(['a'], () => promise);
    await expect(turns.take(['b'], () => Promise.resolve(1))).resolves.toBe(1);
    resolve(undefined);
    await slow;
  });
});
