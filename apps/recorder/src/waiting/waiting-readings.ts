import { REASON_CLASSES, type ReasonClass } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import type { OpenRecoveries, WaitingWork } from '@signpost/ports';

/** Counting takes a hundredth of the time at most: what is many is counted more rarely. */
const COUNTED_SHARE = 100;
const NONE: Readonly<Record<ReasonClass, number>> = { customer: 0, platform: 0 };

/** What the one recorder does that holds the right to count, and the others while they do not. */
export interface HeldDuty {
  turn(): Promise<void>;
  /** The right is another's. */
  idle(): void;
}

/** Shows what waits in the database for somebody. */
export class WaitingReadings implements HeldDuty {
  private counted = NONE;
  private countAgainAt = -Infinity;
  private isInTrouble = false;

  constructor(
    private readonly work: WaitingWork,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** A failure is told and keeps nothing else from being done; what was shown before stays. */
  async turn(): Promise<void> {
    try {
      await this.count();
      this.show(await this.work.oldestDeadLetters(), await this.work.recoveries(), await this.work.oldestChange());
      this.isInTrouble = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.isInTrouble) this.log.warn('what waits in the database cannot be counted; tried again', { reason });
      this.isInTrouble = true;
    }
  }

  idle(): void {
    this.counted = NONE;
    this.countAgainAt = -Infinity;
    this.show(NONE, { running: 0, paused: 0, done: 0, left: 0 }, 0);
  }

  private async count(): Promise<void> {
    const since = this.now();
    if (since < this.countAgainAt) return;
    this.counted = await this.work.deadLetters();
    const until = this.now();
    this.countAgainAt = until + (until - since) * COUNTED_SHARE;
  }

  private show(oldest: Readonly<Record<ReasonClass, number>>, recoveries: OpenRecoveries, outboxSeconds: number): void {
    const { of } = this.metrics;
    for (const one of REASON_CLASSES) {
      of.deadLettersWaiting.set(this.counted[one], { class: one });
      of.deadLettersOldest.set(oldest[one], { class: one });
    }
    for (const state of ['running', 'paused'] as const) of.recoveries.set(recoveries[state], { state });
    for (const progress of ['done', 'left'] as const) of.recoveryDeliveries.set(recoveries[progress], { progress });
    of.outboxOldest.set(outboxSeconds);
  }
}
