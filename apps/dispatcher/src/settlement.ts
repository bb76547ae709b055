import {
  afterParking,
  decide,
  isPaceRemembered,
  withPace,
  type Decision,
  type Endpoint,
  type LaneMemory,
  type LanePace,
  type ParkReason,
} from '@signpost/domain';
import { attemptOfRun, type DeadLetter } from '@signpost/contracts';
import type { Metrics } from '@signpost/observability';
import type { OutgoingRecord, RecordSink } from '@signpost/ports';
import type { Attempted } from './attempt.js';
import {
  declinedRecord,
  fateRecord,
  followUp,
  inTrace,
  orphanRecord,
  parkedRecords,
  parkedTooLongRecords,
} from './follow-up.js';
import type { Coalescer } from './coalescer.js';
import { letterOf } from './dead-letters.js';
import type { DeliveryTraces } from './delivery-traces.js';
import type { FailingWatch } from './failing-watch.js';
import type { AttemptFigures } from './figures/attempt-figures.js';
import type { LaneMemoryStore, LaneName } from './lane-memory-store.js';
import type { QueuedDelivery } from './queued-delivery.js';
import type { Redeliveries } from './redeliveries.js';

const SETTLED: Decision = { kind: 'settle' };

export type ParkingNote = (memory: LaneMemory, offset: number) => LaneMemory;

export interface ParkingBehind {
  readonly mark: string;
  readonly note: ParkingNote;
}

/** What the order of conversations makes of an outcome; does nothing for deliveries that have no order. */
export interface OutcomeOrder {
  /** At once when it is known. The result, if any, is called when all that follows is durable, and resolves once it is noted. */
  decided(entry: QueuedDelivery, endpoint: Endpoint | undefined, decision: Decision): (() => Promise<void>) | undefined;
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
    private readonly coalescer: Coalescer,
    private readonly metrics: Metrics,
    private readonly watch: FailingWatch,
    private readonly order: OutcomeOrder,
    private readonly redeliveries: Redeliveries,
    private readonly figures: AttemptFigures,
    private readonly traces: DeliveryTraces,
  ) {}

  /** `pace`: the lane's, with this attempt in it. */
  async attempted(entry: QueuedDelivery, endpoint: Endpoint, attempted: Attempted, pace: LanePace): Promise<void> {
    const trace = this.traces.of(entry, attempted);
    this.figures.made(entry, endpoint, attempted, trace?.delivery.traceId);
    if (entry.lease.lost) {
      this.coalescer.left(entry);
      this.order.abandoned(entry);
      await this.sink.append(orphanRecord(entry, endpoint, attempted));
      if (trace !== undefined) this.traces.settled(trace, { entry, endpoint, attempted });
      return;
    }
    const decision = decide(attempted.verdict, attemptOfRun(entry.delivery), endpoint.retrySchedule);
    const hasNewer = this.coalescer.hasNewer(entry) || this.redeliveries.isTakenOver(entry);
    const on = inTrace(entry, trace?.carrier);
    const then = followUp(on, endpoint, attempted, decision, hasNewer, this.sink);
    const { records, tier, deadLetter, ends } = then;
    // What ends with this attempt is in nobody's way any more, whatever the schedule says.
    const settled = this.order.decided(entry, endpoint, ends === undefined ? decision : SETTLED);
    if (tier !== undefined) this.metrics.of.retries.inc({ tier });
    if (deadLetter !== undefined) this.countDeath(deadLetter);
    if (ends === 'expired') this.metrics.of.expired.inc({ noticed: 'retry' });
    if (ends === 'superseded') this.metrics.of.superseded.inc();
    const watched = this.watch.attempted(laneOf(entry), endpoint, attempted);
    const isAway = decision.kind === 'retry' && ends === undefined;
    const written = records.map((record) => this.sink.append(record));
    const paced = this.rememberPace(entry, pace, attempted.endedAtMs);
    const noted = isAway ? this.noteWait(entry, attempted.endedAtMs) : undefined;
    await allOf(written, [watched, paced, noted, entry.remembered]);
    this.coalescer.left(entry);
    await settled?.();
    if (trace !== undefined) {
      const last = this.redeliveries.earlierThan(entry.delivery);
      this.traces.settled(trace, { entry, endpoint, attempted, then, last });
    }
    entry.done();
  }

  /** Sets the delivery aside until its lane asks for it. `behind`: the mark of its conversation, where it has one. */
  async park(entry: QueuedDelivery, reason: ParkReason, behind?: ParkingBehind): Promise<void> {
    if (entry.lease.lost) {
      this.coalescer.left(entry);
      return;
    }
    // From here on nothing supersedes it until it comes back.
    this.coalescer.began(entry);
    this.metrics.of.parked.inc({ reason });
    const { parked, fact } = parkedRecords(entry, reason, Date.now(), behind?.mark);
    const note = behind?.note ?? this.parkedInLane(entry);
    const noted = this.sink.append(parked).then(({ offset }) => this.noteParking(entry, offset, note));
    await Promise.all([noted, this.sink.append(fact), entry.remembered]);
    this.coalescer.left(entry);
    this.traces.parked(entry, reason);
    entry.done();
  }

  /** Its time to live is over. */
  async expire(entry: QueuedDelivery, noticed: 'arrival' | 'turn'): Promise<void> {
    if (!entry.lease.lost) this.metrics.of.expired.inc({ noticed });
    await this.end(entry, [fateRecord(entry, 'expired', Date.now())]);
    this.traces.ended(entry, 'expired');
  }

  /** A newer one of its coalescing key was taken in, or a redelivery that takes its place. */
  async supersede(entry: QueuedDelivery): Promise<void> {
    if (!entry.lease.lost) this.metrics.of.superseded.inc();
    await this.end(entry, [fateRecord(entry, 'superseded', Date.now())]);
    this.traces.ended(entry, 'superseded');
  }

  /** Its endpoint's transformation, of this version, wants nothing sent. */
  async decline(entry: QueuedDelivery, version: number): Promise<void> {
    if (!entry.lease.lost) this.metrics.of.declined.inc();
    await this.end(entry, [declinedRecord(entry, version, Date.now())]);
    this.traces.ended(entry, 'declined');
  }

  /** Nobody asked for it while it could be kept in `parked`. */
  async parkedTooLong(entry: QueuedDelivery): Promise<void> {
    const letter = letterOf(entry, 'parked-too-long', entry.delivery.failures, Date.now(), this.sink);
    if (!entry.lease.lost) this.countDeath(letter);
    await this.end(entry, parkedTooLongRecords(entry, letter));
    if (!entry.lease.lost) this.traces.died(entry, letter);
  }

  /** Its endpoint was deleted. */
  async cancel(entry: QueuedDelivery): Promise<void> {
    if (!entry.lease.lost) this.metrics.of.cancelled.inc();
    await this.end(entry, [fateRecord(entry, 'cancelled', Date.now())], () => this.forgetLane(laneOf(entry)));
    this.traces.ended(entry, 'cancelled');
  }

  private countDeath({ reason, reasonClass }: DeadLetter): void {
    this.metrics.of.deadLetters.inc({ reason, class: reasonClass });
  }

  private async end(entry: QueuedDelivery, records: readonly OutgoingRecord[], last?: () => Promise<void>) {
    this.coalescer.left(entry);
    if (entry.lease.lost) {
      this.order.abandoned(entry);
      return;
    }
    const settled = this.order.decided(entry, undefined, SETTLED);
    await Promise.all([...records.map((record) => this.sink.append(record)), entry.remembered]);
    await settled?.();
    await last?.();
    entry.done();
  }

  /** Once nothing of it is parked any more. */
  private async forgetLane(name: LaneName): Promise<void> {
    const memory = this.store.get(name.partition, name.endpointId);
    if (memory?.parked === undefined && memory?.order === undefined) await this.store.forget(name);
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

  /** In the lane's own part of `parked`. Behind its head a conversation keeps its order, and newer ones stay behind it. */
  private parkedInLane(entry: QueuedDelivery): ParkingNote {
    return (memory, offset) =>
      this.coalescer.afterGoingAway(afterParking(memory, offset), entry, { kind: 'parked', offset }, Date.now());
  }

  private noteWait(entry: QueuedDelivery, nowMs: number): Promise<void> | undefined {
    // Of most deliveries that wait in a tier their lane remembers nothing.
    if (entry.delivery.coalesce === undefined) return undefined;
    return this.store.change(laneOf(entry), (memory) =>
      this.coalescer.afterGoingAway(memory, entry, { kind: 'tier' }, nowMs),
    );
  }
}

/** Most attempts cause one record and nothing else to wait for. */
function allOf(written: readonly Promise<unknown>[], others: readonly (Promise<unknown> | undefined)[]) {
  const waiting = [...written];
  for (const other of others) if (other !== undefined) waiting.push(other);
  return waiting.length === 1 ? waiting[0] : Promise.all(waiting);
}

/** `deliveries`, `deliveries.returning`, `parked` and `lanes` are keyed alike: one partition number for all. */
export function laneOf(entry: QueuedDelivery): LaneName {
  const { endpointId, applicationId } = entry.delivery;
  return { partition: entry.lease.partition, endpointId, applicationId };
}
