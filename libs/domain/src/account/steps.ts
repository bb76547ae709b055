/** Milliseconds: of the window a step is over, and what looking at it should take. */
export interface Stride {
  readonly first: number;
  readonly shortest: number;
  readonly longest: number;
  readonly meant: number;
}

/** How much of a window is looked at at once: as much as a look of about the meant time takes in. */
export class Steps {
  private lengthMs: number;

  constructor(
    private atMs: number,
    private readonly stride: Stride,
  ) {
    this.lengthMs = stride.first;
  }

  next(endMs: number): { readonly since: Date; readonly until: Date } {
    return { since: new Date(this.atMs), until: new Date(Math.min(endMs, this.atMs + this.lengthMs)) };
  }

  /** It was looked at, in so many milliseconds: the next is longer if that was quick, and shorter if it was not. */
  done(until: Date, tookMs: number): void {
    const { shortest, longest, meant } = this.stride;
    this.atMs = until.getTime();
    if (tookMs < meant / 4) this.lengthMs = Math.min(longest, this.lengthMs * 2);
    if (tookMs > meant) this.lengthMs = Math.max(shortest, this.lengthMs / 2);
  }

  /** It could not be looked at in time: the next is as much shorter. False when there is no shorter one. */
  failed(): boolean {
    const { shortest } = this.stride;
    if (this.lengthMs === shortest) return false;
    this.lengthMs = Math.max(shortest, this.lengthMs / 4);
    return true;
  }

  get reached(): Date {
    return new Date(this.atMs);
  }
}
