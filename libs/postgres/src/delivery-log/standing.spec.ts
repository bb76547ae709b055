import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deliveryIdOf, newId, type Fate } from '@signpost/domain';
import { attemptBit, merged, standingOf, type DeliveryFact, type Standing } from './standing.js';

const messageId = newId('msg', 0);
const endpointId = newId('ep', 0);
const of = {
  messageId,
  endpointId,
  applicationId: newId('app', 0),
  deliveryId: deliveryIdOf(messageId, endpointId),
  eventType: 'message.received',
};

/** The same fact of a redelivery; 0: of the delivery as it was first owed. */
const again = (redelivery: number, fact: DeliveryFact): DeliveryFact =>
  redelivery === 0 ? fact : { ...fact, redelivery };

function attempt(number: number, atMs: number, fate?: Fate): DeliveryFact {
  return {
    ...of,
    kind: 'attempt',
    atMs,
    attempt: number,
    attemptId: newId('atmpt', atMs),
    url: 'https://example.com',
    outcome: fate === 'delivered' ? 'delivered' : 'failed',
    timing: { totalMs: 1 },
    trigger: 'scheduled',
    ...(fate === undefined ? { nextAttemptAtMs: atMs + 1_000 } : { fate }),
  };
}

const runs = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 80 }), fc.nat(5)).map(([number, atMs]) => attempt(number, atMs)),
  fc
    .tuple(fc.integer({ min: 1, max: 80 }), fc.nat(5), fc.constantFrom<Fate>('delivered', 'dead-lettered'))
    .map(([number, atMs, fate]) => attempt(number, atMs, fate)),
  fc.nat(5).map((atMs): DeliveryFact => ({ ...of, kind: 'parked', reason: 'lane-full', atMs })),
  fc.nat(5).map((atMs): DeliveryFact => ({ ...of, kind: 'released', atMs })),
  fc.nat(5).map((atMs): DeliveryFact => ({ ...of, kind: 'fate', fate: 'cancelled', atMs })),
);
const facts = fc.oneof(
  fc.tuple(fc.nat(70), runs).map(([redelivery, fact]) => again(redelivery, fact)),
  fc
    .tuple(fc.integer({ min: 1, max: 70 }), fc.nat(5))
    .map(([redelivery, atMs]): DeliveryFact => ({ ...of, kind: 'redelivered', redelivery, atMs })),
);

const fold = (list: readonly DeliveryFact[]): Standing => list.map(standingOf).reduce(merged);

describe('where a delivery stands', () => {
  it('is the same for every order of its facts, and however often each comes', () => {
    fc.assert(
      fc.property(
        fc
          .array(facts, { minLength: 1, maxLength: 8 })
          .chain((list) =>
            fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length })),
          ),
        ([list, some]) => {
          const mixed = fold([...some, ...list]);
          const straight = fold(list);
          // Equal facts of one millisecond may be told apart by nothing but what they say.
          expect({ rank: mixed.rank, attempts: mixed.attempts, seen: mixed.seen, state: mixed.state }).toEqual({
            rank: straight.rank,
            attempts: straight.attempts,
            seen: straight.seen,
            state: straight.state,
          });
        },
      ),
    );
  });

  it.each([
    { name: 'the later attempt holds', list: [attempt(2, 20), attempt(1, 10)], state: 'waiting' },
    {
      name: 'a fate stands above what comes later',
      list: [attempt(1, 10, 'dead-lettered'), attempt(2, 20)],
      state: 'dead-lettered',
    },
    {
      name: 'what arrived has arrived',
      list: [attempt(1, 10, 'delivered'), attempt(1, 20, 'dead-lettered')],
      state: 'delivered',
    },
    {
      name: 'what was asked for again is under way again',
      list: [attempt(1, 10, 'dead-lettered'), { ...of, kind: 'redelivered', redelivery: 1, atMs: 5 } as const],
      state: 'pending',
    },
    {
      name: 'a redelivery that fails stands above the fate before it',
      list: [again(1, attempt(2, 20)), attempt(1, 30, 'dead-lettered')],
      state: 'waiting',
    },
    {
      name: 'what has arrived stays so, whatever becomes of a redelivery',
      list: [attempt(1, 10, 'delivered'), again(1, attempt(2, 20, 'dead-lettered'))],
      state: 'delivered',
    },
    {
      name: 'the end of a run whose place was taken shows nothing',
      list: [again(1, attempt(3, 20)), { ...of, kind: 'fate', fate: 'superseded', atMs: 30 } as const],
      state: 'waiting',
    },
    {
      name: 'a request for it does not stand above what followed, by whichever clock',
      list: [again(1, attempt(2, 20)), { ...of, kind: 'redelivered', redelivery: 1, atMs: 99 } as const],
      state: 'waiting',
    },
  ])('$name', ({ list, state }) => {
    expect(fold(list).state).toBe(state);
  });

  it('fits a bigint column', () => {
    const { rank, seen } = fold([again(1_000, attempt(61, 2 ** 43 - 1, 'delivered'))]);
    expect(rank).toBeLessThan(2n ** 63n);
    expect(seen).toBeLessThan(2n ** 63n);
    expect(attemptBit(62)).toBe(0n);
  });
});
