import { describe, expect, it } from '@jest/globals';
import { FIRST_PACE, type LanePace } from './lane-pace.js';
import { laneStateOf } from './lane-state.js';

const NOW = 1_000_000;
const pace = (changes: Partial<LanePace>): LanePace => ({ ...FIRST_PACE, ...changes });
const open = (untilMs: number) => ({ kind: 'open', untilMs, openings: 1 }) as const;

describe('laneStateOf', () => {
  it.each([
    { state: 'closed', of: pace({}) },
    { state: 'closed', of: pace({ pausedUntilMs: NOW }) },
    { state: 'paused', of: pace({ pausedUntilMs: NOW + 1 }) },
    { state: 'open', of: pace({ breaker: open(NOW + 1) }) },
    { state: 'open', of: pace({ breaker: open(NOW + 1), pausedUntilMs: NOW + 9 }) },
    { state: 'half-open', of: pace({ breaker: open(NOW) }) },
    { state: 'paused', of: pace({ breaker: open(NOW), pausedUntilMs: NOW + 9 }) },
    { state: 'half-open', of: pace({ breaker: { kind: 'half-open', openings: 1 } }) },
  ])('is $state', ({ state, of }) => {
    expect(laneStateOf(of, NOW)).toBe(state);
  });
});
