const LONGEST_MS = 900_000;
const SHORTEST_MS = 1_000;
/** A step that takes longer is followed by a shorter one, and one that takes less by a longer. */
const MEANT_MS = 1_000;

/** How much of a window is looked at at once: as much as a look of about a second takes in. */
export class Steps {
  private lengthMs = 60_000;

  constructor(private atMs: number) {}

  next(endMs: number): { readonly since: Date; readonly until: Date } {
    return { since: new Date(this.atMs), until: new Date(Math.min(endMs, this.atMs + this.lengthMs)) };
  }

  /** It was looked at, in so many milliseconds. */
  done(until: Date, tookMs: number): void {
    this.atMs = until.getTime();
    if (tookMs < MEANT_MS / 4) this.lengthMs = Math.min(LONGEST_MS, this.lengthMs * 2);
    if (tookMs > MEANT_MS) this.lengthMs = Math.max(SHORTEST_MS, this.lengthMs / 2);
  }

  /** It could not be looked at in time: the next is as much shorter. False when there is no shorter one. */
  failed(): boolean {
    if (this.lengthMs === SHORTEST_MS) return false;
    this.lengthMs = Math.max(SHORTEST_MS, this.lengthMs / 4);
    return true;
  }

  get reached(): Date {
    return new Date(this.atMs);
  }
}
