import { TOPICS, UnreadableRecordError, type Delivery } from '@signpost/contracts';
import { TIERS, WaitingRoom, type ControlView, type Tier } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import {
  AssignmentObserver,
  type IncomingRecord,
  type PartitionLease,
  type RecordBatch,
  type RecordSink,
} from '@signpost/ports';
import { readableDelivery, unreadableRecord } from '../unreadable.js';
import type { WaitTraces } from '../wait-traces.js';
import { nextRecord, tierOf } from './tier-records.js';

export interface TiersParts {
  readonly sink: RecordSink;
  readonly view: ControlView;
  /** Resolves once the view holds all that was known at the call. */
  readonly refreshView: () => Promise<void>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly onFatal: (error: Error) => void;
  readonly traces: WaitTraces;
}

interface Waiting {
  readonly lease: PartitionLease;
  readonly tier: Tier;
  readonly dueAtMs: number;
  readonly delivery: Delivery;
  readonly payload: Buffer | null;
  readonly done: () => void;
}

/**
 * Holds each tier's deliveries until they are due, then hands them on. One timer stands for all of them: it goes to
 * the first that falls due, so nothing is polled and nothing is early.
 */
export class Tiers extends AssignmentObserver {
  private readonly room = new WaitingRoom<PartitionLease, Waiting>();
  private timer: NodeJS.Timeout | undefined;
  private timerAtMs = Infinity;
  private stopped = false;

  constructor(private readonly parts: TiersParts) {
    super();
  }

  async take({ lease, records, done }: RecordBatch): Promise<void> {
    const tier = tierOf(lease.topic);
    if (tier === undefined) throw new Error(`${lease.topic} is no tier's topic`);
    const unreadable: Promise<void>[] = [];
    for (const record of records) {
      const delivery = readableDelivery(record);
      const { offset } = record;
      if (delivery instanceof UnreadableRecordError) {
        unreadable.push(this.setAside(lease, record, delivery).then(() => done(offset)));
        continue;
      }
      // The broker's own time: it rises within a partition, and no producer can move it.
      const dueAtMs = record.timestampMs + TIERS[tier];
      // A copy: the record's own bytes are a part of all that was fetched with it, and would keep that for as long.
      const payload = record.value === null ? null : Buffer.from(record.value);
      this.room.add(lease, dueAtMs, { lease, tier, dueAtMs, delivery, payload, done: () => done(offset) });
    }
    this.arm();
    await Promise.all(unreadable);
  }

  override assigned(): Promise<void> {
    return Promise.resolve();
  }

  override revoked(leases: readonly PartitionLease[]): void {
    for (const lease of leases) this.room.drop(lease);
  }

  /** Before the consumers stop: hands on nothing more, so that nothing is handed on twice. What waits comes again. */
  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async setAside(lease: PartitionLease, record: IncomingRecord, error: UnreadableRecordError): Promise<void> {
    const { sink, metrics, log } = this.parts;
    const { topic, partition } = lease;
    log.error('a waiting delivery is unreadable and was set aside', error, { topic, partition, offset: record.offset });
    await sink.append(
      unreadableRecord(lease, record, error.message, Date.now(), { names: sink, group: 'retry-scheduler' }),
    );
    metrics.of.unreadable.inc({ group: 'retry-scheduler' });
    metrics.of.deadLetters.inc({ reason: 'unreadable', class: 'platform' });
  }

  private arm(): void {
    const nextAtMs = this.room.nextDueAtMs();
    if (this.stopped || nextAtMs === undefined || nextAtMs >= this.timerAtMs) return;
    clearTimeout(this.timer);
    this.timerAtMs = nextAtMs;
    this.timer = setTimeout(() => this.ring(), Math.max(0, nextAtMs - Date.now()));
  }

  private ring(): void {
    this.timerAtMs = Infinity;
    const due = this.room.takeDue(Date.now()).filter(({ lease }) => !lease.lost);
    for (const waiting of due) {
      this.handOn(waiting).catch((error: unknown) => {
        // Once stopped, the sink refuses what comes late; it comes again from Kafka.
        if (!this.stopped) this.parts.onFatal(error instanceof Error ? error : new Error(String(error)));
      });
    }
    this.arm();
  }

  private async handOn({ tier, dueAtMs, delivery, payload, done }: Waiting): Promise<void> {
    const { sink, metrics, traces } = this.parts;
    const exists = this.knows(delivery) || (await this.existsAfterAll(delivery));
    await sink.append(nextRecord(delivery, payload, exists, Date.now()));
    metrics.of.tierLateness.observe(Math.max(0, Date.now() - dueAtMs) / 1_000, { tier });
    if (!exists) metrics.of.cancelled.inc();
    traces.waited(delivery, TOPICS.retry(tier), dueAtMs - TIERS[tier]);
    done();
  }

  private knows({ endpointId }: Delivery): boolean {
    return this.parts.view.endpoint(endpointId) !== undefined;
  }

  /** A view behind the delivery's own version may not have the endpoint yet; one past it, and without it, says deleted. */
  private async existsAfterAll(delivery: Delivery): Promise<boolean> {
    const version = this.parts.view.endpointVersion(delivery.endpointId) ?? 0;
    if (version < delivery.endpointVersion) await this.parts.refreshView();
    return this.knows(delivery);
  }
}
