import { attemptOfRun, type Delivery } from '@signpost/contracts';
import { afterHandOver, afterTakeOver, emptyLane, isTakenOver, type DeliveryId } from '@signpost/domain';
import type { Metrics } from '@signpost/observability';
import type { LaneMemoryStore, LaneName } from './lane-memory-store.js';
import type { QueuedDelivery } from './queued-delivery.js';

interface UnderWay {
  /** Of one delivery; more than one only where Kafka holds a record twice. */
  count: number;
  /** The highest number among them. */
  attempt: number;
  readonly waiting: { readonly entry: QueuedDelivery; readonly resume: (entry: QueuedDelivery) => void }[];
}

export interface TakenIn {
  /** Another copy of it was taken in before: nothing is to be done with this one. */
  readonly isRepeat: boolean;
  /** Resolves once what the lane remembers of it is durable; its offset waits for that. */
  readonly remembered: Promise<void> | undefined;
}

const NOTHING: TakenIn = { isRepeat: false, remembered: undefined };

/**
 * What is special about deliveries that were asked for again: a second copy of one is dropped, an earlier run that was
 * still waiting ends when it comes back, and no two attempts of one delivery are under way at once.
 */
export class Redeliveries {
  private readonly underWay = new Map<DeliveryId, UnderWay>();

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
    const remembered = this.store.change(name, (memory) => afterHandOver(memory, handOver, offset, nowMs).memory);
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
  ended({ delivery: { id } }: QueuedDelivery): void {
    const known = this.underWay.get(id);
    if (known === undefined) return;
    known.count -= 1;
    if (known.count > 0) return;
    this.underWay.delete(id);
    for (const { entry, resume } of known.waiting) {
      if (!entry.lease.lost) resume(afterAttempt(entry, known.attempt));
    }
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

/** Whoever asked did not know of an attempt that was under way then: the redelivery's first comes after it. */
function afterAttempt(entry: QueuedDelivery, attempt: number): QueuedDelivery {
  const { delivery } = entry;
  const { redelivery } = delivery;
  if (redelivery === undefined || attemptOfRun(delivery) > 1 || attempt < delivery.attempt) return entry;
  return {
    ...entry,
    delivery: { ...delivery, attempt: attempt + 1, redelivery: { ...redelivery, attemptsBefore: attempt } },
  };
}
