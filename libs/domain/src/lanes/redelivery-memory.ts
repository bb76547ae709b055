import type { DeliveryId } from '../ids.js';
import type { LaneMemory, OffsetRange } from './lane-memory.js';

/** What a lane remembers of redeliveries. */
export interface RedeliveryMemory {
  /** By background task: how much of what it hands over has been taken in. */
  readonly tasks?: Readonly<Record<string, TakenFromTask>>;
  /** Deliveries of which an earlier run may still come back: it ends then. */
  readonly takenOver?: Readonly<Record<string, TakenOver>>;
}

/** A task hands over to a lane in rising sequence; after a crash it begins again somewhere before. */
export interface TakenFromTask {
  /** The highest that was taken in, and where it lies in `deliveries.returning`. */
  readonly sequence: number;
  readonly offset: number;
  /** From the first to the last record of each range, all of this task's are second copies. Newest last. */
  readonly repeats?: readonly OffsetRange[];
  /** Milliseconds since 1970: when the task was last heard of. */
  readonly atMs: number;
}

export interface TakenOver {
  /** The redelivery that took the place of all runs before it. */
  readonly number: number;
  readonly atMs: number;
}

/** Tasks that one lane remembers, those heard of last. */
export const MOST_TASKS = 16;
/** One more begins with each crash of whoever hands over. */
const MOST_REPEATS = 16;
/** Deliveries that one lane remembers: to resend what still waits is done by hand. */
export const MOST_TAKEN_OVER = 100;
/** Longer than anything waits: two weeks in `parked`, or a day in a tier. */
const KEPT_MS = 15 * 86_400_000;

/**
 * A redelivery of a task arrives, at `offset` of `deliveries.returning`. `isRepeat`: it is a second copy of one that was
 * taken in, also by an owner of the lane before this one. Its first copy, read again after a crash, is none.
 */
export function afterHandOver(
  memory: LaneMemory,
  { task, sequence }: { readonly task: string; readonly sequence: number },
  offset: number,
  nowMs: number,
): { readonly memory: LaneMemory; readonly isRepeat: boolean } {
  const known = memory.redeliveries?.tasks?.[task];
  if (known === undefined)
    return { memory: withTask(memory, task, { sequence, offset, atMs: nowMs }), isRepeat: false };
  const repeats = known.repeats ?? [];
  if (repeats.some(({ from, to }) => offset >= from && offset <= to)) return { memory, isRepeat: true };
  if (offset <= known.offset) return { memory, isRepeat: false };
  if (sequence > known.sequence) {
    return { memory: withTask(memory, task, { ...known, sequence, offset, atMs: nowMs }), isRepeat: false };
  }
  return { memory: withTask(memory, task, { ...known, repeats: widened(known, offset), atMs: nowMs }), isRepeat: true };
}

/** The last range grows as long as nothing new was taken in after it. */
function widened({ repeats = [], offset: newest }: TakenFromTask, offset: number): readonly OffsetRange[] {
  const last = repeats.at(-1);
  if (last === undefined || last.to < newest) return [...repeats, { from: offset, to: offset }].slice(-MOST_REPEATS);
  return [...repeats.slice(0, -1), { from: last.from, to: offset }];
}

/** The redelivery of this number takes the place of all runs of its delivery before it. */
export function afterTakeOver(memory: LaneMemory, id: DeliveryId, number: number, nowMs: number): LaneMemory {
  const known = memory.redeliveries?.takenOver ?? {};
  if ((known[id]?.number ?? 0) >= number) return memory;
  const others = Object.entries(known)
    .filter(([other, { atMs }]) => other !== id && nowMs - atMs < KEPT_MS)
    .slice(1 - MOST_TAKEN_OVER);
  const takenOver = Object.fromEntries([...others, [id, { number, atMs: nowMs }]]);
  return { ...memory, redeliveries: { ...memory.redeliveries, takenOver } };
}

/** Whether a later redelivery has taken the place of this run; `number`: 0 for what was first owed. */
export function isTakenOver(memory: LaneMemory | undefined, id: DeliveryId, number: number): boolean {
  const takenOver = memory?.redeliveries?.takenOver?.[id];
  return takenOver !== undefined && takenOver.number > number;
}

function withTask(memory: LaneMemory, task: string, taken: TakenFromTask): LaneMemory {
  const { [task]: _, ...others } = memory.redeliveries?.tasks ?? {};
  const latest = Object.entries(others)
    .sort(([, a], [, b]) => a.atMs - b.atMs)
    .slice(1 - MOST_TASKS);
  const tasks = { ...Object.fromEntries(latest), [task]: taken };
  return { ...memory, redeliveries: { ...memory.redeliveries, tasks } };
}
