import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { DIFFERENCES, type Difference } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import type { DeliveryAccountBooks, PipelineProgress, Settled } from '@signpost/ports';
import type { HeldDuty } from '../waiting/waiting-readings.js';

/** A process that says nothing for this long has died: another counts. */
const HOLD_MS = 30_000;
/** A lane with a full queue and a low rate takes minutes. */
const SETTLE_WITHIN_MS = 3_600_000;
/** For so long a turn waits for the look that it has begun; after that a later turn has its result. */
const WAIT_FOR_LOOK_MS = 1_000;
/** A turn ends well before its right to count does. */
const COUNT_FOR_MS = 10_000;
const LONGEST_PAUSE_MS = 60_000;

/** At what the topics held then, on its way through the pipeline. */
interface Look {
  readonly at: Date;
  readonly result: Promise<Settled>;
}

/**
 * Keeps the account: counts the minutes whose rows have changed, says what does not add up, and up to when everything is
 * settled. Any recorder can, one at a time does; none of it holds up what is recorded.
 */
export class AccountCounting implements BeforeApplicationShutdown {
  private readonly holder = randomUUID();
  private readonly stopping = new AbortController();
  private readonly stopped = new Promise<undefined>((resolve) => {
    this.stopping.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  private running: Promise<void> | undefined;
  private look: Look | undefined;
  private trouble: string | undefined;
  private isHeld = false;

  constructor(
    private readonly books: DeliveryAccountBooks,
    private readonly progress: PipelineProgress,
    private readonly everyMs: number,
    private readonly metrics: Metrics,
    private readonly log: Log,
    /** What else one process does for all. */
    private readonly beside: HeldDuty,
  ) {}

  start(): void {
    this.running ??= Promise.all([this.run(), this.runBeside()]).then(() => undefined);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.turn();
        failures = 0;
        this.trouble = undefined;
      } catch (error) {
        failures += 1;
        this.failed(error);
      }
      const pauseMs = failures === 0 ? this.everyMs : Math.min(LONGEST_PAUSE_MS, this.everyMs * 2 ** failures);
      await wait(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    await this.books.release(this.holder).catch(() => undefined);
  }

  /** In turns of its own: with a slow database a minute may take many of them to count. */
  private async runBeside(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      if (this.isHeld) await this.beside.turn();
      else this.beside.idle();
      await wait(this.everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async turn(): Promise<void> {
    const held = await this.books.hold(this.holder, HOLD_MS);
    this.isHeld = held !== undefined;
    if (held === undefined) {
      this.show({}, undefined);
      return;
    }
    const settledAt = (await this.settled(held.now)) ?? held.settledAt;
    if (this.stopping.signal.aborted) return;
    const limits = { forMs: COUNT_FOR_MS, turnMs: this.everyMs, signal: this.stopping.signal };
    const counted = await this.books.count(settledAt, limits);
    this.metrics.of.accountMinutes.add(counted);
    this.show(await this.books.differences(), settledAt);
  }

  /** Goes on with the look that is under way, or begins one. Undefined while it has not gone through. */
  private async settled(now: Date): Promise<Date | undefined> {
    const look = (this.look ??= { at: now, result: this.progress.settled(SETTLE_WITHIN_MS, this.stopping.signal) });
    const late = wait(Math.min(WAIT_FOR_LOOK_MS, this.everyMs), undefined, { ref: false });
    // A look that fails in a later turn is told there.
    look.result.catch(() => undefined);
    try {
      const settled = await Promise.race([look.result, late, this.stopped]);
      if (settled === undefined) return undefined;
      this.look = undefined;
      if (settled.kind === 'settled') {
        await this.books.settled(look.at);
        return look.at;
      }
      this.log.warn('for an hour the account could not be settled further', { behind: settled.group });
      return undefined;
    } catch (error) {
      this.look = undefined;
      throw error;
    }
  }

  private show(differences: Partial<Readonly<Record<Difference, number>>>, settledAt: Date | undefined): void {
    for (const kind of DIFFERENCES) this.metrics.of.accountDifference.set(differences[kind] ?? 0, { kind });
    this.metrics.of.accountSettled.set((settledAt?.getTime() ?? 0) / 1_000);
  }

  private failed(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    if (this.trouble === undefined) this.log.warn('the account cannot be counted; tried again', { reason });
    this.trouble = reason;
  }
}
