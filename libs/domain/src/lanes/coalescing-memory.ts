import { createHash } from 'node:crypto';
import type { MessageId } from '../ids.js';
import { newerOf, type Acceptance } from './coalescing.js';
import type { LaneMemory } from './lane-memory.js';

/** What a lane remembers of one coalescing key while something of it waits in a tier or in `parked`. */
export interface CoalescedKey extends Acceptance {
  /** What waits in a tier. */
  readonly waiting: readonly MessageId[];
  /** The highest offset in `parked`. */
  readonly parkedTo?: number;
  /** Milliseconds since 1970 since when nothing of it is away. */
  readonly restingSinceMs?: number;
}

/** Keys that one lane remembers, and what waits of all of them together: a lane's memory stays a small record. */
export const MOST_COALESCED_KEYS = 1_000;
// What was read and not committed is read again after a crash, and has to find what superseded it: commits are at most
// a second old, this is ample.
const REST_MS = 60_000;

/** Where a delivery goes that the lane lets go of for now. */
export type Away = { readonly kind: 'tier' } | { readonly kind: 'parked'; readonly offset: number };

type Keys = Readonly<Record<string, CoalescedKey>>;

/** A key's name in the memory: 16 characters, however long the conversation's id. */
export function keyName(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 16);
}

/** The newest delivery of the key that was taken in while something of it was away. */
export function latestOf(memory: LaneMemory | undefined, key: string): Acceptance | undefined {
  return memory?.coalescing === undefined ? undefined : memory.coalescing[keyName(key)];
}

/**
 * The delivery waits in a tier or in `parked` (noted there by afterParking before). `latest`: the newest of its key
 * that the lane has taken in. `remembered` is false when there is no room for it: then one that is newer may not be
 * known any more when it comes back.
 */
export function afterGoingAway(
  memory: LaneMemory,
  key: string,
  delivery: Acceptance & { readonly latest?: Acceptance | undefined },
  away: Away,
  nowMs: number,
): { readonly memory: LaneMemory; readonly remembered: boolean } {
  const name = keyName(key);
  const isNew = memory.coalescing?.[name] === undefined;
  const keys = isNew ? pruned(memory, nowMs) : (memory.coalescing ?? {});
  const known = keys[name];
  const adds = away.kind === 'tier' && known?.waiting.includes(delivery.messageId) !== true;
  if ((isNew && Object.keys(keys).length >= MOST_COALESCED_KEYS) || (adds && waitingIn(keys) >= MOST_COALESCED_KEYS)) {
    return { memory: withKeys(memory, keys), remembered: false };
  }
  const { acceptedAtMs, messageId } = newerOf<Acceptance>(known, newerOf<Acceptance>(delivery.latest, delivery));
  const parkedTo = away.kind === 'parked' ? Math.max(away.offset, known?.parkedTo ?? 0) : known?.parkedTo;
  const next: CoalescedKey = {
    acceptedAtMs,
    messageId,
    waiting: adds ? [...(known?.waiting ?? []), delivery.messageId] : (known?.waiting ?? []),
    ...(parkedTo === undefined ? {} : { parkedTo }),
  };
  return { memory: withKeys(memory, { ...keys, [name]: next }), remembered: true };
}

/** The delivery is taken in, fresh or back. The same memory when it remembers nothing of the key. */
export function afterTakingIn(memory: LaneMemory, key: string, delivery: Acceptance, nowMs: number): LaneMemory {
  const name = keyName(key);
  const known = memory.coalescing?.[name];
  if (known === undefined) return memory;
  const { acceptedAtMs, messageId } = newerOf<Acceptance>(known, delivery);
  const waiting = known.waiting.filter((id) => id !== delivery.messageId);
  const isSame = messageId === known.messageId && waiting.length === known.waiting.length;
  if (isSame && known.restingSinceMs === undefined) return memory;
  return withKeys(
    memory,
    pruned(withKeys(memory, { ...memory.coalescing, [name]: { ...known, acceptedAtMs, messageId, waiting } }), nowMs),
  );
}

/** Without what nothing waits of any more, and has not for a while. */
function pruned(memory: LaneMemory, nowMs: number): Keys {
  return Object.fromEntries(
    Object.entries(memory.coalescing ?? {}).flatMap(([name, key]) => {
      const { restingSinceMs, ...rest } = key;
      if (isAway(key, memory.parked)) return [[name, rest]];
      const since = restingSinceMs ?? nowMs;
      return nowMs - since >= REST_MS ? [] : [[name, { ...rest, restingSinceMs: since }]];
    }),
  );
}

function isAway({ waiting, parkedTo }: CoalescedKey, parked: LaneMemory['parked']): boolean {
  return waiting.length > 0 || (parkedTo !== undefined && parked !== undefined && parkedTo >= parked.oldestOffset);
}

function waitingIn(keys: Keys): number {
  return Object.values(keys).reduce((sum, { waiting }) => sum + waiting.length, 0);
}

function withKeys({ coalescing: _, ...rest }: LaneMemory, keys: Keys): LaneMemory {
  return Object.keys(keys).length === 0 ? rest : { ...rest, coalescing: keys };
}
