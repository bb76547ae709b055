import { setTimeout as wait } from 'node:timers/promises';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Log, Metrics } from '@signpost/observability';
import { RecordSink, RecoveryStore, type BatchLimits, type RecoveryBatch, type TaskLease } from '@signpost/ports';
import { Pace } from './pace.js';
import { REDELIVERY_CONFIG, type RedeliveryConfig } from './redelivery.config.js';
import { redeliveryRecords } from './redelivery-records.js';

type Batch = Extract<RecoveryBatch, { kind: 'batch' }>;

/** Tasks that one process works on at a time. */
const AT_ONCE = 2;
/** After this a task makes way for others that wait. */
const TURN_MS = 5_000;
/** A process that says nothing for this long has died: another goes on. */
const LEASE_MS = 10_000;
const POLL_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;
const BATCH = { records: 100, bytes: 4 * 1_048_576 } as const;
/** A batch is no more than what may go in that time, so that the lease outlives the wait after it. */
const BATCH_SECONDS = 0.5;
const KEPT_DAYS = 90;
const FORGET_EVERY_MS = 3_600_000;
const STOP_WITHIN_MS = 5_000;

/**
 * Does the recoveries that were asked for, whichever process was asked: takes a task's lease, hands over batch after batch
 * at the configured pace, and confirms each once Kafka has it. A batch that was not confirmed is handed over again, the
 * same in all, and its lane drops what it has.
 */
@Injectable()
export class RecoveryWorker implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly sleepers = new Set<() => void>();
  private running: Promise<unknown> | undefined;
  private forgetAtMs = 0;
  private trouble: string | undefined;

  constructor(
    private readonly tasks: RecoveryStore,
    private readonly sink: RecordSink,
    private readonly metrics: Metrics,
    private readonly log: Log,
    @Inject(REDELIVERY_CONFIG) private readonly config: RedeliveryConfig,
  ) {}

  start(): void {
    this.running ??= Promise.all(Array.from({ length: AT_ONCE }, () => this.run()));
  }

  /** There may be something to do. */
  wake(): void {
    for (const wake of this.sleepers) wake();
  }

  /** While Kafka can still be written to. What is not confirmed by then is handed over again by another process. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await Promise.race([this.running, wait(STOP_WITHIN_MS, undefined, { ref: false })]);
  }

  private isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.isStopped();) {
      try {
        const lease = await this.tasks.claim(LEASE_MS);
        if (lease === undefined) {
          await this.forget(Date.now());
          await this.sleep(POLL_MS);
        } else await this.turn(lease);
        this.recovered();
        failures = 0;
      } catch (error) {
        if (this.isStopped()) return;
        failures += 1;
        this.failed(error);
        await this.sleep(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures));
      }
    }
  }

  private async turn(lease: TaskLease): Promise<void> {
    await this.tasks.count(lease);
    const pace = new Pace(this.config.perSecond, performance.now());
    const until = performance.now() + TURN_MS;
    do {
      const batch = await this.tasks.next(lease, this.limits(), LEASE_MS);
      switch (batch.kind) {
        case 'batch':
          await this.handOver(lease, batch);
          await this.tasks.confirm(lease, batch.upTo);
          this.metrics.of.redeliveriesAsked.add(batch.redeliveries.length, { by: 'recover' });
          await this.pause(pace.after(batch.redeliveries.length, performance.now()));
          break;
        case 'finished':
          await this.tasks.finish(lease);
          return;
        case 'endpoint-deleted':
          await this.tasks.finish(lease, 'endpoint-deleted');
          return;
        case 'lost':
          return;
      }
    } while (!this.isStopped() && performance.now() < until);
    await this.tasks.release(lease);
  }

  private limits(): BatchLimits {
    const { perSecond, perDelivery } = this.config;
    return { ...BATCH, records: Math.min(BATCH.records, Math.ceil(perSecond * BATCH_SECONDS)), perDelivery };
  }

  private async handOver({ id }: TaskLease, { redeliveries, endpointVersion }: Batch): Promise<void> {
    const atMs = Date.now();
    await Promise.all(
      redeliveries.flatMap((due) => {
        const asked = { by: 'task', task: id, sequence: due.sequence } as const;
        const { delivery, fact } = redeliveryRecords(due, endpointVersion, asked, atMs);
        return [this.sink.append(delivery), this.sink.append(fact)];
      }),
    );
  }

  private async forget(nowMs: number): Promise<void> {
    if (nowMs < this.forgetAtMs) return;
    this.forgetAtMs = nowMs + FORGET_EVERY_MS;
    await this.tasks.forget(new Date(nowMs - KEPT_DAYS * 86_400_000));
  }

  private pause(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return wait(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private async sleep(ms: number): Promise<void> {
    if (this.isStopped()) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.sleepers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms).unref();
      this.sleepers.add(done);
    });
  }

  private failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.trouble === undefined) this.log.warn('background tasks wait: they are taken up again', { reason });
    this.trouble = reason;
  }

  private recovered(): void {
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    this.log.info('background tasks go on');
  }
}
