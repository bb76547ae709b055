import { afterParking, decide, type Endpoint, type ParkReason } from '@signpost/domain';
import type { Metrics } from '@signpost/observability';
import type { RecordSink } from '@signpost/ports';
import type { Attempted } from './attempt.js';
import type { FailingWatch } from './failing-watch.js';
import { cancelledRecord, followUp, orphanRecord, parkedRecords } from './follow-up.js';
import type { LaneMemoryStore, LaneName } from './lane-memory-store.js';
import type { QueuedDelivery } from './queued-delivery.js';

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
    private readonly watch: FailingWatch,
  ) {}

  async attempted(entry: QueuedDelivery, endpoint: Endpoint, attempted: Attempted): Promise<void> {
    this.measure(entry, attempted);
    if (entry.lease.lost) {
      await this.sink.append(orphanRecord(entry, endpoint, attempted));
      return;
    }
    const decision = decide(attempted.verdict, entry.delivery.attempt, endpoint.retrySchedule);
    const { records, tier, deadLetter } = followUp(entry, endpoint, attempted, decision);
    if (tier !== undefined) this.metrics.of.retries.inc({ tier });
    if (deadLetter !== undefined) this.metrics.of.deadLetters.inc({ reason: deadLetter });
    const watched = this.watch.attempted(laneOf(entry), endpoint, attempted);
    await Promise.all([...records.map((record) => this.sink.append(record)), watched, entry.remembered]);
    entry.done();
  }

  /** Sets the delivery aside until its lane asks for it. */
  async park(entry: QueuedDelivery, reason: ParkReason): Promise<void> {
    if (entry.lease.lost) return;
    this.metrics.of.parked.inc({ reason });
    const { parked, fact } = parkedRecords(entry, reason, Date.now());
    const noted = this.sink.append(parked).then(({ offset }) => this.noteParking(entry, offset));
    await Promise.all([noted, this.sink.append(fact), entry.remembered]);
    entry.done();
  }

  /** Its endpoint was deleted. */
  async cancel(entry: QueuedDelivery): Promise<void> {
    if (entry.lease.lost) return;
    this.metrics.of.cancelled.inc();
    const name = laneOf(entry);
    const nothingParked = this.store.get(name.partition, name.endpointId)?.parked === undefined;
    await Promise.all([
      this.sink.append(cancelledRecord(entry, Date.now())),
      nothingParked ? this.store.forget(name) : undefined,
      entry.remembered,
    ]);
    entry.done();
  }

  private async noteParking(entry: QueuedDelivery, offset: number): Promise<void> {
    // Of a lost assignment's parking the new owner need not know: it has the delivery itself.
    if (entry.lease.lost) return;
    await this.store.change(laneOf(entry), (memory) => afterParking(memory, offset));
  }

  private measure(entry: QueuedDelivery, { outcome, timing, endedAtMs, verdict }: Attempted): void {
    const { attempts, attemptDuration, deliveryLatency } = this.metrics.of;
    const delivered = verdict.kind === 'delivered';
    attempts.inc({ outcome });
    attemptDuration.observe(timing.totalMs / 1_000, { outcome: delivered ? 'delivered' : 'failed' });
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
