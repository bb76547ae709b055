import {
  afterDemandBehind,
  afterEndpointChange,
  conversationOf,
  headQueue,
  isCrowded,
  isHeldOff,
  isOrphan,
  isSecondCopy,
  isSwitchedOff,
  mayBeParked,
  waitingQueue,
  waitingRange,
  type ControlView,
  type EndpointId,
  type LaneMemory,
} from '@signpost/domain';
import type { LaneMemoryStore, LaneName } from './lane-memory-store.js';
import { OrderedLane } from './ordered-lane.js';
import type { ParkedCopy, ParkedPlace, QueuedDelivery } from './queued-delivery.js';
import { laneOf } from './settlement.js';
import type { DemandRules, Releases } from './releases.js';
import type { Underway } from './underway.js';

/** A conversation goes on one by one: to have more of it at hand would only fill the lane. */
const LARGEST_DEMAND = 16;

export interface ConversationReleaseLimits {
  /** What one lane may hold in its queue. */
  readonly laneRecords: number;
  /** Milliseconds after which a demand that brings nothing is asked again. */
  readonly patienceMs: number;
}

/** A delivery that is back from `parked`, of a lane that has an order. */
export type TakenBack =
  | { readonly kind: 'taken'; readonly lies?: ParkedPlace }
  /** It lies in `parked` as before, or was done here. */
  | { readonly kind: 'left' }
  /** Another copy of it is on its way here, and this one is done with that. */
  | { readonly kind: 'joined' };

/** Takes ordered lanes' deliveries back from `parked`: each conversation's in their order, and nothing out of turn. */
export class ConversationReleases {
  private readonly lanes = new Map<EndpointId, OrderedLane>();

  constructor(
    private readonly limits: ConversationReleaseLimits,
    private readonly store: LaneMemoryStore,
    private readonly view: ControlView,
    private readonly queuedIn: (endpointId: EndpointId) => number,
    private readonly releases: Releases,
    private readonly underway: Underway,
  ) {}

  hasOrder({ partition, endpointId }: LaneName): boolean {
    if (this.view.endpoint(endpointId)?.ordering !== undefined) return true;
    return this.store.get(partition, endpointId)?.order !== undefined;
  }

  known({ endpointId }: LaneName): OrderedLane | undefined {
    return this.lanes.get(endpointId);
  }

  laneOf(name: LaneName): OrderedLane {
    const known = this.lanes.get(name.endpointId);
    if (known !== undefined) return known;
    const fresh = new OrderedLane(name);
    this.lanes.set(name.endpointId, fresh);
    return fresh;
  }

  /** A partition is gone, or has come anew: what another process has done meanwhile stands in the lanes' memory. */
  abandon(partition: number): void {
    for (const { name } of [...this.lanes.values()]) {
      if (name.partition === partition) this.lanes.delete(name.endpointId);
    }
  }

  /**
   * What no range covers was handed back when the endpoint had no order, or is repeated after a crash: it is taken, and
   * there is nothing to be noted of it; unless the sweep brings it, which comes only for what is not settled.
   */
  takeBack(name: LaneName, copy: ParkedCopy, done: () => void): TakenBack {
    const { parkedOffset: offset, demand, behind, swept } = copy;
    const memory = this.store.get(name.partition, name.endpointId);
    const range = rangeOf(memory, behind);
    const lane = this.laneOf(name);
    if (range === undefined || offset < range.oldestOffset) {
      const isEnded = swept || lane.hasSettled(offset) || (memory !== undefined && isSecondCopy(memory, offset, false));
      return isEnded ? { kind: 'left' } : { kind: 'taken' };
    }
    const sequence = lane.sequence(behind, range.oldestOffset);
    const isSettled =
      isOrphan(range, offset) ||
      lane.hasSettled(offset) ||
      (behind === undefined && memory?.order?.settled.includes(offset) === true);
    if (swept) {
      if (isSettled) return { kind: 'left' };
      if (sequence.holds(offset)) {
        lane.swept(offset, done);
        return { kind: 'joined' };
      }
      sequence.takeSwept(offset);
      return { kind: 'taken', lies: { offset, behind } };
    }
    const outstanding = sequence.outstanding;
    const nowMs = Date.now();
    const isTaken = sequence.take({ offset, demand }, isSettled, nowMs);
    if (behind === undefined && sequence.outstanding !== outstanding) this.releases.cameBack(name, nowMs);
    if (isTaken) return { kind: 'taken', lies: { offset, behind } };
    // It may have been the last that was asked for.
    this.goOn(lane, behind);
    return { kind: 'left' };
  }

  /** It cannot be sent now, and still lies where it lay. */
  putBack(lane: OrderedLane, entry: QueuedDelivery, { offset, behind }: ParkedPlace): void {
    lane.sequence(behind, offset).putBack(offset);
    if (behind === undefined) this.releases.putBack(laneOf(entry));
    entry.done();
  }

  /** Something of the lane was settled or parked: what waits for that, if anything, is asked for. */
  goOn(lane: OrderedLane, mark: string | undefined): void {
    if (mark !== undefined) this.consider(lane, conversationOf(mark), Date.now());
    this.releases.consider(lane.name, Date.now());
  }

  /** Called whenever a lane may have become able to take back what waits in its conversations. */
  considerAll(name: LaneName, nowMs: number): void {
    if (this.store.get(name.partition, name.endpointId)?.order === undefined) return;
    const endpoint = this.view.endpoint(name.endpointId);
    // A head that is on its way to be parked is still to say where it lies.
    if (this.known(name)?.isParkingAny !== true) {
      this.underway.track(
        this.store.change(name, (memory) =>
          afterEndpointChange(memory, endpoint?.ordering, endpoint?.version ?? Infinity),
        ),
        undefined,
      );
    }
    const conversations = this.store.get(name.partition, name.endpointId)?.order?.conversations;
    if (conversations === undefined) return;
    const lane = this.laneOf(name);
    for (const key of Object.keys(conversations)) this.consider(lane, key, nowMs);
  }

  /** Now and then: asks again where nothing came, and lets those ask that found no room. */
  tick(nowMs: number): void {
    for (const lane of [...this.lanes.values()]) {
      lane.withdrawSilent(nowMs, this.limits.patienceMs);
      this.considerAll(lane.name, nowMs);
    }
  }

  /** What a lane with an order may ask for of its own part of `parked`; undefined: it has none, and no rules. */
  rulesOf(name: LaneName): DemandRules | undefined {
    if (!this.hasOrder(name)) return undefined;
    const memory = this.store.get(name.partition, name.endpointId);
    if (memory?.parked === undefined) return undefined;
    const { parked, order } = memory;
    const sequence = this.laneOf(name).sequence(undefined, parked.oldestOffset);
    // What was under way when parking began comes first; and in a crowd no new conversation is begun.
    const isDue = order === undefined || (order.ahead.length === 0 && !isCrowded(order));
    return {
      mayAsk: isDue || this.view.endpoint(name.endpointId)?.ordering === undefined,
      fromOffset: Math.max(sequence.from, parked.oldestOffset),
      parked: mayBeParked(parked) - sequence.inProcess,
      asked: (limit, nowMs) => {
        const demand = this.store.get(name.partition, name.endpointId)?.demand;
        if (demand !== undefined) sequence.asked(demand.sequence, limit, nowMs);
      },
    };
  }

  withdrawn(name: LaneName): void {
    this.known(name)?.known(undefined)?.withdraw();
  }

  private consider(lane: OrderedLane, key: string, nowMs: number): void {
    const { name } = lane;
    if (!this.store.owns(name.partition)) return;
    const memory = this.store.get(name.partition, name.endpointId);
    const conversation = memory?.order?.conversations[key];
    if (memory === undefined || conversation === undefined) {
      lane.forget(key);
      lane.forget(headQueue(key));
      return;
    }
    const range = waitingRange(conversation);
    const endpoint = this.view.endpoint(name.endpointId);
    if (range === undefined) return;
    if (endpoint !== undefined && (isSwitchedOff(endpoint, memory) || isHeldOff(memory, nowMs))) return;
    const sequence = lane.sequence(waitingQueue(conversation, key), range.oldestOffset);
    if (!sequence.isIdle) return;
    const room = this.limits.laneRecords - this.queuedIn(name.endpointId) - lane.outstanding;
    const limit = Math.min(LARGEST_DEMAND, range.count, room);
    if (limit <= 0) return;
    const fromOffset = Math.max(sequence.from, range.oldestOffset);
    this.underway.track(
      this.store.change(name, (known) => afterDemandBehind(known, key, { fromOffset, limit, nowMs })),
      undefined,
    );
    const asked = this.store.get(name.partition, name.endpointId)?.order?.sequence;
    if (asked !== undefined) sequence.asked(asked, limit, nowMs);
  }
}

function rangeOf(memory: LaneMemory | undefined, mark: string | undefined) {
  if (mark === undefined) return memory?.parked;
  const key = conversationOf(mark);
  const conversation = memory?.order?.conversations[key];
  if (conversation === undefined) return undefined;
  return mark === key ? conversation.parked : waitingRange(conversation);
}
