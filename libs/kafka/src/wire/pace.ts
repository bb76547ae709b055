/** Requests that may follow one another at once: what is done at a low rate never waits. */
const BURST = 20;

/**
 * Spaces out the requests of whoever goes on making them: a request costs client and broker much the same for one
 * record or for fifty, and records gather meanwhile. A bucket that fills by one every `spacingMs`.
 */
export class Pace {
  private tokens = BURST;
  private filledAt = -Infinity;

  constructor(private readonly spacingMs: number) {}

  /** Counts one request; milliseconds until it, or when it goes at once the next one, may go. */
  next(nowMs: number): number {
    this.tokens = Math.min(BURST, this.tokens + (nowMs - this.filledAt) / this.spacingMs) - 1;
    this.filledAt = nowMs;
    return this.tokens >= 0 ? 0 : -this.tokens * this.spacingMs;
  }
}
