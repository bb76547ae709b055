import {
  afterParking,
  decide,
  isPaceRemembered,
  switchedOff,
  withPace,
  type Decision,
  type Endpoint,
  type LaneMemory,
  type LanePace,
  type ParkReason,
} from '@signpost/domain';
import type { Metrics } from '@signpost/observability';
import type { RecordSink } from '@signpost/ports';
import type { Attempted } from './attempt.js';
import { cancelledRecord, followUp, orphanRecord, parkedRecords } from './follow-up.js';
import type { LaneMemoryStore, LaneName } from './lane-memory-store.js';
import type { QueuedDelivery } from './queued-delivery.js';

export type ParkingNote = (memory: LaneMemory, offset: number) => LaneMemory;

export interface ParkingBehind {
  readonly mark: string;
  readonly note: ParkingNote;
}

/** What the order of conversations makes of an outcome; does nothing for deliveries that have no order. */
export interface OutcomeOrder {
  /** At once when it is known. The result is called when all that follows is durable, and resolves when it is noted. */
  decided(entry: QueuedDelivery, endpoint: Endpoint | undefined, decision: Decision): () => Promise<void>;
  /** Nothing became of it here. */
  abandoned(entry: QueuedDelivery): void;
}

/**
 * Makes durable what becomes of a delivery, and only then lets its offset be committed (promise 2).
 *
 * Once its assignment is lost a delivery belongs to the partition's next owner, who reads it again: whatever this
 * process still appended, a retry or a dead letter, would be a second one beside the owner's. So nothing follows any
 * more but the fact that an attempt was made.
 */
export class Settlement {
  constructor(
    private readonly sink: RecordSink,
    private readonly store: LaneMemoryStore,
    private readonly metrics: Metrics,
    private readonly order: OutcomeOrder,
  ) {}

  /** `pace`: the lane's, with this attempt in it. */
  async attempted(entry: QueuedDelivery, endpoint: Endpoint, attempted: Attempted, pace: LanePace): Promise<void> {
    this.measure(entry, attempted);
    if (entry.lease.lost) {
      this.order.abandoned(entry);
      await this.sink.append(orphanRecord(entry, endpoint, attempted));
      return;
    }
    const decision = decide(attempted.verdict, entry.delivery.attempt, endpoint.retrySchedule);
    const settled = this.order.decided(entry, endpoint, decision);
    const { records, tier, deadLetter } = followUp(entry, endpoint, attempted, decision);
    if (tier !== undefined) this.metrics.of.retries.inc({ tier });
    if (deadLetter !== undefined) this.metrics.of.deadLetters.inc({ reason: deadLetter });
    const switchOff =
      attempted.verdict.kind === 'gone'
        ? this.store.change(laneOf(entry), (memory) =>
            switchedOff(memory, attempted.endedAtMs, 'gone', endpoint.version),
          )
        : undefined;
    await Promise.all([
      ...records.map((record) => this.sink.append(record)),
      switchOff,
      this.rememberPace(entry, pace, attempted.endedAtMs),
      entry.remembered,
    ]);
    await settled();
    entry.done();
  }

  /** Sets the delivery aside until its lane asks for it. `behind`: the mark of its conversation, where it has one. */
  async park(entry: QueuedDelivery, reason: ParkReason, behind?: ParkingBehind): Promise<void> {
    if (entry.lease.lost) return;
    this.metrics.of.parked.inc({ reason });
    const { parked, fact } = parkedRecords(entry, reason, Date.now(), behind?.mark);
    const note = behind?.note ?? afterParking;
    const noted = this.sink.append(parked).then(({ offset }) => this.noteParking(entry, offset, note));
    await Promise.all([noted, this.sink.append(fact), entry.remembered]);
    entry.done();
  }

  /** Its endpoint was deleted. */
  async cancel(entry: QueuedDelivery): Promise<void> {
    if (entry.lease.lost) {
      this.order.abandoned(entry);
      return;
    }
    this.metrics.of.cancelled.inc();
    const name = laneOf(entry);
    const settled = this.order.decided(entry, undefined, { kind: 'settle' });
    await Promise.all([this.sink.append(cancelledRecord(entry, Date.now())), entry.remembered]);
    await settled();
    const memory = this.store.get(name.partition, name.endpointId);
    if (memory?.parked === undefined && memory?.order === undefined) await this.store.forget(name);
    entry.done();
  }

  private rememberPace(entry: QueuedDelivery, pace: LanePace, nowMs: number): Promise<void> | undefined {
    const name = laneOf(entry);
    if (!isPaceRemembered(this.store.get(name.partition, name.endpointId), pace, nowMs)) return undefined;
    return this.store.change(name, (memory) => withPace(memory, pace, nowMs));
  }

  private async noteParking(entry: QueuedDelivery, offset: number, note: ParkingNote): Promise<void> {
    // Of a lost assignment's parking the new owner need not know: it has the delivery itself.
    if (entry.lease.lost) return;
    await this.store.change(laneOf(entry), (memory) => note(memory, offset));
  }

  private measure(entry: QueuedDelivery, { outcome, timing, endedAtMs, verdict }: Attempted): void {
    const { attempts, attemptDuration, deliveryLatency } = this.metrics.of;
    const delivered = verdict.kind === 'delivered';
    attempts.inc({ outcome });
    if (outcome !== 'breaker-open') {
      attemptDuration.observe(timing.totalMs / 1_000, { outcome: delivered ? 'delivered' : 'failed' });
    }
    if (!delivered) return;
    const { acceptedAtMs, attempt } = entry.delivery;
    deliveryLatency.observe(Math.max(0, endedAtMs - acceptedAtMs) / 1_000, {
      attempt: attempt === 1 ? 'first' : 'later',
    });
  }
}

/** `deliveries`, `deliveries.returning`, `parked` and `lanes` are keyed alike: one partition number for all. */
export function laneOf(entry: QueuedDelivery): LaneName {
  const { endpointId, applicationId } = entry.delivery;
  return { partition: entry.lease.partition, endpointId, applicationId };
}
