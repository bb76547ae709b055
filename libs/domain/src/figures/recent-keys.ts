/**
 * Different keys of the span of time under way and the one before, by whether anything good was heard of them. Beyond
 * `most` keys a span takes in no further ones: what it says is then that of the first so many.
 */
export class RecentKeys {
  private current = new Map<string, boolean>();
  private before: ReadonlyMap<string, boolean> = new Map();
  private span: number;

  constructor(
    private readonly most: number,
    private readonly spanMs: number,
    nowMs: number,
  ) {
    this.span = Math.floor(nowMs / spanMs);
  }

  note(key: string, isGood: boolean): void {
    const known = this.current.get(key);
    if (known === true || known === isGood) return;
    if (known === undefined && this.current.size >= this.most) return;
    this.current.set(key, isGood);
  }

  roll(nowMs: number): void {
    const span = Math.floor(nowMs / this.spanMs);
    if (span === this.span) return;
    // After a long silence what came before it is no longer of late; a clock that was set back has ended one span.
    this.before = span > this.span + 1 ? new Map() : this.current;
    this.current = new Map();
    this.span = span;
  }

  /** A pass over all of them. */
  count(): { readonly good: number; readonly bad: number } {
    let good = 0;
    let bad = 0;
    for (const [key, isGood] of this.current) {
      if (isGood || this.before.get(key) === true) good += 1;
      else bad += 1;
    }
    for (const [key, isGood] of this.before) {
      if (this.current.has(key)) continue;
      if (isGood) good += 1;
      else bad += 1;
    }
    return { good, bad };
  }
}
