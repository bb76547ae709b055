import { tiersFor } from '../retry/retry-schedule.js';
import { TIERS, type Tier } from '../retry/tiers.js';

/** The tier that a delivery waits in first, the ones after it, and when the last of them lets it go. */
export interface WaitPlan {
  readonly first: Tier;
  readonly next: readonly Tier[];
  /** Milliseconds since 1970. */
  readonly dueAtMs: number;
}

/** Undefined for a wait of nothing: the delivery comes back at once. */
export function planWait(waitMs: number, nowMs: number): WaitPlan | undefined {
  const tiers = tiersFor(waitMs);
  const [first, ...next] = tiers;
  if (first === undefined) return undefined;
  return { first, next, dueAtMs: nowMs + tiers.reduce((sum, tier) => sum + TIERS[tier], 0) };
}
