import type { ApplicationId, EndpointId } from '../ids.js';
import type { CoalescedKey } from './coalescing-memory.js';
import type { FailingStreak } from './failing-streak.js';
import type { OrderMemory } from './conversation-order.js';
import type { RedeliveryMemory } from './redelivery-memory.js';

/** Why a delivery waits in `parked` rather than in its lane. */
export type ParkReason = 'endpoint-disabled' | 'endpoint-paused' | 'lane-full' | 'lane-paused' | 'behind-head';
export const PARK_REASONS = [
  'endpoint-disabled',
  'endpoint-paused',
  'lane-full',
  'lane-paused',
  'behind-head',
] as const satisfies readonly ParkReason[];

/** Why Signpost itself switched an endpoint off. */
export type DisableReason = 'gone' | 'failing';

/** What the lane asks the scheduler for: up to `limit` of its parked records, from `fromOffset` on. */
export interface ReleaseDemand {
  /** Rises by one with each demand of a lane, so that none is served twice by one scheduler. */
  readonly sequence: number;
  readonly fromOffset: number;
  readonly limit: number;
}

/**
 * Nothing below `oldestOffset` is owed, nothing above `newestOffset`. `count` is what the lane knows of; a crash between
 * a parking and its note can make it too small, so the offsets, not the count, say when all is back.
 */
export interface ParkedRange {
  readonly oldestOffset: number;
  readonly newestOffset: number;
  readonly count: number;
  /** The owner that noted it is gone: what it parked above `newestOffset` and did not note, it has not committed either. */
  readonly isInherited?: true;
  /** Offsets that hold nothing of this lane but such orphans: what they hold was parked again, or has had its fate. */
  readonly orphaned?: readonly OffsetRange[];
}

/** Ranges of orphans that are remembered: one more with each owner that dies while it parks. */
const MOST_ORPHANED_RANGES = 64;

/** What a lane must remember across processes: the value of `lanes`, keyed by endpoint id. */
export interface LaneMemory {
  readonly endpointId: EndpointId;
  readonly applicationId: ApplicationId;
  /** Set while we, not the owner, have switched the endpoint off; a newer endpoint version that is enabled clears it. */
  readonly disabled?: { readonly atMs: number; readonly reason: DisableReason; readonly endpointVersion: number };
  /**
   * What of `parked` is not yet handed back, in the lane's own partition; of an ordered lane, what is not yet settled.
   * What is parked behind a conversation's head is counted in `order`, not here.
   */
  readonly parked?: ParkedRange;
  readonly demand?: ReleaseDemand;
  /** Set while the breaker is open: no request before `untilMs`; `openings`: how often it has opened in a row. */
  readonly breaker?: { readonly untilMs: number; readonly openings: number };
  /** The endpoint asked for silence until then, in milliseconds since 1970. */
  readonly pausedUntilMs?: number;
  /**
   * Parked offsets, from the first to the last of each range, that the sweep handed back for their end: an ordinary
   * return of one of them is a second copy. Newest range last.
   */
  readonly swept?: readonly OffsetRange[];
  /** Latest acceptance by coalescing key, for keys of which something waits in a tier or in `parked`. */
  readonly coalescing?: Readonly<Record<string, CoalescedKey>>;
  /** Nothing but failures for a while; a success ends it. */
  readonly failing?: FailingStreak;
  /** Of a lane whose endpoint gets conversations in order, while anything waits. */
  readonly order?: OrderMemory;
  /** Of what was asked for again. */
  readonly redeliveries?: RedeliveryMemory;
}

export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

export function emptyLane(endpointId: EndpointId, applicationId: ApplicationId): LaneMemory {
  return { endpointId, applicationId };
}

/** One more record of this lane lies in `parked`, at `offset`. */
export function afterParking(memory: LaneMemory, offset: number): LaneMemory {
  return { ...memory, parked: widened(memory.parked, offset) };
}

export function widened(range: ParkedRange | undefined, offset: number): ParkedRange {
  if (range === undefined) return { oldestOffset: offset, newestOffset: offset, count: 1 };
  const { oldestOffset, newestOffset, count, isInherited, orphaned = [] } = range;
  const between = { from: newestOffset + 1, to: offset - 1 };
  const added = isInherited === true && between.from <= between.to ? [...orphaned, between] : orphaned;
  const rest = without(added, offset).slice(-MOST_ORPHANED_RANGES);
  return {
    oldestOffset: Math.min(oldestOffset, offset),
    newestOffset: Math.max(newestOffset, offset),
    count: count + 1,
    ...(rest.length === 0 ? {} : { orphaned: rest }),
  };
}

/** Notes are taken in any order: what one of them names is no orphan. */
function without(ranges: readonly OffsetRange[], offset: number): readonly OffsetRange[] {
  return ranges.flatMap((range) => {
    const { from, to } = range;
    if (offset < from || offset > to) return [range];
    return [
      { from, to: offset - 1 },
      { from: offset + 1, to },
    ].filter((part) => part.from <= part.to);
  });
}

/** What a new owner finds. */
export function inheritedRange(range: ParkedRange | undefined): { readonly parked?: ParkedRange } {
  return range === undefined ? {} : { parked: { ...range, isInherited: true } };
}

export function isOrphan({ orphaned = [] }: ParkedRange, offset: number): boolean {
  return orphaned.some(({ from, to }) => offset >= from && offset <= to);
}

/** What is left of the range from `oldestOffset` on. */
export function narrowed({ orphaned = [], ...range }: ParkedRange, oldestOffset: number, count: number): ParkedRange {
  const rest = orphaned.filter(({ to }) => to >= oldestOffset);
  return { ...range, oldestOffset, count: Math.max(1, count), ...(rest.length === 0 ? {} : { orphaned: rest }) };
}

/**
 * The record that lay at `parkedOffset` is back. Releases come oldest first, so all before it is back too. The same
 * memory for a record that the lane had back already.
 */
export function afterReturn(memory: LaneMemory, parkedOffset: number): LaneMemory {
  const { parked, ...rest } = memory;
  if (parked === undefined || parkedOffset < parked.oldestOffset) return memory;
  // Nothing is left to be asked for: a scheduler that starts later must not find the demand and serve it again.
  if (parkedOffset >= parked.newestOffset) return withdrawn(rest);
  const returned = isOrphan(parked, parkedOffset) ? 0 : 1;
  return { ...rest, parked: narrowed(parked, parkedOffset + 1, parked.count - returned) };
}

/** Ranges that are remembered: one more begins only when a release comes between two sweeps of the lane. */
const MOST_SWEPT_RANGES = 8;

/** The sweep handed back the record that lay at `parkedOffset`: it will be ended, whatever other copies of it come. */
export function afterSweep(memory: LaneMemory, parkedOffset: number): LaneMemory {
  if (isSwept(memory, parkedOffset)) return memory;
  const returned = afterReturn(memory, parkedOffset);
  if (returned === memory) return memory;
  const known = memory.swept ?? [];
  const last = known.at(-1);
  const oldest = memory.parked?.oldestOffset ?? parkedOffset;
  // Nothing between the end of the range and the oldest offset came back in another way: the range just grows.
  if (last !== undefined && last.to + 1 === oldest) {
    return { ...returned, swept: [...known.slice(0, -1), { from: last.from, to: parkedOffset }] };
  }
  const range = { from: oldest, to: parkedOffset };
  return { ...returned, swept: [...known, range].slice(-MOST_SWEPT_RANGES) };
}

/**
 * Whether another copy of the record that lay at `parkedOffset` has been taken in before, by this owner of the lane
 * or one before it, so that this copy decides nothing.
 *
 * A swept copy is read again after a crash until its end is durable: it is never its own second copy. It is the
 * second copy of a release when it lies below what is parked without having been swept. A released copy is the
 * second one of a swept one; of a release that another owner took in nothing is known: it may have died with it.
 */
export function isSecondCopy(memory: LaneMemory, parkedOffset: number, swept: boolean): boolean {
  const known = isSwept(memory, parkedOffset);
  if (!swept) return known;
  return !known && (memory.parked === undefined || parkedOffset < memory.parked.oldestOffset);
}

function isSwept({ swept = [] }: LaneMemory, offset: number): boolean {
  return swept.some(({ from, to }) => offset >= from && offset <= to);
}

/**
 * How many records may still be parked. The count is the better answer until it has run out before the offsets have:
 * then there are more than were counted.
 */
export function mayBeParked({ oldestOffset, newestOffset, count }: NonNullable<LaneMemory['parked']>): number {
  return count > 1 ? count : newestOffset - oldestOffset + 1;
}

/** The lane asks for up to `limit` of what is parked, from `fromOffset` on; without it, from the oldest on. */
export function afterDemand(memory: LaneMemory, limit: number, fromOffset?: number): LaneMemory {
  if (memory.parked === undefined) return memory;
  const sequence = (memory.demand?.sequence ?? 0) + 1;
  return { ...memory, demand: { sequence, fromOffset: fromOffset ?? memory.parked.oldestOffset, limit } };
}

/** What the lane asked for and did not get, it no longer wants. A demand for nothing takes the place of the last. */
export function withdrawn(memory: LaneMemory): LaneMemory {
  if (memory.demand === undefined || memory.demand.limit === 0) return memory;
  return { ...memory, demand: { ...memory.demand, sequence: memory.demand.sequence + 1, limit: 0 } };
}

/**
 * What a scheduler has to hand back that knows nothing but this memory: of a demand that was met in part, only what
 * is not back yet.
 */
export function openDemand({ demand, parked }: LaneMemory): ReleaseDemand | undefined {
  if (demand === undefined || parked === undefined) return demand;
  return { ...demand, fromOffset: Math.max(demand.fromOffset, parked.oldestOffset) };
}

/** Signpost switches the endpoint off, as it was at this version; a late answer to an older one changes nothing. */
export function switchedOff(
  memory: LaneMemory,
  atMs: number,
  reason: DisableReason,
  endpointVersion: number,
): LaneMemory {
  if (memory.disabled !== undefined && memory.disabled.endpointVersion >= endpointVersion) return memory;
  return { ...memory, disabled: { atMs, reason, endpointVersion } };
}

/** Its owner has switched it on again: what it failed at before counts no more. */
export function switchedOn(memory: LaneMemory): LaneMemory {
  const { disabled, failing: _, ...rest } = memory;
  return disabled === undefined ? memory : rest;
}

/** With this streak, or with none. */
export function withStreak(memory: LaneMemory, streak: FailingStreak | undefined): LaneMemory {
  if (streak !== undefined) return { ...memory, failing: streak };
  const { failing, ...rest } = memory;
  return failing === undefined ? memory : rest;
}
