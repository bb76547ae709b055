import { createHash } from 'node:crypto';
import type { Decision } from '../delivery/decision.js';
import type { DeliveryId } from '../ids.js';
import {
  inheritedRange,
  narrowed,
  widened,
  withdrawn,
  type LaneMemory,
  type ParkedRange,
  type ReleaseDemand,
} from './lane-memory.js';

/** How an endpoint gets the deliveries of one conversation: one after another, in the order of `deliveries`. */
export interface Ordering {
  readonly by: 'conversation';
  readonly onFailure: OnFailure;
}

/** What becomes of a conversation whose first delivery in turn, its head, has failed. */
export type OnFailure =
  /** It waits until the head has its fate. */
  | { readonly kind: 'block' }
  /** It waits until the head has failed that many attempts; then the head keeps trying by itself. */
  | { readonly kind: 'skip'; readonly afterAttempts: number }
  /** Like block, and a head in the dead letters holds it until the endpoint is changed. */
  | { readonly kind: 'park' };

/** What the rest of its conversation waits for: under way, in a tier, or where else it says. */
export interface ConversationHead {
  readonly id: DeliveryId;
  /** It lies in `parked` at this offset: in a sequence of its own (`headQueue`), or still among those behind it. */
  readonly parkedAt?: number;
  readonly isAmong?: true;
  /** It is a dead letter, since that version of the endpoint. */
  readonly heldAt?: number;
}

/** A conversation that cannot simply go on. */
export interface ConversationMemory {
  readonly head?: ConversationHead;
  /** What of `parked` waits behind the head and is not settled. */
  readonly parked?: ParkedRange;
  readonly demand?: ReleaseDemand;
}

export interface OrderMemory {
  /** That of the latest demand for a conversation. */
  readonly sequence: number;
  /** Fresh deliveries that were under way when parking began: before all that the lane has parked. */
  readonly ahead: readonly DeliveryId[];
  /** Offsets in the lane's parked range that are settled although older ones are not. */
  readonly settled: readonly number[];
  /** By conversation key. */
  readonly conversations: Readonly<Record<string, ConversationMemory>>;
}

/** With that many conversations waiting a lane takes in no further ones: what is fresh is parked. */
export const MOST_WAITING_CONVERSATIONS = 1_000;

const NOTHING: OrderMemory = { sequence: 0, ahead: [], settled: [], conversations: {} };

/** Of one length, however long the id is. Two ids with one key, were there ever any, would be kept in one order. */
export function conversationKey(conversationId: string): string {
  return createHash('sha256').update(conversationId).digest('base64url').slice(0, 16);
}

/** How a head is marked in `parked`: followers carry the key itself. */
export function headQueue(key: string): string {
  return `^${key}`;
}

/** The conversation's key, of its own mark or its head's. */
export function conversationOf(mark: string): string {
  return mark.startsWith('^') ? mark.slice(1) : mark;
}

/** A delivery that has come to its lane, and what the lane's process knows beside the memory. */
export interface Arrival {
  readonly id: DeliveryId;
  readonly key: string;
  /** `parked`: from the lane's general part of it. `front`: it has been first in its conversation before. */
  readonly from: 'fresh' | 'parked' | 'front';
  /** Something of the lane is parked, or on its way there. */
  readonly laneHasParked: boolean;
  /** Something of the conversation is on its way to be parked behind the head. */
  readonly parkingBehind: boolean;
}

/**
 * Where it goes: into the queue; to the end of what the lane has parked; or to the end of its own conversation. At any
 * time what a conversation has in the queue comes before what it has behind its head, that before what lies in the
 * lane's parked, and that before what is fresh.
 */
export type ArrivalPlace = 'queue' | 'parked' | 'behind';

export function placeOf(order: OrderMemory = NOTHING, arrival: Arrival): ArrivalPlace {
  const conversation = order.conversations[arrival.key];
  if (arrival.from === 'front' || conversation?.head?.id === arrival.id) return 'queue';
  const waits = conversation !== undefined || arrival.parkingBehind;
  if (arrival.from === 'fresh') {
    if (order.ahead.includes(arrival.id)) return 'queue';
    if (arrival.laneHasParked || (!waits && isCrowded(order))) return 'parked';
  }
  return waits ? 'behind' : 'queue';
}

export function isCrowded(order: OrderMemory | undefined): boolean {
  return order !== undefined && Object.keys(order.conversations).length >= MOST_WAITING_CONVERSATIONS;
}

/**
 * What an attempt's outcome means for those behind: they wait for its delivery, pass it over, go on since it has its
 * fate, or are set aside with it.
 */
export type OrderEffect = 'wait' | 'pass' | 'go-on' | 'hold';

export function effectOn(ordering: Ordering | undefined, decision: Decision, attempt: number): OrderEffect {
  switch (decision.kind) {
    case 'settle':
      return 'go-on';
    case 'retry':
      return ordering === undefined || isSkipped(ordering, attempt + 1) ? 'pass' : 'wait';
    case 'dead-letter':
      return ordering?.onFailure.kind === 'park' ? 'hold' : 'go-on';
  }
}

/** Whether a delivery, about to make this attempt, is in nobody's way any more. */
export function isSkipped({ onFailure }: Ordering, attempt: number): boolean {
  return onFailure.kind === 'skip' && attempt > onFailure.afterAttempts;
}

/**
 * The conversation waits for this delivery from now on, unless it waits for another already. `liesAt`: where it lay
 * behind the last head, and lies until all that its turn causes is durable.
 */
export function waitingFor(memory: LaneMemory, key: string, id: DeliveryId, liesAt: number | undefined): LaneMemory {
  const head = liesAt === undefined ? { id } : { id, parkedAt: liesAt, isAmong: true as const };
  return changed(memory, key, (known) => (known.head === undefined ? { ...withoutDemand(known), head } : known));
}

/** The head lies in `parked` at `offset`; unchanged, when the conversation has gone on without it meanwhile. */
export function afterParkingHead(memory: LaneMemory, key: string, id: DeliveryId, offset: number): LaneMemory {
  return changed(memory, key, (known) =>
    known.head?.id === id ? { ...withoutDemand(known), head: { id, parkedAt: offset } } : known,
  );
}

/**
 * The head has had its turn and waits in a tier. `liesAt`: where this one lay; it may have come back from the tier, and
 * been parked, before all that its turn caused was durable.
 */
export function afterHeadTurn(memory: LaneMemory, key: string, id: DeliveryId, liesAt: number | undefined): LaneMemory {
  return changed(memory, key, (known) =>
    known.head?.id === id && known.head.parkedAt !== undefined && known.head.parkedAt === liesAt
      ? { ...withoutDemand(known), head: { id } }
      : known,
  );
}

/** The head goes on trying by itself; unless it lies in `parked` since, from where it has to come back first. */
export function passedOver(memory: LaneMemory, key: string, id: DeliveryId, liesAt: number | undefined): LaneMemory {
  const parkedAt = memory.order?.conversations[key]?.head?.parkedAt;
  return parkedAt === undefined || parkedAt === liesAt ? gone(memory, key, id) : memory;
}

/** The delivery is in nobody's way any more. */
export function gone(memory: LaneMemory, key: string, id: DeliveryId): LaneMemory {
  return changed(memory, key, (known) => (known.head?.id === id ? withoutHead(withoutDemand(known)) : known));
}

/** The delivery lies in the dead letters, and its conversation with it until the endpoint is newer than `version`. */
export function heldBy(memory: LaneMemory, key: string, id: DeliveryId, version: number): LaneMemory {
  return changed(memory, key, (known) =>
    known.head === undefined || known.head.id === id
      ? { ...withoutDemand(known), head: { id, heldAt: version } }
      : known,
  );
}

/**
 * The endpoint was changed: what its dead letters held goes on, and all does once its order no longer matters; but a
 * head that lies in `parked` has to come back from there first.
 */
export function afterEndpointChange(memory: LaneMemory, ordering: Ordering | undefined, version: number): LaneMemory {
  if (memory.order === undefined) return memory;
  let after = memory;
  if (ordering === undefined && memory.order.ahead.length > 0) after = withAhead(memory, []);
  for (const [key, { head }] of Object.entries(memory.order.conversations)) {
    if (head === undefined || head.parkedAt !== undefined) continue;
    const isOutdated = head.heldAt !== undefined && (head.heldAt < version || ordering?.onFailure.kind !== 'park');
    if (ordering === undefined || isOutdated) after = gone(after, key, head.id);
  }
  return after;
}

/** One more record of the conversation lies behind its head, at `offset`. */
export function afterParkingBehind(memory: LaneMemory, key: string, offset: number): LaneMemory {
  return changed(memory, key, (known) => ({ ...known, parked: widened(known.parked, offset) }));
}

/** The record at `offset` behind the head is settled; all of the conversation's below `lowest` are. */
export function afterSettlingBehind(memory: LaneMemory, key: string, offset: number, lowest: number): LaneMemory {
  return changed(memory, key, (known) => {
    if (known.parked === undefined || offset < known.parked.oldestOffset) return known;
    const { parked, ...rest } = known;
    if (lowest > parked.newestOffset) return withoutDemand(rest);
    return { ...rest, parked: narrowed(parked, Math.max(parked.oldestOffset, lowest), parked.count - 1) };
  });
}

/** The lane asks for up to `limit` of what lies behind the head, from `fromOffset` on. */
export function afterDemandBehind(
  memory: LaneMemory,
  key: string,
  demand: { readonly fromOffset: number; readonly limit: number; readonly nowMs: number },
): LaneMemory {
  const order = memory.order ?? NOTHING;
  const { fromOffset, limit, nowMs } = demand;
  // By the clock, so that it rises also over a memory that was forgotten in between.
  const sequence = Math.max(order.sequence + 1, nowMs);
  const sequenced = { ...memory, order: { ...order, sequence } };
  return changed(sequenced, key, (known) => ({ ...known, demand: { sequence, fromOffset, limit } }));
}

/** What the lane may ask for: the head where it lies, or what waited for it; nothing while the head is elsewhere. */
export function waitingRange({ head, parked }: ConversationMemory): ParkedRange | undefined {
  if (head === undefined) return parked;
  if (head.parkedAt === undefined) return undefined;
  return { oldestOffset: head.parkedAt, newestOffset: head.parkedAt, count: 1 };
}

/** Where in `parked` lies what the lane has not settled, of its own part and of its conversations together. */
export function parkedSpan({ parked, order }: LaneMemory): ParkedRange | undefined {
  let span = parked;
  for (const conversation of Object.values(order?.conversations ?? {})) {
    span = spanning(spanning(span, conversation.parked), waitingRange(conversation));
  }
  return span;
}

function spanning(a: ParkedRange | undefined, b: ParkedRange | undefined): ParkedRange | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    oldestOffset: Math.min(a.oldestOffset, b.oldestOffset),
    newestOffset: Math.max(a.newestOffset, b.newestOffset),
    count: a.count + b.count,
  };
}

/** How that is marked in `parked`. */
export function waitingQueue({ head }: ConversationMemory, key: string): string {
  return head === undefined || head.isAmong === true ? key : headQueue(key);
}

/** What a scheduler that knows nothing but this memory has to hand back, by how it is marked in `parked`. */
export function openDemandsBehind(order: OrderMemory | undefined): ReadonlyMap<string, ReleaseDemand> {
  const demands = new Map<string, ReleaseDemand>();
  for (const [key, conversation] of Object.entries(order?.conversations ?? {})) {
    const range = waitingRange(conversation);
    const { demand } = conversation;
    if (demand === undefined || range === undefined) continue;
    const fromOffset = Math.max(demand.fromOffset, range.oldestOffset);
    demands.set(waitingQueue(conversation, key), { ...demand, fromOffset });
  }
  return demands;
}

/** General parking begins: these are under way and come before all of it. */
export function withAhead(memory: LaneMemory, ahead: readonly DeliveryId[]): LaneMemory {
  if (ahead.length === 0 && memory.order === undefined) return memory;
  return tidied({ ...memory, order: { ...(memory.order ?? NOTHING), ahead } });
}

export function noLongerAhead(memory: LaneMemory, id: DeliveryId): LaneMemory {
  const { order } = memory;
  if (order?.ahead.includes(id) !== true) return memory;
  return tidied({ ...memory, order: { ...order, ahead: order.ahead.filter((other) => other !== id) } });
}

/** The record at `offset` of the lane's parked is settled; all of them below `lowest` are. */
export function afterSettling(memory: LaneMemory, offset: number, lowest: number): LaneMemory {
  const { parked, ...rest } = memory;
  const order = memory.order ?? NOTHING;
  if (parked === undefined || offset < parked.oldestOffset || order.settled.includes(offset)) return memory;
  if (lowest > parked.newestOffset) return tidied(withdrawn({ ...rest, order: { ...order, settled: [] } }));
  const settled = [...order.settled, offset].filter((at) => at >= lowest);
  return tidied({
    ...rest,
    parked: narrowed(parked, Math.max(parked.oldestOffset, lowest), parked.count - 1),
    order: { ...order, settled },
  });
}

function withoutHead(conversation: ConversationMemory): ConversationMemory {
  const { head: _, ...rest } = conversation;
  return rest;
}

function withoutDemand(conversation: ConversationMemory): ConversationMemory {
  const { demand: _, ...rest } = conversation;
  return rest;
}

function changed(
  memory: LaneMemory,
  key: string,
  change: (known: ConversationMemory) => ConversationMemory,
): LaneMemory {
  const order = memory.order ?? NOTHING;
  const known = order.conversations[key];
  const after = change(known ?? {});
  if (after === known) return memory;
  const { [key]: _, ...others } = order.conversations;
  const waits = after.head !== undefined || after.parked !== undefined;
  if (known === undefined && !waits) return memory;
  return tidied({ ...memory, order: { ...order, conversations: waits ? { ...others, [key]: after } : others } });
}

/** A new owner takes the lane over, and its conversations. */
export function inherited(memory: LaneMemory): LaneMemory {
  const { order, parked } = memory;
  const lane = { ...memory, ...inheritedRange(parked) };
  if (order === undefined) return lane;
  const conversations: Record<string, ConversationMemory> = {};
  for (const [key, known] of Object.entries(order.conversations)) {
    conversations[key] = { ...known, ...inheritedRange(known.parked) };
  }
  return { ...lane, order: { ...order, conversations } };
}

/** An order that nothing waits for needs no memory. */
function tidied(memory: LaneMemory): LaneMemory {
  const { order, ...rest } = memory;
  if (order === undefined) return memory;
  const isNeeded = order.ahead.length + order.settled.length > 0 || Object.keys(order.conversations).length > 0;
  return isNeeded ? memory : rest;
}
