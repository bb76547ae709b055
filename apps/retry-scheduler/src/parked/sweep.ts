import { UnreadableRecordError, type RecordHeaders } from '@signpost/contracts';
import { SweepPlan, type EndpointId, type LaneMemory } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import {
  AssignmentObserver,
  type IncomingRecord,
  type PartitionLease,
  type RecordBatch,
  type RecordSink,
} from '@signpost/ports';
import { readableDelivery, unreadableRecord } from '../unreadable.js';
import { sweptRecord } from './sweep-records.js';

export interface SweepLimits {
  /** Milliseconds that a delivery may lie in `parked`. */
  readonly maxAgeMs: number;
  /** Deliveries that are handed back a second at most: what else comes back is not to wait for them. */
  readonly perSecond: number;
}

export interface SweepParts {
  readonly sink: RecordSink;
  /** What a lane has not had back of `parked`, as far as is known. */
  readonly parkedOf: (endpointId: EndpointId) => LaneMemory['parked'];
  readonly limits: SweepLimits;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly onFatal: (error: Error) => void;
}

/** The records of one assignment of one partition that are at hand, oldest first. */
interface Reading {
  readonly lease: PartitionLease;
  readonly records: IncomingRecord[];
  done: (offset: number) => void;
}

/** One partition, over all its assignments to this process. */
interface Swept {
  readonly plan: SweepPlan;
  /** Resolves once all that was handed over is durable. */
  handed: Promise<void>;
}

const TURN_MS = 250;

/**
 * Reads `parked` once more, in order and far behind its end: a record waits, undone, until it has lain there too long,
 * and holds the reader up meanwhile. What its lane has not had back by then is handed back for its end. The committed
 * offset says how far the sweep has come.
 */
export class Sweep extends AssignmentObserver {
  private readonly readings = new Map<PartitionLease, Reading>();
  private readonly partitions = new Map<number, Swept>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Deliveries that may be handed back now. */
  private allowance = 0;

  constructor(private readonly parts: SweepParts) {
    super();
  }

  take({ lease, records, done }: RecordBatch): void {
    if (this.stopped || lease.lost) return;
    // A copy of each: the records are slices of all that was fetched with them, and may wait for days.
    const kept = records.map((record) => ({
      ...record,
      key: record.key && Buffer.from(record.key),
      value: record.value && Buffer.from(record.value),
      headers: Object.fromEntries(Object.entries(record.headers).map(([name, value]) => [name, owned(value)])),
    }));
    const reading = this.readings.get(lease) ?? { lease, records: [], done };
    this.readings.set(lease, reading);
    reading.records.push(...kept);
    reading.done = done;
    this.timer ??= setInterval(() => this.turn(Date.now()), TURN_MS).unref();
    this.work(reading, Date.now());
  }

  override assigned(): Promise<void> {
    return Promise.resolve();
  }

  override revoked(leases: readonly PartitionLease[]): void {
    for (const lease of leases) this.readings.delete(lease);
  }

  /** Before the consumers stop: hands over nothing more. */
  onModuleDestroy(): void {
    this.stopped = true;
    clearInterval(this.timer);
    this.readings.clear();
  }

  /** Four times a second: what is due of every partition, within the rate. */
  turn(nowMs: number): void {
    const { perSecond } = this.parts.limits;
    this.allowance = Math.min(perSecond, this.allowance + (perSecond * TURN_MS) / 1_000);
    for (const reading of [...this.readings.values()]) {
      this.work(reading, nowMs);
      if (this.allowance >= 1) continue;
      // The next turn begins with the others.
      this.readings.delete(reading.lease);
      this.readings.set(reading.lease, reading);
    }
  }

  private work(reading: Reading, nowMs: number): void {
    const swept = this.sweptOf(reading.lease.partition);
    let seen = 0;
    for (const record of reading.records) {
      const endpointId = record.key?.toString('utf8') as EndpointId | undefined;
      const parked = endpointId && this.parts.parkedOf(endpointId);
      const step = swept.plan.next({ ...record, endpointId }, parked, nowMs);
      if (step.kind === 'wait' || (step.kind === 'hand-over' && this.allowance < 1)) break;
      if (step.kind === 'hand-over') {
        this.allowance -= 1;
        swept.plan.handedOver(record.offset);
        swept.handed = both(swept.handed, this.handOver(reading.lease, record));
      }
      seen += 1;
      this.finish(reading, record.offset, swept.handed);
    }
    reading.records.splice(0, seen);
  }

  /** `handed`: what is left alone may have been handed over before, by an assignment before this. */
  private finish({ lease, done }: Reading, offset: number, handed: Promise<void>): void {
    handed.then(
      () => {
        done(offset);
      },
      (error: unknown) => {
        // Once stopped, the sink refuses what comes late; it comes again from Kafka.
        if (!this.stopped && !lease.lost) this.parts.onFatal(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  private async handOver(lease: PartitionLease, record: IncomingRecord): Promise<void> {
    const { sink, metrics, log } = this.parts;
    const { topic, partition } = lease;
    const delivery = readableDelivery(record);
    if (delivery instanceof UnreadableRecordError) {
      log.error('a parked delivery is unreadable and was set aside', delivery, {
        topic,
        partition,
        offset: record.offset,
      });
      const by = { names: sink, group: 'parked-sweep' } as const;
      await sink.append(unreadableRecord(lease, record, delivery.message, Date.now(), by));
      metrics.of.unreadable.inc({ group: 'parked-sweep' });
      metrics.of.deadLetters.inc({ reason: 'unreadable', class: 'platform' });
      return;
    }
    await sink.append(sweptRecord(delivery, record.value, record.offset));
    metrics.of.swept.inc();
  }

  private sweptOf(partition: number): Swept {
    const known = this.partitions.get(partition);
    if (known !== undefined) return known;
    const fresh = { plan: new SweepPlan(this.parts.limits.maxAgeMs), handed: Promise.resolve() };
    this.partitions.set(partition, fresh);
    return fresh;
  }
}

function owned(value: RecordHeaders[string]): RecordHeaders[string] {
  return typeof value === 'string' ? value : Buffer.from(value);
}

async function both(one: Promise<void>, other: Promise<void>): Promise<void> {
  await Promise.all([one, other]);
}
