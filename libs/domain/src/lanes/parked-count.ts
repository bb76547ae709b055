import type { LaneMemory } from './lane-memory.js';

/** What a lane knows to lie in `parked`: its own, its conversations' heads, and what waits behind those. */
export function parkedCount(memory: LaneMemory | undefined): number {
  const count = memory?.parked?.count ?? 0;
  if (memory?.order === undefined) return count;
  return Object.values(memory.order.conversations).reduce((sum, { head, parked }) => {
    const alone = head?.parkedAt !== undefined && head.isAmong !== true ? 1 : 0;
    return sum + alone + (parked?.count ?? 0);
  }, count);
}
