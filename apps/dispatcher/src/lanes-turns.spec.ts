import { describe, expect, it, jest } from '@jest/globals';
import { FIRST_PACE, type LanePace } from '@signpost/domain';
import fc from 'fast-check';
import { drain, finish, known, lanesWith, NOW, offer, WIDE } from './lanes.fixture.js';

describe('the turns of the lanes', () => {
  it('take turns by application first, and then by endpoint', () => {
    const lanes = lanesWith();
    for (const key of ['a1', 'a2', 'a3']) offer(lanes, key, 3);
    offer(lanes, 'b1', 3);
    expect(drain(lanes).map(({ entry: { key } }) => key)).toEqual([
      'a1',
      'b1',
      'a2',
      'b1',
      'a3',
      'b1',
      'a1',
      'a2',
      'a3',
      'a1',
      'a2',
      'a3',
    ]);
  });

  it('give an application as many turns in a row as its weight', () => {
    const lanes = lanesWith({}, { weights: { a: 3 } });
    for (const key of ['a1', 'b1']) offer(lanes, key, 4);
    expect(
      drain(lanes)
        .map(({ entry: { key } }) => key)
        .join(' '),
    ).toBe('a1 a1 a1 b1 a1 b1 b1 b1');
  });

  it('let all slow endpoints together have no more under way than their part', () => {
    const lanes = lanesWith({ slowInFlight: 5 });
    const underWay = ['a', 'b', 'c', 'd', 'e'].map((key) => known(lanes, key, 5_000));
    for (const key of ['a', 'b', 'c', 'd', 'e']) offer(lanes, key, 3);
    offer(lanes, 'quick', 3);
    expect(drain(lanes).map(({ entry: { key } }) => key)).toEqual(['quick', 'quick', 'quick']);
    for (const turn of underWay.slice(0, 2)) finish(lanes, turn, 5_000);
    expect(drain(lanes)).toHaveLength(2);
  });

  it('of slow endpoints leave places for the next that is slow, and all of them get to their end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.infiniteStream(fc.nat()), (count, choices) => {
        const lanes = lanesWith({ slowInFlight: 100 }, { maximumUnderWay: 64, pace: WIDE });
        const keys = Array.from({ length: count }, (_, at) => String.fromCharCode(200 + at));
        for (const key of keys) known(lanes, key, 5_000);
        for (const key of keys) offer(lanes, key, 50);
        const underWay = drain(lanes);
        expect(lanes.inFlight).toBeLessThan(100);
        if (count === 1) expect(lanes.inFlight).toBeLessThanOrEqual(25);
        known(lanes, 'z', 5_000);
        expect(offer(lanes, 'z', 1)).toBe(1);
        const late = drain(lanes);
        expect(late.map(({ entry: { key } }) => key)).toContain('z');
        underWay.push(...late);
        while (underWay.length > 0) {
          const [chosen] = underWay.splice((choices.next().value ?? 0) % underWay.length, 1);
          if (chosen === undefined) break;
          finish(lanes, chosen, 5_000);
          underWay.push(...drain(lanes));
          expect(lanes.inFlight).toBeLessThanOrEqual(100);
        }
        expect(lanes.queued).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('wait for the time that the endpoint asked for, and wake by themselves', () => {
    jest.useFakeTimers({ now: NOW });
    const woken = jest.fn();
    const lanes = lanesWith({}, { woken });
    offer(lanes, 'a', 6);
    const [first] = drain(lanes);
    if (first === undefined) throw new Error('no turn was given');
    finish(lanes, first, 5, { kind: 'slow-down', pauseMs: 2_000, failing: false });
    expect(drain(lanes)).toEqual([]);
    jest.advanceTimersByTime(1_999);
    expect(woken).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(woken).toHaveBeenCalledTimes(1);
    jest.useRealTimers();
  });

  it('keep to a rate, and bound what waits for it', () => {
    const lanes = lanesWith({}, { perSecond: 2 });
    expect(offer(lanes, 'a', 500)).toBe(500);
    const sent = drain(lanes);
    expect(sent).toHaveLength(2);
    expect(lanes.overdue()).toHaveLength(398);
    expect(offer(lanes, 'a', 1)).toBe(0);
    // A rate that is not used up is remembered, even when nothing is queued or under way.
    lanes.discard(() => true);
    for (const turn of sent) finish(lanes, turn, 5);
    offer(lanes, 'a', 5);
    expect(drain(lanes, NOW + 500)).toHaveLength(0);
  });

  it('refuse turns while the breaker is open, and then ask with one', () => {
    const pace: LanePace = { ...FIRST_PACE, breaker: { kind: 'open', untilMs: NOW + 1_000, openings: 1 } };
    const lanes = lanesWith({}, { pace });
    offer(lanes, 'a', 10);
    expect(lanes.next(NOW)?.kind).toBe('refuse');
    expect(lanes.inFlight).toBe(0);
    const turns = drain(lanes, NOW + 1_000);
    expect(turns.map(({ kind }) => kind)).toEqual(['send']);
    const [probe] = turns;
    if (probe === undefined) throw new Error('no turn was given');
    finish(lanes, probe, 5, { kind: 'failing', timedOut: false }, NOW + 1_005);
    expect(drain(lanes, NOW + 1_010).map(({ kind }) => kind)).toEqual(Array(8).fill('refuse'));
  });
});
