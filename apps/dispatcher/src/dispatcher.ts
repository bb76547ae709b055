import {
  endpointBefore,
  isExpired,
  LONGEST_PAUSE_IN_QUEUE_MS,
  routeOf,
  type ControlView,
  type Endpoint,
  type EndpointBefore,
  type EndpointId,
  type LaneMemory,
  type ParkReason,
} from '@signpost/domain';
import { refused, type Attempted, type Attempts } from './attempt.js';
import type { Coalescer } from './coalescer.js';
import { isFirstTry } from './figures/first-try.js';
import type { ConversationReleases } from './conversation-releases.js';
import type { Conversations } from './conversations.js';
import type { LaneMemoryStore } from './lane-memory-store.js';
import type { Lane } from './lane.js';
import type { Lanes } from './lanes.js';
import type { ProcessLoad } from './process-load.js';
import type { QueuedDelivery } from './queued-delivery.js';
import type { Redeliveries } from './redeliveries.js';
import type { Releases } from './releases.js';
import { laneOf, type Settlement } from './settlement.js';
import type { Turn } from './turn.js';
import type { Underway } from './underway.js';

export interface DispatchLimits {
  /** Requests under way at once, over all lanes. */
  readonly inFlight: number;
  /** Attempts whose consequences are not yet durable: what a crash would repeat. */
  readonly unsettled: number;
  /** Attempts that open breakers refuse, whose consequences are not yet durable. */
  readonly refusals: number;
}

/**
 * The loop: gives the lanes their turns while requests may be made, and sends each delivery the way that its endpoint's
 * state calls for. What to do is decided by pure functions; this class only does it.
 */
export class Dispatcher {
  private unsettled = 0;
  private refusals = 0;
  private stopping = false;

  constructor(
    private readonly limits: DispatchLimits,
    private readonly lanes: Lanes<QueuedDelivery>,
    private readonly view: ControlView,
    private readonly store: LaneMemoryStore,
    private readonly releases: Releases,
    private readonly attempts: Attempts,
    private readonly settlement: Settlement,
    private readonly coalescer: Coalescer,
    private readonly underway: Underway,
    private readonly conversations: Conversations,
    private readonly ordered: ConversationReleases,
    private readonly redeliveries: Redeliveries,
    private readonly load: ProcessLoad,
  ) {}

  /** Into its lane, or wherever else it belongs. Call pump() when all that is at hand has been admitted. */
  admit(entry: QueuedDelivery): void {
    if (this.coalescer.isSuperseded(entry)) return;
    if (this.redeliveries.hold(entry, (later) => this.admit(later))) return;
    const route = this.routeOf(entry);
    if (route.kind !== 'cancel' && this.endOnArrival(entry)) return;
    switch (route.kind) {
      case 'attempt': {
        if (this.conversations.divert(entry)) return;
        const reserved = entry.released ? 0 : this.releases.reservedFor(entry.delivery.endpointId);
        if (this.lanes.offer(entry, reserved)) return;
        if (entry.released && entry.lies === undefined) this.releases.foundNoRoom(laneOf(entry));
        this.park(entry, 'lane-full');
        return;
      }
      case 'park':
        this.park(entry, route.reason);
        return;
      case 'cancel':
        this.end(entry, this.settlement.cancel(entry));
        return;
    }
  }

  /** Ends here without an attempt. */
  supersede(entry: QueuedDelivery): void {
    this.end(entry, this.settlement.supersede(entry));
  }

  pump(): void {
    while (!this.stopping && this.hasRoom()) {
      const turn = this.lanes.next(Date.now());
      if (turn === undefined) return;
      this.take(turn);
    }
  }

  private hasRoom(): boolean {
    const { inFlight, unsettled, refusals } = this.limits;
    return this.lanes.inFlight < inFlight && this.unsettled < unsettled && this.refusals < refusals;
  }

  /** About ten times a second: parks what slow endpoints' lanes hold beyond their bound. */
  relieve(): void {
    for (const entry of this.lanes.overdue()) this.park(entry, 'lane-full');
  }

  /** What waits in the lane goes where it belongs now, at once and not at the lane's pace. */
  readmit(endpointId: EndpointId): void {
    for (const entry of this.lanes.emptied(endpointId)) this.admit(entry);
  }

  /** No new request; those under way go on. What is queued stays undone and comes again from Kafka. */
  stop(): void {
    this.stopping = true;
  }

  /** True for what needs no lane any more: it came too late, a redelivery took its place, or it was swept out of `parked`. */
  private endOnArrival(entry: QueuedDelivery): boolean {
    if (isExpired(entry.delivery, Date.now())) this.end(entry, this.settlement.expire(entry, 'arrival'));
    else if (this.redeliveries.isTakenOver(entry)) this.supersede(entry);
    else if (entry.parkedTooLong) this.end(entry, this.settlement.parkedTooLong(entry));
    else return false;
    return true;
  }

  private end(entry: QueuedDelivery, settled: Promise<void>): void {
    // Others of its conversation may have waited for it.
    const gone = settled.then(() => {
      this.pump();
    });
    this.underway.track(gone, entry.lease, entry.delivery);
    // What the lane asks for next, it asks for once it has this back.
    this.releases.consider(laneOf(entry), Date.now());
  }

  private park(entry: QueuedDelivery, reason: ParkReason): void {
    if (this.coalescer.isSuperseded(entry)) return;
    if (entry.lies !== undefined || this.ordered.hasOrder(laneOf(entry))) this.conversations.park(entry, reason);
    else this.underway.track(this.settlement.park(entry, reason), entry.lease, entry.delivery);
  }

  private take(turn: Turn<QueuedDelivery>): void {
    const { kind, lane, entry } = turn;
    this.conversations.taken(entry);
    const isSuperseded = this.coalescer.isSuperseded(entry);
    // A lost assignment's deliveries are read again by the partition's new owner.
    const route = isSuperseded || entry.lease.lost ? undefined : this.routeOf(entry);
    const isTooLate = isExpired(entry.delivery, Date.now());
    if (route?.kind === 'attempt' && !isTooLate && !this.redeliveries.isTakenOver(entry)) {
      const { endpoint } = route;
      this.coalescer.began(entry);
      if (kind === 'send' && isFirstTry(entry.delivery)) entry.endpointBefore = this.endpointBefore(turn);
      const work = kind === 'send' ? this.attempt(lane, entry, endpoint) : this.refuse(lane, entry, endpoint);
      this.underway.track(work, entry.lease, entry.delivery);
      return;
    }
    if (kind === 'send') this.lanes.finished(lane, undefined, Date.now());
    if (isSuperseded) {
      this.conversations.passed(entry);
      return;
    }
    if (route?.kind === 'attempt') {
      this.end(entry, isTooLate ? this.settlement.expire(entry, 'turn') : this.settlement.supersede(entry));
      return;
    }
    // The endpoint was switched off or deleted while the delivery was queued.
    if (route !== undefined) this.admit(entry);
    if (route?.kind !== 'cancel') this.conversations.abandoned(entry);
  }

  private async attempt(lane: Lane<QueuedDelivery>, entry: QueuedDelivery, endpoint: Endpoint): Promise<void> {
    this.unsettled += 1;
    this.redeliveries.began(entry);
    try {
      const attempted = await this.attempts.make(entry, endpoint);
      if (attempted.kind === 'declined') {
        const { preparedMs, version } = attempted;
        this.lanes.finished(lane, { signal: undefined, tookMs: 0, preparedMs }, Date.now());
        await this.settlement.decline(entry, version);
      } else {
        const { signal, timing, preparedMs = 0, endedAtMs } = attempted;
        this.lanes.finished(lane, { signal, tookMs: timing.totalMs, preparedMs }, endedAtMs);
        await this.settle(lane, entry, endpoint, attempted);
      }
    } finally {
      this.unsettled -= 1;
      this.redeliveries.ended(entry);
    }
    this.releases.consider(laneOf(entry), Date.now());
    this.pump();
  }

  private async refuse(lane: Lane<QueuedDelivery>, entry: QueuedDelivery, endpoint: Endpoint): Promise<void> {
    this.refusals += 1;
    try {
      await this.settlement.attempted(entry, endpoint, refused(Date.now()), lane.pace);
    } finally {
      this.refusals -= 1;
      this.redeliveries.note(entry.delivery);
    }
    this.releases.consider(laneOf(entry), Date.now());
    this.pump();
  }

  private async settle(lane: Lane<QueuedDelivery>, entry: QueuedDelivery, endpoint: Endpoint, attempted: Attempted) {
    const settled = this.settlement.attempted(entry, endpoint, attempted, lane.pace);
    if (lane.pace.pausedUntilMs - attempted.endedAtMs > LONGEST_PAUSE_IN_QUEUE_MS) {
      this.readmit(lane.endpointId);
    }
    // Its answer may have switched the endpoint off; that done, the lane goes on while Kafka takes the rest down.
    this.pump();
    await settled;
  }

  private endpointBefore({ lane: { pace, quick, answerMs }, entry, isHeldBack }: Turn<QueuedDelivery>): EndpointBefore {
    const { breaker } = pace;
    const before = { breaker, isHeldBack, isQuick: quick, answerMs, isProcessBusy: this.load.isBusy };
    return endpointBefore(before, this.memoryOf(entry), entry.released);
  }

  private routeOf(entry: QueuedDelivery) {
    return routeOf(this.view.endpoint(entry.delivery.endpointId), this.memoryOf(entry), Date.now());
  }

  private memoryOf({ delivery, lease }: QueuedDelivery): LaneMemory | undefined {
    return this.store.get(lease.partition, delivery.endpointId);
  }
}
