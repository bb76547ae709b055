/** When the next may go, so that on average no more than that many go a second: what is lost is not made up for. */
export class Pace {
  private dueMs: number;

  constructor(
    private readonly perSecond: number,
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

/** Waits are never exact: what one came too late, the next may come earlier. */
const LONGEST_DEBT_MS = 100;
