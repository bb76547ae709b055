import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  afterSilence,
  asked,
  FIRST_RELEASE,
  heard,
  overran,
  releaseLimit,
  STARTING_PACE,
  type ReleasePace,
} from './release-pace.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const PATIENCE_MS = 10_000;
const EMPTY = { queued: 0, capacity: 1_000, parked: 1_000_000 };

function met(pace: ReleasePace): ReleasePace {
  let next = asked(pace, releaseLimit(pace, EMPTY), NOW);
  while (next.open !== undefined) next = heard(next, NOW);
  return next;
}

describe('the pace of a release', () => {
  it('starts small and doubles with each demand that is met, up to the room there is', () => {
    const limits: number[] = [];
    let pace = STARTING_PACE;
    for (let round = 0; round < 8; round += 1) {
      limits.push(releaseLimit(pace, EMPTY));
      pace = met(pace);
    }
    expect(limits).toEqual([16, 32, 64, 128, 256, 512, 1_000, 1_000]);
  });

  it('starts small again after a record found no room', () => {
    expect(releaseLimit(overran(met(met(STARTING_PACE))), EMPTY)).toBe(FIRST_RELEASE);
  });

  it('asks for nothing while a demand is open or the queue is above a quarter', () => {
    expect(releaseLimit(asked(STARTING_PACE, 16, NOW), EMPTY)).toBe(0);
    expect(releaseLimit(STARTING_PACE, { ...EMPTY, queued: 250 })).toBe(0);
    expect(releaseLimit(STARTING_PACE, { ...EMPTY, queued: 249 })).toBe(16);
  });

  it('never asks for more than fits, nor for more than is parked', () => {
    const size = fc.integer({ min: 1, max: 2_000 });
    fc.assert(
      fc.property(size, fc.nat(2_000), size, size, (limit, queued, capacity, parked) => {
        const asksFor = releaseLimit({ limit, silences: 0 }, { queued, capacity, parked });
        expect(asksFor).toBeLessThanOrEqual(parked);
        expect(asksFor + queued).toBeLessThanOrEqual(Math.max(capacity, queued));
      }),
    );
  });

  it('gives up on a demand that brings nothing, each time later', () => {
    const waits: number[] = [];
    let pace = STARTING_PACE;
    for (let round = 0; round < 7; round += 1) {
      const open = asked(pace, 16, NOW);
      let waited = 0;
      while (afterSilence(open, NOW + waited, PATIENCE_MS) === open) waited += 1_000;
      waits.push(waited);
      pace = afterSilence(open, NOW + waited, PATIENCE_MS);
      expect(pace.open).toBeUndefined();
    }
    expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  it('is patient with a demand that brings something', () => {
    const open = heard(asked(STARTING_PACE, 16, NOW), NOW + PATIENCE_MS);
    expect(afterSilence(open, NOW + PATIENCE_MS + 1, PATIENCE_MS)).toBe(open);
  });
});
