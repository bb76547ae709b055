import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../ids.js';
import { isOlder, type Acceptance } from './coalescing.js';
import { afterGoingAway, afterTakingIn, latestOf, MOST_COALESCED_KEYS } from './coalescing-memory.js';
import { afterParking, afterReturn, emptyLane, type LaneMemory } from './lane-memory.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const empty = emptyLane(newId('ep', NOW), newId('app', NOW));
const accepted = (at: number): Acceptance => ({ acceptedAtMs: NOW + at, messageId: newId('msg', NOW + at) });

function toTier(memory: LaneMemory, key: string, delivery: Acceptance, nowMs = NOW): LaneMemory {
  return afterGoingAway(memory, key, delivery, { kind: 'tier' }, nowMs).memory;
}

function park(memory: LaneMemory, key: string, delivery: Acceptance, offset: number, nowMs = NOW): LaneMemory {
  return afterGoingAway(afterParking(memory, offset), key, delivery, { kind: 'parked', offset }, nowMs).memory;
}

describe('what a lane remembers of a coalescing key', () => {
  const [older, newer] = [accepted(1), accepted(2)];

  it('is nothing while nothing of it is away, so that nothing is written', () => {
    expect(afterTakingIn(empty, 'read', newer, NOW)).toBe(empty);
    const memory = toTier(empty, 'typing', older);
    expect(afterTakingIn(memory, 'read', newer, NOW)).toBe(memory);
    expect(latestOf(memory, 'read')).toBeUndefined();
  });

  it('is the newest taken in while an older one waits in a tier, and for a while after that is back', () => {
    const away = toTier(empty, 'read', older);
    const passed = afterTakingIn(away, 'read', newer, NOW);
    expect(latestOf(passed, 'read')).toMatchObject(newer);
    const back = afterTakingIn(passed, 'read', older, NOW + 1);
    // Its record may be read again after a crash.
    expect(latestOf(back, 'read')).toMatchObject(newer);
    expect(afterTakingIn(back, 'read', older, NOW + 2)).toEqual(back);
    expect(afterTakingIn(back, 'read', accepted(3), NOW + 70_000)).not.toHaveProperty('coalescing');
  });

  it('is the newest taken in while an older one is parked, by the offsets of the lane', () => {
    let memory = park(park(empty, 'read', older, 5), 'typing', older, 6);
    memory = afterTakingIn(memory, 'read', newer, NOW);
    memory = afterReturn(memory, 5);
    expect(latestOf(memory, 'read')).toMatchObject(newer);
    memory = afterTakingIn(memory, 'read', older, NOW);
    memory = toTier(memory, 'another', older, NOW + 100_000);
    memory = toTier(memory, 'a third', older, NOW + 200_000);
    expect(latestOf(memory, 'read')).toBeUndefined();
    expect(latestOf(memory, 'typing')).toMatchObject(older);
  });

  it('knows the newest that was taken in before the older one went away', () => {
    const going = { ...older, latest: newer };
    const { memory } = afterGoingAway(empty, 'read', going, { kind: 'tier' }, NOW);
    expect(latestOf(memory, 'read')).toMatchObject(newer);
  });

  it('is bounded: beyond, a new key is not remembered, and says so; the known ones go on', () => {
    let memory: LaneMemory = empty;
    for (let key = 0; key < MOST_COALESCED_KEYS; key += 1) memory = park(memory, `k${String(key)}`, older, key);
    const full = afterGoingAway(memory, 'one more', older, { kind: 'tier' }, NOW);
    expect(full.remembered).toBe(false);
    expect(latestOf(full.memory, 'one more')).toBeUndefined();
    expect(latestOf(afterTakingIn(full.memory, 'k7', newer, NOW), 'k7')).toMatchObject(newer);
    expect(afterGoingAway(memory, 'k7', newer, { kind: 'parked', offset: 5_000 }, NOW).remembered).toBe(true);
  });

  it('bounds what waits in the tiers too, of however few keys', () => {
    let memory: LaneMemory = empty;
    for (let at = 0; at < MOST_COALESCED_KEYS; at += 1) memory = toTier(memory, 'read', accepted(at));
    expect(afterGoingAway(memory, 'read', accepted(9_999), { kind: 'tier' }, NOW).remembered).toBe(false);
  });

  /** Deliveries of one key go away and come back in any order, each perhaps read again once or twice after a crash. */
  it('never forgets what supersedes a delivery that is still away', () => {
    const step = fc.record({
      act: fc.constantFrom('arrive', 'tier', 'back', 'again'),
      pick: fc.nat({ max: 9 }),
      passMs: fc.nat({ max: 40_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let memory: LaneMemory = empty;
        let nowMs = NOW;
        let newest: Acceptance | undefined;
        const away = new Map<string, Acceptance>();
        const present: Acceptance[] = [];
        for (const { act, pick, passMs } of steps) {
          nowMs += passMs;
          if (act === 'arrive') {
            const one = accepted(nowMs - NOW + pick);
            memory = afterTakingIn(memory, 'read', one, nowMs);
            if (newest === undefined || isOlder(newest, one)) newest = one;
            present.push(one);
          } else if (act === 'tier') {
            const one = present.shift();
            if (one === undefined) continue;
            memory = afterGoingAway(memory, 'read', { ...one, latest: newest }, { kind: 'tier' }, nowMs).memory;
            away.set(one.messageId, one);
          } else {
            const one = [...away.values()][pick % Math.max(1, away.size)];
            if (one === undefined) continue;
            memory = afterTakingIn(memory, 'read', one, nowMs);
            if (act === 'back') away.delete(one.messageId);
            else memory = toTier(memory, 'read', one, nowMs);
          }
          if (away.size > 0) expect(latestOf(memory, 'read')).toMatchObject({ messageId: newest?.messageId });
        }
      }),
    );
  });
});
