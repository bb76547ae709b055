import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Lanes, type LaneEntry, type LaneLimits, type Turn } from './lanes.js';

interface Entry extends LaneEntry {
  readonly key: string;
  readonly number: number;
}

const LIMITS: LaneLimits = { laneRecords: 100, laneBytes: 10_000, totalBytes: 100_000, laneConcurrency: 4 };
const entry = (key: string, number: number, changes: Partial<Entry> = {}): Entry => ({
  key,
  number,
  order: 'fresh',
  bytes: 1,
  ...changes,
});

function drain(lanes: Lanes<Entry>): Turn<Entry>[] {
  const turns: Turn<Entry>[] = [];
  for (let turn = lanes.next(); turn !== undefined; turn = lanes.next()) turns.push(turn);
  return turns;
}

describe('the lanes', () => {
  it('take turns, whatever one of them has queued', () => {
    const lanes = new Lanes<Entry>({ ...LIMITS, laneConcurrency: 100 });
    for (let number = 0; number < 50; number += 1) lanes.offer('busy', entry('busy', number), 0);
    lanes.offer('quiet', entry('quiet', 0), 0);
    lanes.offer('calm', entry('calm', 0), 0);
    const order = drain(lanes).map(({ entry: taken }) => taken.key);
    expect(order.slice(0, 4)).toEqual(['busy', 'quiet', 'calm', 'busy']);
    expect(order).toHaveLength(52);
  });

  it('have no more under way than a lane may have, and go on as requests finish', () => {
    const lanes = new Lanes<Entry>(LIMITS);
    for (let number = 0; number < 10; number += 1) lanes.offer('slow', entry('slow', number), 0);
    const [first] = drain(lanes);
    expect(lanes.inFlight).toBe(4);
    if (first === undefined) throw new Error('no turn was given');
    lanes.finished(first.lane);
    expect(drain(lanes).map(({ entry: taken }) => taken.number)).toEqual([4]);
  });

  it('give fresh deliveries the first turns, and those that come back at least every eighth', () => {
    const lanes = new Lanes<Entry>({ ...LIMITS, laneConcurrency: 100 });
    for (let number = 0; number < 3; number += 1) lanes.offer('a', entry('a', number, { order: 'returning' }), 0);
    for (let number = 0; number < 20; number += 1) lanes.offer('a', entry('a', number), 0);
    const orders = drain(lanes).map(({ entry: taken }) => taken.order);
    expect(orders.indexOf('returning')).toBe(7);
    expect(orders.filter((order) => order === 'returning')).toHaveLength(3);
    expect(orders.lastIndexOf('returning')).toBe(22);
  });

  it.each([
    ['its records', { laneRecords: 3 }, 3, 0],
    ['its records less what is reserved', { laneRecords: 5 }, 3, 2],
    ['its bytes', { laneBytes: 300 }, 3, 0],
    ['the bytes of all', { totalBytes: 3_000 }, 30, 0],
  ])('refuse what exceeds %s', (_, limits, fits, reserved) => {
    const lanes = new Lanes<Entry>({ ...LIMITS, ...limits });
    const taken = Array.from({ length: 99 }, (_, number) =>
      lanes.offer('a', entry('a', number, { bytes: 100 }), reserved),
    );
    expect(taken.filter(Boolean)).toHaveLength(fits);
  });

  it('keep room for others when one has used up the memory of all', () => {
    const lanes = new Lanes<Entry>({ ...LIMITS, totalBytes: 1_000 });
    for (let number = 0; number < 100; number += 1) lanes.offer('flood', entry('flood', number, { bytes: 20 }), 0);
    expect(lanes.queuedIn('flood')).toBe(50);
    expect(lanes.offer('newcomer', entry('newcomer', 0, { bytes: 100 }), 0)).toBe(true);
  });

  it('always take one entry, however large, of a lane with nothing queued', () => {
    const lanes = new Lanes<Entry>({ ...LIMITS, laneBytes: 10 });
    expect(lanes.offer('a', entry('a', 0, { bytes: 50 }), 0)).toBe(true);
    expect(lanes.offer('a', entry('a', 1, { bytes: 50 }), 0)).toBe(false);
  });

  it('forget a lane that has nothing to do', () => {
    const lanes = new Lanes<Entry>(LIMITS);
    for (let number = 0; number < 1_000; number += 1) lanes.offer(String(number), entry('a', number), 0);
    for (const { lane } of drain(lanes)) lanes.finished(lane);
    expect({ size: lanes.size, queued: lanes.queued, inFlight: lanes.inFlight }).toEqual({
      size: 0,
      queued: 0,
      inFlight: 0,
    });
  });

  it('let go of what is discarded, and of that alone', () => {
    const lanes = new Lanes<Entry>(LIMITS);
    for (let number = 0; number < 6; number += 1) lanes.offer(number < 3 ? 'a' : 'b', entry('', number), 0);
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
        const lanes = new Lanes<Entry>(LIMITS);
        const offered = new Map<string, number[]>();
        const underWay: Turn<Entry>[] = [];
        const waitingSince = new Map<string, number>();
        let turns = 0;
        let number = 0;
        const inFlightOf = (key: string) => underWay.filter(({ entry: one }) => one.key === key).length;
        const note = (key: string) => {
          const ready = (offered.get(key) ?? []).length > 0 && inFlightOf(key) < LIMITS.laneConcurrency;
          if (!ready) waitingSince.delete(key);
          else if (!waitingSince.has(key)) waitingSince.set(key, turns);
        };
        for (const one of steps) {
          if (one.kind === 'offer') {
            number += 1;
            if (lanes.offer(one.key, entry(one.key, number), 0))
              offered.set(one.key, [...(offered.get(one.key) ?? []), number]);
            note(one.key);
          } else if (one.kind === 'next') {
            const turn = lanes.next();
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
            expect(inFlightOf(key)).toBeLessThanOrEqual(LIMITS.laneConcurrency);
            note(key);
          } else {
            const oldest = underWay.shift();
            if (oldest === undefined) continue;
            lanes.finished(oldest.lane);
            note(oldest.entry.key);
          }
        }
        expect(lanes.queued).toBe([...offered.values()].reduce((sum, left) => sum + left.length, 0));
        expect(lanes.inFlight).toBe(underWay.length);
      }),
    );
  });
});
