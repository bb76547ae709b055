import { setTimeout as wait } from 'node:timers/promises';
import { nowMicros } from '../measure/clock.js';
import { Histogram, type HistogramSnapshot } from '../measure/histogram.js';
import type { Stamp } from '../wire/payload.js';
import { Backlog } from './backlog.js';
import type { Intake } from './intake.js';

export type Pace =
  /** Open loop: each event has its time, and is stamped with that time even when it goes out late. */
  | { readonly kind: 'rate'; readonly perSecond: number }
  /** As fast as events arrive: `senders` requests at a time, at most `backlog` events that have not arrived. */
  | { readonly kind: 'full'; readonly senders: number; readonly backlog: number };

export interface LoadPlan {
  readonly run: number;
  readonly pace: Pace;
  /** Stops after so many events; without it, when told to. */
  readonly events?: number;
}

export interface LoadResult {
  /** Sequence numbers run from 0 to here. */
  readonly sent: number;
  /** Sequence numbers that were not acknowledged: they may arrive or not. */
  readonly unacknowledged: readonly number[];
  readonly firstRefusal: string | undefined;
  /** Microseconds from the stamped time to the acknowledgement. */
  readonly acknowledged: HistogramSnapshot;
}

/** Open loops stop here rather than pile up requests: the rate is more than intake takes. */
const MOST_UNDER_WAY = 20_000;

/** Sends events until told to stop; a run of its own. */
export class Generator {
  #next = 0;
  #underWay = 0;
  #stopped = false;
  #firstRefusal: string | undefined;
  readonly #unacknowledged: number[] = [];
  readonly #acknowledged = new Histogram();
  readonly #backlog: Backlog;

  constructor(
    private readonly intake: Intake,
    private readonly plan: LoadPlan,
  ) {
    this.#backlog = new Backlog(plan.pace.kind === 'full' ? plan.pace.backlog : Infinity);
  }

  get sent(): number {
    return this.#next;
  }

  arrived(events: number): void {
    this.#backlog.arrived(events);
  }

  stop(): void {
    this.#stopped = true;
    this.#backlog.release();
  }

  /** What warmed the processes up is not to be told. */
  forgetTimes(): void {
    this.#acknowledged.clear();
  }

  /** Resolves once all that was sent is answered. */
  async run(): Promise<LoadResult> {
    const { pace } = this.plan;
    switch (pace.kind) {
      case 'rate':
        await this.#atRate(pace.perSecond);
        break;
      case 'full':
        await Promise.all(Array.from({ length: pace.senders }, () => this.#asFastAsTheyArrive()));
    }
    while (this.#underWay > 0) await wait(5);
    return {
      sent: this.#next,
      unacknowledged: this.#unacknowledged,
      firstRefusal: this.#firstRefusal,
      acknowledged: this.#acknowledged.snapshot(),
    };
  }

  async #atRate(perSecond: number): Promise<void> {
    const start = nowMicros();
    const timeOf = (sequence: number) => start + (sequence / perSecond) * 1_000_000;
    while (!this.#over()) {
      const now = nowMicros();
      while (timeOf(this.#next) <= now && !this.#over()) {
        const due: Stamp[] = [];
        while (due.length < this.intake.most && timeOf(this.#next) <= now && !this.#over()) {
          due.push(this.#stamp(timeOf(this.#next)));
        }
        void this.#send(due);
      }
      if (this.#underWay > MOST_UNDER_WAY)
        throw new Error(`intake does not keep up with ${String(perSecond)} a second`);
      await wait(1);
    }
  }

  async #asFastAsTheyArrive(): Promise<void> {
    while (!this.#over()) {
      if (!this.#backlog.has(this.#next)) {
        await this.#backlog.change();
        continue;
      }
      const now = nowMicros();
      const due: Stamp[] = [];
      while (due.length < this.intake.most && this.#backlog.has(this.#next) && !this.#over())
        due.push(this.#stamp(now));
      await this.#send(due);
    }
  }

  #over(): boolean {
    return this.#stopped || this.#next >= (this.plan.events ?? Infinity);
  }

  #stamp(atMicros: number): Stamp {
    const sequence = this.#next;
    this.#next += 1;
    return { atMicros, run: this.plan.run, sequence };
  }

  async #send(stamps: readonly Stamp[]): Promise<void> {
    this.#underWay += stamps.length;
    try {
      await this.intake.send(stamps);
      const now = nowMicros();
      for (const { atMicros } of stamps) this.#acknowledged.record(now - atMicros);
    } catch (error) {
      this.#firstRefusal ??= error instanceof Error ? error.message : String(error);
      for (const { sequence } of stamps) this.#unacknowledged.push(sequence);
      // A sender that is refused at once must not spin.
      await wait(20);
    } finally {
      this.#underWay -= stamps.length;
    }
  }
}
