import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FairQueue } from './fair-queue.js';

describe('the queue for workers', () => {
  it("lets short work go before more of somebody's long work, however much of that came first", () => {
    const queue = new FairQueue<string>(1);
    for (let number = 0; number < 5; number += 1) queue.push('slow', `slow ${String(number)}`);
    expect(queue.take()).toBe('slow 0');
    queue.push('quick', 'quick 0');
    queue.push('quick', 'quick 1');
    queue.finished('slow', 100);
    expect(queue.take()).toBe('quick 0');
    queue.finished('quick', 1);
    expect(queue.take()).toBe('quick 1');
    expect(queue.waiting).toBe(4);
  });

  it('gives nobody more than their share at once', () => {
    const queue = new FairQueue<string>(2);
    for (const item of ['a', 'b', 'c']) queue.push('one', item);
    expect([queue.take(), queue.take(), queue.take()]).toEqual(['a', 'b', undefined]);
    queue.finished('one', 1);
    expect(queue.take()).toBe('c');
  });

  it('has nobody who comes late make up for what others used before', () => {
    const queue = new FairQueue<string>(1);
    for (let number = 0; number < 10; number += 1) {
      queue.push('old', 'old');
      queue.push('old', 'more');
      queue.take();
      queue.finished('old', 100);
      queue.take();
      if (number < 9) queue.finished('old', 100);
    }
    for (let number = 0; number < 3; number += 1) queue.push('new', 'new');
    queue.push('old', 'old');
    queue.finished('old', 100);
    const order: (string | undefined)[] = [];
    for (let number = 0; number < 4; number += 1) {
      const next = queue.take();
      order.push(next);
      queue.finished(next ?? '', 300);
    }
    // Side by side from then on, and not three of the newcomer's first.
    expect(order.indexOf('old')).toBeLessThan(3);
  });

  it('hands out everything once, in the order of each owner', () => {
    const items = fc.array(fc.record({ owner: fc.constantFrom('a', 'b', 'c'), tookMs: fc.nat(500) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 4 }), (given, share) => {
        const queue = new FairQueue<{ owner: string; at: number; tookMs: number }>(share);
        given.forEach(({ owner, tookMs }, at) => queue.push(owner, { owner, at, tookMs }));
        const out: { owner: string; at: number }[] = [];
        for (let next = queue.take(); next !== undefined; next = queue.take()) {
          out.push(next);
          queue.finished(next.owner, next.tookMs);
        }
        for (const owner of ['a', 'b', 'c']) {
          const places = out.filter((item) => item.owner === owner).map(({ at }) => at);
          expect(places).toEqual([...places].sort((a, b) => a - b));
        }
        expect(out).toHaveLength(given.length);
        expect(queue.waiting).toBe(0);
      }),
    );
  });
});
