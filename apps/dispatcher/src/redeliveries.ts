import { attemptOfRun, type Delivery } from '@signpost/contracts';
import {
  afterHandOver,
  afterTakeOver,
  emptyLane,
  isTakenOver,
  type DeliveryId,
  type TraceCarrier,
} from '@signpost/domain';
import type { Metrics } from '@signpost/observability';
import type { LaneMemoryStore, LaneName } from './lane-memory-store.js';
import type { QueuedDelivery } from './queued-delivery.js';
import { RecentMap } from './recent-map.js';

interface UnderWay {
  /** Of one delivery; more than one only where Kafka holds a record twice. */
  count: number;
  /** The highest number among them. */
  attempt: number;
  readonly waiting: { readonly entry: QueuedDelivery; readonly resume: (entry: QueuedDelivery) => void }[];
}

interface Made {
  readonly attempt: number;
  /** Of which redelivery; 0: of the delivery as it was first owed. */
  readonly run: number;
  /** Attempts that were made before that run. */
  readonly before: number;
  /** Of the delivery as it was then. */
  readonly trace: TraceCarrier | undefined;
}

export interface TakenIn {
  /** Another copy of it was taken in before: nothing is to be done with this one. */
  readonly isRepeat: boolean;
  /** Resolves once what the lane remembers of it is durable; its offset waits for that. */
  readonly remembered: Promise<void> | undefined;
}

/** Deliveries of which the last attempt is remembered at least: for longer than the log is behind, as a rule. */
const LEAST_MADE = 10_000;

const NOTHING: TakenIn = { isRepeat: false, remembered: undefined };

/**
 * What is special about deliveries that were asked for again: a second copy of one is dropped, an earlier run that was
 * still waiting ends when it comes back, and no two attempts of one delivery are under way at once.
 */
export class Redeliveries {
  private readonly underWay = new Map<DeliveryId, UnderWay>();
  /** The last attempts that were made, by whichever run. */
  private readonly made = new RecentMap<DeliveryId, Made>(LEAST_MADE);

  constructor(
    private readonly store: LaneMemoryStore,
    private readonly metrics: Metrics,
  ) {}

  /** It came from `deliveries.returning`, at `offset`; before anything else is decided about it. */
  takeIn(name: LaneName, { id, redelivery, handOver }: Delivery, offset: number, nowMs: number): TakenIn {
    if (redelivery === undefined || handOver === undefined) return NOTHING;
    if (handOver.kind === 'take-over') {
      this.count('take-over');
      return {
        isRepeat: false,
        remembered: this.store.change(name, (memory) => afterTakeOver(memory, id, redelivery.number, nowMs)),
      };
    }
    const known = this.store.get(name.partition, name.endpointId) ?? emptyLane(name.endpointId, name.applicationId);
    const { isRepeat } = afterHandOver(known, handOver, offset, nowMs);
    this.count(isRepeat ? 'repeat' : 'task');
    const remembered = this.store.change(name, (memory) => {
      const taken = afterHandOver(memory, handOver, offset, nowMs).memory;
      return handOver.takesOver === true ? afterTakeOver(taken, id, redelivery.number, nowMs) : taken;
    });
    return { isRepeat, remembered };
  }

  /** Whether a later redelivery has taken this run's place, so that one more attempt of it would be one too many. */
  isTakenOver({ delivery, lease }: QueuedDelivery): boolean {
    const memory = this.store.get(lease.partition, delivery.endpointId);
    return isTakenOver(memory, delivery.id, delivery.redelivery?.number ?? 0);
  }

  began({ delivery: { id, attempt } }: QueuedDelivery): void {
    const known = this.underWay.get(id);
    if (known === undefined) {
      this.underWay.set(id, { count: 1, attempt, waiting: [] });
      return;
    }
    known.count += 1;
    known.attempt = Math.max(known.attempt, attempt);
  }

  /** What its attempt caused is durable; what waited for that goes on. */
  ended({ delivery }: QueuedDelivery): void {
    const { id } = delivery;
    this.note(delivery);
    const known = this.underWay.get(id);
    if (known === undefined) return;
    known.count -= 1;
    if (known.count > 0) return;
    this.underWay.delete(id);
    for (const { entry, resume } of known.waiting) {
      if (!entry.lease.lost) resume({ ...entry, delivery: afterAttempt(entry.delivery, known.attempt) });
    }
  }

  /** An attempt of it was made, or refused. */
  note({ id, attempt, redelivery, trace }: Delivery): void {
    const known = this.made.get(id);
    const last = { attempt, run: redelivery?.number ?? 0, before: redelivery?.attemptsBefore ?? 0, trace };
    this.made.set(id, known !== undefined && known.attempt > attempt ? known : last);
  }

  /** The attempt of an earlier run that this one, the first of its own, comes after; undefined: nothing is known of it. */
  earlierThan({ id, attempt, redelivery }: Delivery): Made | undefined {
    const last = redelivery === undefined ? undefined : this.made.get(id);
    return last?.attempt === attempt - 1 ? last : undefined;
  }

  /** A redelivery that was asked for before the log told of its delivery's last attempt goes on from that one. */
  numbered(delivery: Delivery): Delivery {
    const { id, redelivery } = delivery;
    const last = redelivery === undefined ? undefined : this.made.get(id);
    if (redelivery === undefined || last === undefined || last.run > redelivery.number) return delivery;
    // Read again after a rebalance, it has the number that it had.
    return afterAttempt(delivery, last.run === redelivery.number ? last.before : last.attempt);
  }

  /** True when a redelivery has to wait for another attempt of its delivery; `resume` is called once that is over. */
  hold(entry: QueuedDelivery, resume: (entry: QueuedDelivery) => void): boolean {
    if (entry.delivery.redelivery === undefined) return false;
    const known = this.underWay.get(entry.delivery.id);
    known?.waiting.push({ entry, resume });
    return known !== undefined;
  }

  private count(by: 'take-over' | 'task' | 'repeat'): void {
    this.metrics.of.redeliveriesTakenIn.inc({ by });
  }
}

/** Whoever asked did not know of that attempt: the redelivery's first comes after it. */
function afterAttempt(delivery: Delivery, attempt: number): Delivery {
  const { redelivery } = delivery;
  if (redelivery === undefined || attemptOfRun(delivery) > 1 || attempt < delivery.attempt) return delivery;
  return { ...delivery, attempt: attempt + 1, redelivery: { ...redelivery, attemptsBefore: attempt } };
}
