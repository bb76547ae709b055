import {
  afterHeadTurn,
  afterParkingBehind,
  afterParkingHead,
  afterSettling,
  afterSettlingBehind,
  conversationKey,
  conversationOf,
  effectOn,
  gone,
  headQueue,
  heldBy,
  isCrowded,
  isSkipped,
  noLongerAhead,
  passedOver,
  placeOf,
  waitingFor,
  withAhead,
  type ControlView,
  type Decision,
  type Endpoint,
  type LaneMemory,
  type OrderEffect,
  type ParkReason,
} from '@signpost/domain';
import { attemptOfRun } from '@signpost/contracts';
import type { Coalescer } from './coalescer.js';
import type { ConversationReleases } from './conversation-releases.js';
import type { LaneMemoryStore } from './lane-memory-store.js';
import type { Lanes } from './lanes.js';
import type { OrderedLane } from './ordered-lane.js';
import type { ParkedPlace, QueuedDelivery } from './queued-delivery.js';
import { laneOf, type OutcomeOrder, type ParkingNote, type Settlement } from './settlement.js';
import type { Underway } from './underway.js';

/**
 * Keeps the order of conversations for endpoints that ask for it: which delivery may enter the queue, what waits behind
 * which, and what goes on once a head has its fate. The decisions are conversation-order's; this does them.
 */
export class Conversations implements OutcomeOrder {
  /** All that these caused is durable. */
  private readonly ended = new WeakSet<QueuedDelivery>();

  constructor(
    private readonly store: LaneMemoryStore,
    private readonly view: ControlView,
    private readonly lanes: Lanes<QueuedDelivery>,
    private readonly releases: ConversationReleases,
    private readonly coalescer: Coalescer,
    private readonly settlement: () => Settlement,
    private readonly underway: Underway,
  ) {}

  /** Says which conversation the delivery is of, where that has an order. */
  name(entry: QueuedDelivery): void {
    const { conversationId, endpointId, attempt, id, redelivery } = entry.delivery;
    const ordering = this.view.endpoint(endpointId)?.ordering;
    if (ordering === undefined || conversationId === undefined) return;
    const key = conversationKey(conversationId);
    if (redelivery !== undefined) {
      // It waits its turn, and once it has failed it is in nobody's way.
      if (attemptOfRun(entry.delivery) === 1) entry.conversation = key;
      return;
    }
    const isHead = this.memoryOf(entry)?.order?.conversations[key]?.head?.id === id;
    if (isHead || !isSkipped(ordering, attempt)) entry.conversation = key;
  }

  /** True when its order sends the delivery elsewhere than into the queue: it has been seen to. */
  divert(entry: QueuedDelivery): boolean {
    const { conversation: key, lies } = entry;
    // What comes back from behind its head comes in its turn.
    if (key === undefined || lies?.behind !== undefined) return false;
    const lane = this.releases.laneOf(laneOf(entry));
    const memory = this.memoryOf(entry);
    const place = placeOf(memory?.order, {
      id: entry.delivery.id,
      key,
      // What comes again after a crash may have been moved behind others since.
      from: entry.released ? 'parked' : entry.order === 'fresh' ? 'fresh' : 'front',
      laneHasParked: lane.hasParked(memory),
      parkingBehind: lane.isParking(key),
    });
    switch (place) {
      case 'queue':
        return false;
      case 'parked':
        this.park(entry, 'lane-full');
        return true;
      case 'behind':
        this.parkBehind(lane, entry, key);
        return true;
    }
  }

  /** Out of the queue, but it has ended otherwise: its conversation goes on once that is durable. */
  passed(entry: QueuedDelivery): void {
    if (this.ended.has(entry)) this.abandoned(entry);
  }

  /** Out of the queue, on its way. */
  taken(entry: QueuedDelivery): void {
    if (entry.conversation === undefined || entry.order !== 'fresh') return;
    this.releases.laneOf(laneOf(entry)).freshUnderWay.add(entry.delivery.id);
  }

  /** For a lane that has an order: sets the delivery aside without losing its place. */
  park(entry: QueuedDelivery, reason: ParkReason): void {
    if (this.coalescer.isSuperseded(entry)) return;
    const lane = this.releases.laneOf(laneOf(entry));
    const { conversation: key, lies } = entry;
    const { id } = entry.delivery;
    if (lies !== undefined) {
      this.putBack(lane, entry, lies);
      return;
    }
    // It was on its way, and so comes before all that is queued of its conversation.
    const isFirst = lane.freshUnderWay.delete(id);
    const memory = this.memoryOf(entry);
    // A redelivery shares its id with the head that its conversation may be waiting for, and is not it.
    if (key !== undefined && entry.delivery.redelivery === undefined) {
      if (memory?.order?.conversations[key]?.head?.id === id) {
        this.parkHead(lane, entry, key);
        return;
      }
      if (memory?.order?.ahead.includes(id) === true) {
        this.parkBehind(lane, entry, key);
        return;
      }
    }
    if (lane.hasParked(memory)) this.parkLast(lane, entry, reason);
    else this.beginParking(lane, entry, reason, isFirst);
  }

  decided(
    entry: QueuedDelivery,
    endpoint: Endpoint | undefined,
    decision: Decision,
  ): (() => Promise<void>) | undefined {
    const { lies, delivery } = entry;
    const key = entry.conversation ?? this.headedBy(entry);
    if (key === undefined && lies === undefined) return undefined;
    if (delivery.redelivery !== undefined) {
      // Delivered, it lets those go on that wait for an earlier run of it; otherwise nothing changes for them.
      const effect = decision.kind === 'settle' ? 'pass' : 'wait';
      return () => this.settled(entry, key, effect, endpoint?.version ?? 0);
    }
    const effect = effectOn(endpoint?.ordering, decision, delivery.attempt);
    if (key !== undefined && (effect === 'wait' || effect === 'hold')) this.block(entry, key);
    return () => this.settled(entry, key, effect, endpoint?.version ?? 0);
  }

  abandoned(entry: QueuedDelivery): void {
    if (entry.conversation === undefined) return;
    this.releases.known(laneOf(entry))?.freshUnderWay.delete(entry.delivery.id);
    this.lanes.conversationFreed(entry);
  }

  /** The conversation that waits for this delivery, should it end before it is known to have an order. */
  private headedBy(entry: QueuedDelivery): string | undefined {
    const { conversationId, id } = entry.delivery;
    const waiting = conversationId === undefined ? undefined : this.memoryOf(entry)?.order?.conversations;
    if (conversationId === undefined || waiting === undefined) return undefined;
    const key = conversationKey(conversationId);
    return waiting[key]?.head?.id === id ? key : undefined;
  }

  /** It cannot be sent now, and still lies where it lay. */
  private putBack(lane: OrderedLane, entry: QueuedDelivery, lies: ParkedPlace): void {
    if (lane.wasSwept(lies.offset)) {
      this.underway.track(this.settlement().parkedTooLong(entry), entry.lease);
      return;
    }
    this.coalescer.left(entry);
    this.releases.putBack(lane, entry, lies);
  }

  /** The conversation waits for this delivery: what is queued of it goes behind, as it lay or in its order. */
  private block(entry: QueuedDelivery, key: string): void {
    const name = laneOf(entry);
    const lane = this.releases.laneOf(name);
    const liesAt = entry.lies?.behind === key ? entry.lies.offset : undefined;
    this.change(entry, (memory) => waitingFor(memory, key, entry.delivery.id, liesAt));
    if (this.memoryOf(entry)?.order?.conversations[key]?.head?.id !== entry.delivery.id) return;
    lane.known(key)?.withdraw();
    for (const follower of this.lanes.extract(name.endpointId, ({ conversation }) => conversation === key)) {
      if (follower.lies?.behind === undefined) this.parkBehind(lane, follower, key);
      else this.park(follower, 'behind-head');
    }
    // Each that is tried now may be one more to remember: no further ones until some have gone on.
    if (isCrowded(this.memoryOf(entry)?.order)) this.parkAll(lane, this.queueOf(lane), 'behind-head');
  }

  private async settled(
    entry: QueuedDelivery,
    conversation: string | undefined,
    effect: OrderEffect,
    version: number,
  ): Promise<void> {
    const name = laneOf(entry);
    const { lies, delivery } = entry;
    // The endpoint may have lost its order since this was parked in it.
    const key = conversation ?? (lies?.behind === undefined ? undefined : conversationOf(lies.behind));
    if (entry.lease.lost) {
      this.abandoned(entry);
      return;
    }
    const lane = this.releases.laneOf(name);
    const lowest = lies === undefined ? 0 : lane.settle(lies.behind, lies.offset);
    const noted = this.store.change(name, (memory) => {
      const ordered =
        key === undefined
          ? memory
          : afterEffect(memory, { key, id: delivery.id, effect, version, liesAt: lies?.offset });
      if (lies === undefined) return ordered;
      return lies.behind === undefined
        ? afterSettling(ordered, lies.offset, lowest)
        : afterSettlingBehind(ordered, lies.behind, lies.offset, lowest);
    });
    this.ended.add(entry);
    this.abandoned(entry);
    this.releases.goOn(lane, key);
    await noted;
    if (lies !== undefined) lane.settled(lies.offset);
  }

  /** What is queued goes first, so that the order in `parked` is the lane's; unless this one was on its way already. */
  private beginParking(lane: OrderedLane, entry: QueuedDelivery, reason: ParkReason, isFirst: boolean): void {
    const queued = this.queueOf(lane);
    this.parkAll(lane, isFirst ? [entry, ...queued] : [...queued, entry], reason);
  }

  /** Parking begins, if it has not, behind what is under way. */
  private parkAll(lane: OrderedLane, entries: readonly QueuedDelivery[], reason: ParkReason): void {
    const [first] = entries;
    if (first === undefined) return;
    if (!lane.hasParked(this.memoryOf(first)))
      this.change(first, (memory) => withAhead(memory, [...lane.freshUnderWay]));
    lane.parkingBegins(undefined);
    for (const one of entries) this.park(one, reason);
    lane.parkingEnded(undefined);
  }

  private queueOf(lane: OrderedLane): readonly QueuedDelivery[] {
    return this.lanes.extract(lane.name.endpointId, ({ conversation }) => conversation !== undefined);
  }

  private parkLast(lane: OrderedLane, entry: QueuedDelivery, reason: ParkReason): void {
    lane.parkingBegins(undefined);
    this.underway.track(
      this.settlement()
        .park(entry, reason)
        .finally(() => {
          lane.parkingEnded(undefined);
        })
        .then(() => {
          this.releases.goOn(lane, undefined);
        }),
      entry.lease,
    );
  }

  private parkHead(lane: OrderedLane, entry: QueuedDelivery, key: string): void {
    const { id } = entry.delivery;
    let isNoted = false;
    const { done } = entry;
    // Should the conversation have gone on to another head meanwhile, this one is parked like any other.
    entry.done = () => {
      entry.done = done;
      if (isNoted) done();
      else this.parkLast(lane, entry, 'behind-head');
    };
    this.parkAs(lane, entry, 'behind-head', headQueue(key), (memory, offset) => {
      const after = noLongerAhead(afterParkingHead(memory, key, id, offset), id);
      isNoted = after.order?.conversations[key]?.head?.parkedAt === offset;
      return after;
    });
  }

  private parkBehind(lane: OrderedLane, entry: QueuedDelivery, key: string): void {
    if (this.coalescer.isSuperseded(entry)) return;
    const { lies, delivery } = entry;
    this.parkAs(lane, entry, 'behind-head', key, (memory, offset) => {
      const behind = noLongerAhead(afterParkingBehind(memory, key, offset), delivery.id);
      // It lay in the lane's own part before: both are noted at once.
      return lies === undefined ? behind : afterSettling(behind, lies.offset, lane.settle(undefined, lies.offset));
    });
  }

  private parkAs(lane: OrderedLane, entry: QueuedDelivery, reason: ParkReason, mark: string, note: ParkingNote): void {
    lane.parkingBegins(mark);
    this.underway.track(
      this.settlement()
        .park(entry, reason, { mark, note })
        .finally(() => {
          lane.parkingEnded(mark);
        })
        .then(() => {
          this.releases.goOn(lane, mark);
        }),
      entry.lease,
    );
  }

  private change(entry: QueuedDelivery, change: (memory: LaneMemory) => LaneMemory): void {
    this.underway.track(this.store.change(laneOf(entry), change), entry.lease);
  }

  private memoryOf(entry: QueuedDelivery): LaneMemory | undefined {
    return this.store.get(entry.lease.partition, entry.delivery.endpointId);
  }
}

interface Settled {
  readonly key: string;
  readonly id: QueuedDelivery['delivery']['id'];
  readonly effect: OrderEffect;
  readonly version: number;
  readonly liesAt: number | undefined;
}

function afterEffect(memory: LaneMemory, { key, id, effect, version, liesAt }: Settled): LaneMemory {
  const after = noLongerAhead(memory, id);
  switch (effect) {
    case 'wait':
      return afterHeadTurn(after, key, id, liesAt);
    case 'pass':
      return passedOver(after, key, id, liesAt);
    case 'go-on':
      return gone(after, key, id);
    case 'hold':
      return heldBy(after, key, id, version);
  }
}
