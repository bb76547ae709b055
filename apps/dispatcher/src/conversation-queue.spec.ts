import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ConversationQueue } from './conversation-queue.js';

type Entry = readonly [conversation: string, number: number];

describe('ConversationQueue', () => {
  const step = fc.oneof(
    fc.record({ push: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ shift: fc.constant(true) }),
    fc.record({ free: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ freeAnother: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ extract: fc.constantFrom('a', 'b', 'c') }),
  );

  it('hands out one of a conversation at a time and in order, and is ready whenever one could go', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new ConversationQueue<Entry>();
        const model = new Map<string, Entry[]>();
        const busy = new Map<string, Entry>();
        const of = (conversation: string) => model.get(conversation) ?? [];
        for (const [number, one] of steps.entries()) {
          if ('push' in one) {
            const entry: Entry = [one.push, number];
            queue.push(entry, one.push);
            model.set(one.push, [...of(one.push), entry]);
          } else if ('shift' in one) {
            const entry = queue.shift();
            if (entry === undefined) continue;
            const [conversation] = entry;
            expect(busy.has(conversation)).toBe(false);
            expect(entry).toBe(of(conversation)[0]);
            busy.set(conversation, entry);
            model.set(conversation, of(conversation).slice(1));
          } else if ('free' in one) {
            const entry = busy.get(one.free);
            if (entry !== undefined) queue.free(one.free, entry);
            busy.delete(one.free);
          } else if ('freeAnother' in one) {
            // What ended without a turn of its own frees nobody.
            queue.free(one.freeAnother, [one.freeAnother, number]);
          } else {
            expect(queue.extract(([conversation]) => conversation === one.extract)).toEqual(of(one.extract));
            model.delete(one.extract);
          }
          expect(queue.length).toBe([...model.values()].flat().length);
          expect(queue.isReady).toBe([...model].some(([name, entries]) => entries.length > 0 && !busy.has(name)));
          expect(queue.isBusy).toBe(busy.size > 0);
        }
      }),
    );
  });
});
