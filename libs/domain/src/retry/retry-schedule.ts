import { TIER_NAMES, TIERS, type Tier } from './tiers.js';

/** Waits in milliseconds: after failed attempt n, the delivery waits schedule[n - 1]. After the last, dead letter. */
export type RetrySchedule = readonly number[];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Ready schedules. `standard` is the one that Standard Webhooks 1.0.0 gives as its example. */
export const RETRY_PRESETS = {
  standard: [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
  classic: [MINUTE, 5 * MINUTE, 30 * MINUTE],
  fast: [SECOND, 10 * SECOND, MINUTE, 5 * MINUTE],
} as const satisfies Record<string, RetrySchedule>;

export type RetryPreset = keyof typeof RETRY_PRESETS;
export const DEFAULT_RETRY_PRESET: RetryPreset = 'standard';

const LONGEST_FIRST = [...TIER_NAMES].sort((a, b) => TIERS[b] - TIERS[a]);
const SHORTEST_MS = TIERS['1s'];

/**
 * The tiers that add up to a wait, longest first; never shorter than the wait, and longer by less than the
 * shortest tier. A wait of nothing is no tier at all.
 */
export function tiersFor(waitMs: number): readonly Tier[] {
  const hops: Tier[] = [];
  let rest = waitMs;
  for (const tier of LONGEST_FIRST) {
    while (rest >= TIERS[tier]) {
      hops.push(tier);
      rest -= TIERS[tier];
    }
  }
  if (rest > 0) hops.push('1s');
  return hops;
}

/** How much longer than asked tiersFor may wait, in milliseconds. */
export const TIER_OVERSHOOT_MS = SHORTEST_MS;
