/** Fetches that may follow one another at once; what a process does at a low rate never waits. */
const BURST = 20;
/** Milliseconds between the fetches of a process that goes on fetching: records gather meanwhile, and a fetch costs broker and reader much the same for one or for fifty. */
const SPACING_MS = 3;

/** Says how long to wait before the next fetch: a bucket that fills by one every few milliseconds. */
export class Pace {
  private tokens = BURST;
  private filledAt: number;

  constructor(nowMs: number) {
    this.filledAt = nowMs;
  }

  /** Takes leave for one fetch; milliseconds until it may go. */
  next(nowMs: number): number {
    this.tokens = Math.min(BURST, this.tokens + (nowMs - this.filledAt) / SPACING_MS) - 1;
    this.filledAt = nowMs;
    return this.tokens >= 0 ? 0 : -this.tokens * SPACING_MS;
  }
}
