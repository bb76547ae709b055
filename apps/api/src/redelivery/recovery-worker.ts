import { setTimeout as wait } from 'node:timers/promises';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Pace, type RecoveryId } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import { RecoveryWork, type Recovery, type RecoveryLease } from '@signpost/ports';
import { RecoverySteps } from './recovery-steps.js';
import { REDELIVERY_CONFIG, type RedeliveryConfig } from './redelivery.config.js';

/** Recoveries that one process works on at a time. */
const AT_ONCE = 2;
/** After this a recovery makes way for others that wait. */
const TURN_MS = 5_000;
/** A process that says nothing for this long has died: another goes on. */
const LEASE_MS = 10_000;
const RENEWED_EVERY_MS = 3_000;
const POLL_MS = 1_000;
/**
 * With as many under way as may be it waits for so long in its turn, for less where it has handed nothing over, and then makes way:
 * what is under way to an endpoint that is switched off stays so for days, and others would have no turn meanwhile.
 */
const FULL_MS = 2_000;
const FULL_FIRST_MS = 500;
const FULL_AGAIN_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;
const KEPT_DAYS = 90;
const FORGET_EVERY_MS = 3_600_000;
const STOP_WITHIN_MS = 5_000;
/** Small selections are counted before the first record goes; large ones while they are under way. */
const COUNTED_FIRST_MS = 1_000;

/**
 * Does the recoveries that were asked for, whichever process was asked: takes a recovery's lease, hands over batch after batch
 * at its pace, and confirms each once it is where it goes. A batch that was not confirmed is handed over again, the
 * same in all, and its lane drops what it has.
 */
@Injectable()
export class RecoveryWorker implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly sleepers = new Set<() => void>();
  private readonly toCount = new Set<RecoveryId>();
  private counting: Promise<void> = Promise.resolve();
  private running: Promise<unknown> | undefined;
  private forgetAtMs = 0;
  private trouble: string | undefined;

  constructor(
    private readonly recoveries: RecoveryWork,
    private readonly steps: RecoverySteps,
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
        const claimed = await this.recoveries.claim(LEASE_MS);
        if (claimed === undefined) {
          await this.forget(Date.now());
          await this.sleep(POLL_MS);
        } else await this.turn(claimed.lease, claimed.recovery);
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

  private async turn(lease: RecoveryLease, recovery: Recovery): Promise<void> {
    // A batch to a slow receiver, or a slow Kafka, takes longer than a lease.
    const renewing = setInterval(() => {
      this.recoveries.renew(lease, LEASE_MS).catch(() => undefined);
    }, RENEWED_EVERY_MS);
    try {
      if (recovery.total === undefined) await this.count(lease);
      await this.handOver(lease, recovery);
    } finally {
      clearInterval(renewing);
    }
  }

  private async handOver(lease: RecoveryLease, recovery: Recovery): Promise<void> {
    const perSecond = recovery.perSecond ?? this.config.perSecond;
    const pace = new Pace(perSecond, performance.now());
    const until = performance.now() + TURN_MS;
    let fullUntil = performance.now() + FULL_FIRST_MS;
    do {
      const step = await this.steps.next(lease, recovery, perSecond, LEASE_MS);
      switch (step.kind) {
        case 'handed-over':
          this.metrics.of.redeliveriesAsked.add(step.count, { by: step.by });
          await this.pause(pace.after(step.count, performance.now()));
          fullUntil = performance.now() + FULL_MS;
          break;
        case 'full':
          if (performance.now() >= fullUntil) {
            await this.recoveries.release(lease, FULL_AGAIN_MS);
            return;
          }
          await this.pause(step.againMs);
          break;
        case 'wait':
          await this.recoveries.release(lease, step.againMs, step.waiting);
          return;
        case 'ended':
          await this.recoveries.finish(lease, step.failure);
          await this.recoveries.release(lease);
          return;
        case 'lost':
          // Paused or aborted, unless somebody else has it: whoever comes next need not wait for the lease.
          await this.recoveries.release(lease);
          return;
      }
    } while (!this.isStopped() && performance.now() < until);
    await this.recoveries.release(lease);
  }

  /**
   * Goes on beside the hand-over where it takes long; one that fails is left to the next process. One after the other: each takes
   * a connection of the few that the hand-over needs too.
   */
  private async count(lease: RecoveryLease): Promise<void> {
    if (this.toCount.has(lease.id)) return;
    this.toCount.add(lease.id);
    this.counting = this.counting
      .then(() => this.recoveries.count(lease))
      .then(
        () => void this.toCount.delete(lease.id),
        () => undefined,
      );
    await Promise.race([this.counting, wait(COUNTED_FIRST_MS, undefined, { ref: false })]);
  }

  private async forget(nowMs: number): Promise<void> {
    if (nowMs < this.forgetAtMs) return;
    this.forgetAtMs = nowMs + FORGET_EVERY_MS;
    await this.recoveries.forget(new Date(nowMs - KEPT_DAYS * 86_400_000));
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
    if (this.trouble === undefined) this.log.warn('recoveries wait: they are taken up again', { reason });
    this.trouble = reason;
  }

  private recovered(): void {
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    this.log.info('recoveries go on');
  }
}
