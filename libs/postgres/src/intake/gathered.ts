import { DatabaseUnavailableError } from '@signpost/ports';

export interface GatheredOptions<I, O> {
  /** One statement for all of them: answers in their order. */
  readonly work: (items: readonly I[]) => Promise<readonly O[]>;
  /** What an item counts for, of `most`. */
  readonly weight?: (item: I) => number;
  /** The most that one statement takes. */
  readonly most?: number;
}

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (answer: O) => void;
  readonly reject: (error: unknown) => void;
}

const MOST_AT_ONCE = 500;
/** Statements under way. With two, one is prepared while the other waits for the disk. */
const STATEMENTS = 2;
const MOST_WAITING = 20_000;
/** After a failure this long without a try, then one at a time: nobody waits for a database that is known to be away. */
const PAUSE_MS = 1_000;

/** Calls that come while another is under way share the next statement: one round trip for all who wait. */
export class Gathered<I, O> {
  private readonly waiting: Waiting<I, O>[] = [];
  private running = 0;
  private isScheduled = false;
  private failedAtMs: number | undefined;

  constructor(private readonly options: GatheredOptions<I, O>) {}

  /** @throws DatabaseUnavailableError at once while the database is known to be out of reach */
  do(item: I): Promise<O> {
    if (this.isAway()) return Promise.reject(new DatabaseUnavailableError('the database is out of reach'));
    if (this.waiting.length >= MOST_WAITING) {
      return Promise.reject(new DatabaseUnavailableError('too much waits for the database'));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  private isAway(): boolean {
    if (this.failedAtMs === undefined) return false;
    return this.running > 0 || this.waiting.length > 0 || performance.now() < this.failedAtMs + PAUSE_MS;
  }

  private schedule(): void {
    if (this.isScheduled || this.running >= STATEMENTS || this.waiting.length === 0) return;
    this.isScheduled = true;
    // What else this turn of the event loop brings goes along.
    setImmediate(() => {
      this.isScheduled = false;
      if (this.running < STATEMENTS) void this.run(this.next());
      this.schedule();
    });
  }

  private next(): readonly Waiting<I, O>[] {
    const { weight, most = MOST_AT_ONCE } = this.options;
    if (weight === undefined) return this.waiting.splice(0, most);
    let count = 0;
    let sum = 0;
    for (const { item } of this.waiting) {
      sum += weight(item);
      if (count > 0 && sum > most) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async run(batch: readonly Waiting<I, O>[]): Promise<void> {
    if (batch.length === 0) return;
    this.running += 1;
    try {
      await this.settle(batch);
    } finally {
      this.running -= 1;
      this.schedule();
    }
  }

  private async settle(batch: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const answers = await this.options.work(batch.map(({ item }) => item));
      this.failedAtMs = undefined;
      batch.forEach(({ resolve, reject }, index) => {
        const answer = answers[index];
        if (index < answers.length) resolve(answer as O);
        else reject(new Error('a statement answered for fewer than it was asked about'));
      });
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) {
        this.failedAtMs = performance.now();
        for (const { reject } of [...batch, ...this.waiting.splice(0)]) reject(error);
      } else if (batch.length === 1) {
        batch[0]?.reject(error);
      } else {
        // One of them is at fault: each answers for itself.
        for (const one of batch) await this.settle([one]);
      }
    }
  }
}
