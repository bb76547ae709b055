/** When the next may go, so that on average no more than that many go a second: a longer stand-still is not made up for. */
export class Pace {
  private dueMs: number;

  constructor(
    readonly perSecond: number,
    nowMs: number,
  ) {
    this.dueMs = nowMs;
  }

  /** That many have gone; returns how many milliseconds to wait before the next. */
  after(count: number, nowMs: number): number {
    this.dueMs = Math.max(this.dueMs, nowMs - LONGEST_DEBT_MS) + (count * 1_000) / this.perSecond;
    return Math.max(0, this.dueMs - nowMs);
  }
}

/** What came too late, the next may come earlier: a slow write to the database, and waits that are never exact. */
const LONGEST_DEBT_MS = 500;
