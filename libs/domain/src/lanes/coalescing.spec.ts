import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../ids.js';
import { coalescingKey, isOlder, newerOf, supersededBy, type Coalescable } from './coalescing.js';

const ids = Array.from({ length: 12 }, (_, at) => newId('msg', at));
const delivery: fc.Arbitrary<Coalescable> = fc.record(
  {
    acceptedAtMs: fc.integer({ min: 1, max: 6 }),
    messageId: fc.constantFrom(...ids),
    eventType: fc.constantFrom('typing', 'read'),
    conversationId: fc.constantFrom('a', 'b'),
    coalesce: fc.constant('latest' as const),
  },
  { requiredKeys: ['acceptedAtMs', 'messageId', 'eventType'] },
);

/** A lane in which nothing is ever attempted: what arrives, and what ends by it. */
function play(arrivals: readonly Coalescable[]) {
  const waiting = new Map<string, Coalescable[]>();
  const latest = new Map<string, Coalescable>();
  const superseded: Coalescable[] = [];
  const untouched: Coalescable[] = [];
  for (const arriving of arrivals) {
    const key = coalescingKey(arriving);
    if (key === undefined) {
      untouched.push(arriving);
      continue;
    }
    const ends = supersededBy(arriving, waiting.get(key) ?? [], latest.get(key));
    superseded.push(...ends);
    waiting.set(
      key,
      [...(waiting.get(key) ?? []), arriving].filter((one) => !ends.includes(one)),
    );
    latest.set(key, newerOf(latest.get(key), arriving));
  }
  return { waiting, superseded, untouched };
}

describe('latest wins', () => {
  const arrivals = fc.uniqueArray(delivery, { selector: ({ messageId }) => messageId });

  it('lets exactly the newest of each key live, in whatever order they arrive', () => {
    fc.assert(
      fc.property(arrivals, (all) => {
        const { waiting } = play(all);
        for (const [key, left] of waiting) {
          const ofKey = all.filter((one) => coalescingKey(one) === key);
          const newest = ofKey.reduce((a, b) => newerOf(a, b));
          expect(left).toEqual([newest]);
        }
      }),
    );
  });

  it('gives each older one exactly one fate', () => {
    fc.assert(
      fc.property(arrivals, (all) => {
        const { waiting, superseded, untouched } = play(all);
        const seen = [...superseded, ...untouched, ...[...waiting.values()].flat()];
        expect(seen).toHaveLength(all.length);
        expect(new Set(seen).size).toBe(all.length);
      }),
    );
  });

  it('touches nothing without coalesce, and nothing of another key', () => {
    fc.assert(
      fc.property(arrivals, (all) => {
        const { superseded } = play(all);
        for (const one of superseded) {
          expect(one.coalesce).toBe('latest');
          const newer = all.filter((other) => coalescingKey(other) === coalescingKey(one) && isOlder(one, other));
          expect(newer).not.toHaveLength(0);
        }
      }),
    );
  });

  it('orders any two by acceptance, then by id, and no second copy before the first', () => {
    fc.assert(
      fc.property(delivery, delivery, (a, b) => {
        const same = a.acceptedAtMs === b.acceptedAtMs && a.messageId === b.messageId;
        expect([isOlder(a, b), isOlder(b, a)].filter(Boolean)).toHaveLength(same ? 0 : 1);
        expect(supersededBy(a, [{ ...a }], a)).toEqual([]);
      }),
    );
  });

  it('keeps apart a type without a conversation and one with', () => {
    const common = { acceptedAtMs: 1, messageId: newId('msg', 1), coalesce: 'latest' } as const;
    const keys = [
      coalescingKey({ ...common, eventType: 'read' }),
      coalescingKey({ ...common, eventType: 'read', conversationId: '' }),
      coalescingKey({ ...common, eventType: 'read', conversationId: 'x' }),
    ];
    expect(new Set(keys).size).toBe(3);
  });
});
