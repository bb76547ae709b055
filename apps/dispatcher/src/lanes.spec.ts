import { describe, expect, it } from '@jest/globals';
import type { EndpointId } from '@signpost/domain';
import fc from 'fast-check';
import { drain, entry, finish, known, lanesWith, NOW, offer, WIDE, type Entry } from './lanes.fixture.js';
import type { Turn } from './turn.js';

describe('the lanes', () => {
  it('take turns, whatever one of them has queued', () => {
    const lanes = lanesWith({}, { maximumUnderWay: 100, pace: WIDE });
    for (let number = 0; number < 50; number += 1) lanes.offer(entry('busy', number), 0);
    lanes.offer(entry('quiet', 0), 0);
    lanes.offer(entry('calm', 0), 0);
    const order = drain(lanes).map(({ entry: taken }) => taken.key);
    expect(order.slice(0, 4)).toEqual(['busy', 'quiet', 'calm', 'busy']);
    expect(order).toHaveLength(52);
  });

  it('have no more under way than a lane may have, and go on as requests finish', () => {
    const lanes = lanesWith();
    for (let number = 0; number < 10; number += 1) lanes.offer(entry('slow', number), 0);
    const [first] = drain(lanes);
    expect(lanes.inFlight).toBe(4);
    if (first === undefined) throw new Error('no turn was given');
    finish(lanes, first, 5);
    expect(drain(lanes).map(({ entry: taken }) => taken.number)).toEqual([4]);
  });

  it('give fresh deliveries the first turns, and those that come back at least every eighth', () => {
    const lanes = lanesWith({}, { maximumUnderWay: 100, pace: WIDE });
    for (let number = 0; number < 3; number += 1) lanes.offer(entry('a', number, { order: 'returning' }), 0);
    for (let number = 0; number < 20; number += 1) lanes.offer(entry('a', number), 0);
    const orders = drain(lanes).map(({ entry: taken }) => taken.order);
    expect(orders.indexOf('returning')).toBe(7);
    expect(orders.filter((order) => order === 'returning')).toHaveLength(3);
    expect(orders.lastIndexOf('returning')).toBe(22);
  });

  it.each([
    ['its records', { laneRecords: 3 }, 3, 0],
    ['its records less what is reserved', { laneRecords: 5 }, 3, 2],
    ['its bytes', { laneBytes: 300 }, 3, 0],
    ['its share of what is free', { sharedBytes: 10_000 }, 20, 0],
  ])('of a slow endpoint refuse what exceeds %s', (_, limits, fits, reserved) => {
    const lanes = lanesWith(limits);
    known(lanes, 'slow', 5_000);
    expect(offer(lanes, 'slow', 99, 100, reserved)).toBe(fits);
  });

  it('that a transformation makes slow are slow, and no receiver is blamed for it', () => {
    const lanes = lanesWith({ laneRecords: 5 });
    for (let number = 0; number < 2; number += 1) lanes.offer(entry('made', -1), 0);
    const [turn] = drain(lanes);
    if (turn === undefined) throw new Error('no turn was given');
    const { pace } = turn.lane;
    lanes.finished(turn.lane, { signal: undefined, tookMs: 0, preparedMs: 5_000 }, NOW);
    expect(offer(lanes, 'made', 99)).toBe(5);
    expect(turn.lane.pace).toBe(pace);
  });

  it('of a slow endpoint take one entry, however large, when nothing is queued', () => {
    const lanes = lanesWith({ laneBytes: 10 });
    known(lanes, 'slow', 5_000);
    expect(offer(lanes, 'slow', 2, 50)).toBe(1);
  });

  it('keep room for others, however many are slow, and keep within their memory', () => {
    const lanes = lanesWith({ sharedBytes: 10_000, laneRecords: 1_000 });
    for (let slow = 0; slow < 200; slow += 1) known(lanes, String(slow), 5_000);
    for (let round = 0; round < 100; round += 1) {
      for (let slow = 0; slow < 199; slow += 1) offer(lanes, String(slow), 1, 20);
    }
    expect(offer(lanes, '199', 1, 20)).toBe(1);
    expect(lanes.queued * 20).toBeLessThanOrEqual(12_500);
  });

  it('hold all that comes for an endpoint that is quick, or not yet known, and for no other', () => {
    for (const [answerMs, busy, holds] of [
      [20, false, 1_000],
      [200, false, 100],
      // While this process has its hands full a slow answer may be its own doing.
      [200, true, 1_000],
      [5_000, true, 100],
    ] as const) {
      const lanes = lanesWith({}, { busy });
      known(lanes, 'a', answerMs);
      expect(offer(lanes, 'a', 1_000)).toBe(holds);
    }
    expect(offer(lanesWith(), 'unknown', 1_000)).toBe(1_000);
  });

  it('let go of what they hold beyond their bound once a quick endpoint answers slowly', () => {
    const lanes = lanesWith();
    known(lanes, 'a', 20);
    offer(lanes, 'a', 1_000);
    const turn = lanes.next(NOW);
    if (turn === undefined) throw new Error('no turn was given');
    expect(lanes.overdue()).toEqual([]);
    finish(lanes, turn, 5_000);
    // What comes next in turn stays; what came last is let go.
    expect(lanes.overdue().map(({ number }) => number)).toEqual(Array.from({ length: 899 }, (_, at) => at + 101));
    expect(lanes.queuedIn('a' as EndpointId)).toBe(100);
    expect(offer(lanes, 'a', 1)).toBe(0);
  });

  it('let go of what they hold beyond their bound when an endpoint does not answer at all', () => {
    const lanes = lanesWith();
    offer(lanes, 'a', 1_000);
    drain(lanes);
    for (let check = 0; check < 3; check += 1) expect(lanes.overdue()).toEqual([]);
    expect(lanes.overdue()).toHaveLength(896);
    expect(offer(lanes, 'a', 1)).toBe(0);
  });

  it("count a quick endpoint's queue in nobody's share, until it is slow", () => {
    const lanes = lanesWith({ sharedBytes: 50_000 });
    known(lanes, 'slow', 5_000);
    offer(lanes, 'a', 1_000);
    const turn = lanes.next(NOW);
    if (turn === undefined) throw new Error('no turn was given');
    expect(offer(lanes, 'slow', 50)).toBe(50);
    finish(lanes, turn, 5_000);
    expect(offer(lanes, 'slow', 50)).toBe(0);
    lanes.overdue();
    expect(offer(lanes, 'slow', 30)).toBe(30);
  });

  it('take what is larger than its share when nothing is queued, up to a quarter above the memory of all', () => {
    const lanes = lanesWith({ sharedBytes: 10_000 });
    for (const key of ['a', 'b', 'c']) known(lanes, key, 5_000);
    expect(['a', 'b', 'c'].map((key) => offer(lanes, key, 1, 6_000))).toEqual([1, 1, 0]);
  });

  it('forget a lane that has nothing to do', () => {
    const lanes = lanesWith();
    for (let number = 0; number < 1_000; number += 1) lanes.offer(entry(String(number), number), 0);
    for (const turn of drain(lanes)) finish(lanes, turn, 5);
    expect({ size: lanes.size, queued: lanes.queued, inFlight: lanes.inFlight }).toEqual({
      size: 0,
      queued: 0,
      inFlight: 0,
    });
  });

  it('let go of what is discarded, and of that alone', () => {
    const lanes = lanesWith();
    for (let number = 0; number < 6; number += 1) lanes.offer(entry(number < 3 ? 'a' : 'b', number), 0);
    lanes.discard(({ number }) => number % 3 !== 0);
    expect(drain(lanes).map(({ entry: taken }) => taken.number)).toEqual([0, 3]);
    expect(lanes.size).toBe(2);
  });

  /** Each step offers to a lane, takes a turn, or finishes the oldest request. */
  const step = fc.oneof(
    fc.record({ kind: fc.constant('offer' as const), key: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({ kind: fc.constantFrom('next' as const, 'finish' as const) }),
  );

  it('are fair, in order and complete under any mix of arrivals and finishes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const lanes = lanesWith();
        const offered = new Map<string, number[]>();
        const underWay: Turn<Entry>[] = [];
        const waitingSince = new Map<string, number>();
        let turns = 0;
        let number = 0;
        const inFlightOf = (key: string) => underWay.filter(({ entry: one }) => one.key === key).length;
        const note = (key: string) => {
          const ready = (offered.get(key) ?? []).length > 0 && inFlightOf(key) < 4;
          if (!ready) waitingSince.delete(key);
          else if (!waitingSince.has(key)) waitingSince.set(key, turns);
        };
        for (const one of steps) {
          if (one.kind === 'offer') {
            number += 1;
            if (lanes.offer(entry(one.key, number), 0)) offered.set(one.key, [...(offered.get(one.key) ?? []), number]);
            note(one.key);
          } else if (one.kind === 'next') {
            const turn = lanes.next(NOW);
            if (turn === undefined) {
              expect(waitingSince.size).toBe(0);
              continue;
            }
            turns += 1;
            const { key } = turn.entry;
            expect(turn.entry.number).toBe(offered.get(key)?.shift());
            // With four lanes nobody waits for more than one turn of each of the three others.
            expect(turns - (waitingSince.get(key) ?? Number.NaN)).toBeLessThanOrEqual(4);
            waitingSince.delete(key);
            underWay.push(turn);
            expect(inFlightOf(key)).toBeLessThanOrEqual(4);
            note(key);
          } else {
            const oldest = underWay.shift();
            if (oldest === undefined) continue;
            finish(lanes, oldest, 5);
            note(oldest.entry.key);
          }
        }
        expect(lanes.queued).toBe([...offered.values()].reduce((sum, left) => sum + left.length, 0));
        expect(lanes.inFlight).toBe(underWay.length);
      }),
    );
  });

  it('tell of a turn whether it was held back, the last of its lane included', () => {
    const lanes = lanesWith({}, { perSecond: 1 });
    offer(lanes, 'limited', 2);
    offer(lanes, 'quick', 1);
    expect(drain(lanes).map(({ isHeldBack }) => isHeldBack)).toEqual([false, false]);
    lanes.resetPace('limited' as EndpointId);
    const [last] = drain(lanes);
    expect(last).toMatchObject({ kind: 'send', isHeldBack: true, entry: { number: 1 } });
  });

  it('tell of a turn whether it waited for others of its conversation', () => {
    const lanes = lanesWith();
    const [one, two, other] = [
      entry('a', 1, { conversation: 'x' }),
      entry('a', 2, { conversation: 'x' }),
      entry('a', 3),
    ];
    for (const each of [one, two, other]) lanes.offer(each, 0);
    const turns = drain(lanes);
    expect(turns.map((turn) => [turn.entry.number, turn.isHeldBack]).toSorted()).toEqual([
      [1, false],
      [3, false],
    ]);
    const first = turns.find((turn) => turn.entry.number === 1);
    if (first === undefined) throw new Error('no turn was given');
    finish(lanes, first, 5);
    lanes.conversationFreed(first.entry);
    expect(drain(lanes)).toMatchObject([{ isHeldBack: true, entry: { number: 2 } }]);
  });

  it('are counted by what they let through, those with nothing to do included', () => {
    const lanes = lanesWith({}, { maximumUnderWay: 1 });
    for (const key of ['a', 'b', 'c']) offer(lanes, key, 2);
    offer(lanes, 'd', 1);
    const [a, b, c, d] = drain(lanes) as [Turn<Entry>, Turn<Entry>, Turn<Entry>, Turn<Entry>];
    finish(lanes, a, 5);
    a.lane.pace = { ...a.lane.pace, breaker: { kind: 'open', untilMs: NOW + 1, openings: 1 } };
    b.lane.pace = { ...b.lane.pace, breaker: { kind: 'half-open', openings: 1 } };
    c.lane.pace = { ...c.lane.pace, pausedUntilMs: NOW + 1 };
    expect(lanes.census(NOW)).toEqual({ closed: 1, 'half-open': 1, open: 1, paused: 1 });
    for (const turn of [b, c, d]) finish(lanes, turn, 5);
    expect(lanes.size).toBe(3);
    expect(lanes.census(NOW + 1)).toMatchObject({ open: 0, paused: 0 });
    expect(Object.values(lanes.census(NOW)).reduce((sum, count) => sum + count, 0)).toBe(4);
  });
});
