import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId, type DeliveryId } from '../ids.js';
import {
  afterDemandBehind,
  afterEndpointChange,
  afterHeadTurn,
  afterParkingBehind,
  afterParkingHead,
  afterSettling,
  afterSettlingBehind,
  conversationKey,
  effectOn,
  gone,
  heldBy,
  isSkipped,
  noLongerAhead,
  openDemandsBehind,
  passedOver,
  placeOf,
  waitingFor,
  withAhead,
  type Ordering,
} from './conversation-order.js';
import { afterParking, emptyLane, type LaneMemory } from './lane-memory.js';

const NOW = 1_800_000_000_000;
const KEY = conversationKey('c-1');
const EMPTY = emptyLane(newId('ep', NOW), newId('app', NOW));
const HEAD = 'dlv_head' as DeliveryId;
const OTHER = 'dlv_other' as DeliveryId;
const BLOCK: Ordering = { by: 'conversation', onFailure: { kind: 'block' } };
const SKIP: Ordering = { by: 'conversation', onFailure: { kind: 'skip', afterAttempts: 2 } };
const PARK: Ordering = { by: 'conversation', onFailure: { kind: 'park' } };

const waiting = waitingFor(EMPTY, KEY, HEAD, undefined);
const conversation = (memory: LaneMemory) => memory.order?.conversations[KEY];

describe('a conversation key', () => {
  it('is short, the same for the same id, and another for another', () => {
    expect(KEY).toMatch(/^[\w-]{16}$/);
    expect([conversationKey('c-1'), conversationKey('c-2')].map((key) => key === KEY)).toEqual([true, false]);
  });
});

describe('where a delivery goes', () => {
  const arrival = { id: OTHER, key: KEY, from: 'fresh', laneHasParked: false, parkingBehind: false } as const;

  it.each([
    ['into the queue, when nothing waits', EMPTY, {}, 'queue'],
    ['behind its head', waiting, {}, 'behind'],
    ['behind what is on its way there', EMPTY, { parkingBehind: true }, 'behind'],
    ['into the queue, when it is the head', waiting, { id: HEAD }, 'queue'],
    ['behind all that the lane has parked, when it is fresh', waiting, { laneHasParked: true }, 'parked'],
    ['before that, when it was under way before', withAhead(EMPTY, [OTHER]), { laneHasParked: true }, 'queue'],
    ['behind its head, when it comes from there', waiting, { from: 'parked', laneHasParked: true }, 'behind'],
    [
      'into the queue, when it comes from there and nothing waits',
      EMPTY,
      { from: 'parked', laneHasParked: true },
      'queue',
    ],
    ['into the queue, when it has been first before', waiting, { from: 'front', laneHasParked: true }, 'queue'],
  ] as const)('%s', (_, memory, changes, place) => {
    expect(placeOf(memory.order, { ...arrival, ...changes })).toBe(place);
  });
});

describe('what an outcome means for those behind', () => {
  const retry = { kind: 'retry', waitMs: 1 } as const;
  const deadLetter = { kind: 'dead-letter', reason: 'gone' } as const;

  it.each([
    [BLOCK, retry, 9, 'wait'],
    [SKIP, retry, 1, 'wait'],
    [SKIP, retry, 2, 'pass'],
    [PARK, retry, 9, 'wait'],
    [undefined, retry, 1, 'pass'],
    [BLOCK, deadLetter, 9, 'go-on'],
    [PARK, deadLetter, 9, 'hold'],
    [PARK, { kind: 'settle' }, 1, 'go-on'],
  ] as const)('%j, %j, attempt %j: %s', (ordering, decision, attempt, effect) => {
    expect(effectOn(ordering, decision, attempt)).toBe(effect);
  });

  it('passes a delivery over exactly from the attempt after the last that is waited for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (afterAttempts, attempt) => {
        const ordering: Ordering = { by: 'conversation', onFailure: { kind: 'skip', afterAttempts } };
        expect(isSkipped(ordering, attempt + 1)).toBe(effectOn(ordering, retry, attempt) === 'pass');
      }),
    );
  });
});

describe('a head', () => {
  it('is the first that failed, and leaves nothing behind', () => {
    expect(waitingFor(waiting, KEY, OTHER, undefined)).toBe(waiting);
    expect(gone(waiting, KEY, OTHER)).toBe(waiting);
    expect(gone(waiting, KEY, HEAD)).toEqual(EMPTY);
  });

  it('lies where it lay among the others until its turn is durable', () => {
    const among = waitingFor(afterParkingBehind(EMPTY, KEY, 4), KEY, HEAD, 4);
    const asked = afterDemandBehind(among, KEY, { fromOffset: 4, limit: 1, nowMs: NOW });
    expect([...openDemandsBehind(asked.order)]).toEqual([[KEY, { sequence: NOW, fromOffset: 4, limit: 1 }]]);
    expect(conversation(afterHeadTurn(among, KEY, HEAD, 4))?.head).toEqual({ id: HEAD });
  });

  it('that was parked is asked for by a mark of its own, and stays until it is back', () => {
    const parked = afterParkingHead(waiting, KEY, HEAD, 9);
    const asked = afterDemandBehind(parked, KEY, { fromOffset: 9, limit: 1, nowMs: NOW });
    expect([...openDemandsBehind(asked.order).keys()]).toEqual([`^${KEY}`]);
    // An attempt before, whose consequences are durable only now, says nothing of it.
    expect(afterHeadTurn(parked, KEY, HEAD, undefined)).toBe(parked);
    expect(passedOver(parked, KEY, HEAD, 3)).toBe(parked);
    expect(passedOver(parked, KEY, HEAD, 9)).toEqual(EMPTY);
    expect(afterEndpointChange(parked, undefined, 9)).toBe(parked);
  });

  it('that its conversation has gone on without is not waited for again, once it is parked', () => {
    const behind = afterParkingBehind(EMPTY, KEY, 4);
    expect(afterParkingHead(behind, KEY, HEAD, 9)).toBe(behind);
  });

  it('holds its conversation as a dead letter until the endpoint is newer, or has another policy', () => {
    const held = heldBy(waiting, KEY, HEAD, 3);
    expect(afterEndpointChange(held, PARK, 3)).toBe(held);
    expect(afterEndpointChange(held, PARK, 4)).toEqual(EMPTY);
    expect(afterEndpointChange(held, BLOCK, 3)).toEqual(EMPTY);
    expect(afterEndpointChange(waiting, undefined, 4)).toEqual(EMPTY);
    expect(afterEndpointChange(waiting, BLOCK, 4)).toBe(waiting);
  });
});

describe('demands of conversations', () => {
  it('have rising numbers, also over a memory that was forgotten in between', () => {
    const parked = afterParkingBehind(EMPTY, KEY, 1);
    const first = afterDemandBehind(parked, KEY, { fromOffset: 1, limit: 1, nowMs: NOW });
    const second = afterDemandBehind(first, KEY, { fromOffset: 1, limit: 1, nowMs: NOW });
    expect(conversation(second)?.demand?.sequence).toBe(NOW + 1);
    expect(afterSettlingBehind(second, KEY, 1, 2)).toEqual(EMPTY);
    const anew = afterDemandBehind(parked, KEY, { fromOffset: 1, limit: 1, nowMs: NOW + 5 });
    expect(conversation(anew)?.demand?.sequence).toBe(NOW + 5);
  });
});

describe('what is parked of an ordered lane', () => {
  it('is covered until it is settled, in whatever order, and what is settled is known', () => {
    const offsets = fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(offsets, fc.integer(), (some, seed) => {
        const parked = [...some].sort((a, b) => a - b);
        let memory = parked.reduce(afterParking, EMPTY);
        const left = new Set(parked);
        // Any order will do: this one is as good as random.
        for (const offset of [...parked].sort((a, b) => ((a * 7919) ^ seed) - ((b * 7919) ^ seed))) {
          left.delete(offset);
          memory = afterSettling(memory, offset, left.size === 0 ? 201 : Math.min(...left));
          for (const other of parked) {
            const isCovered = other >= (memory.parked?.oldestOffset ?? 201);
            const isOwed = isCovered && memory.order?.settled.includes(other) !== true;
            expect(isOwed).toBe(left.has(other));
          }
        }
        expect(memory).toEqual(EMPTY);
      }),
    );
  });

  it('comes after what was under way when parking began', () => {
    const memory = withAhead(EMPTY, [HEAD, OTHER]);
    expect(noLongerAhead(memory, HEAD).order?.ahead).toEqual([OTHER]);
    expect(noLongerAhead(noLongerAhead(memory, HEAD), OTHER)).toEqual(EMPTY);
    expect(withAhead(EMPTY, [])).toBe(EMPTY);
  });
});
