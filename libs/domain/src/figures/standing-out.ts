import { HeavyHitters } from './heavy-hitters.js';

export interface StandingOutRules {
  /** Counters of each span: nothing is undercounted by more than one in so many of all that was counted. */
  readonly capacity: number;
  readonly spanMs: number;
  /** Whole spans that are looked back on. */
  readonly spans: number;
  readonly most: number;
  /** What makes out less of all than this does not stand out: among many alike the first few would be any few. */
  readonly leastShare: number;
}

export interface Ranked<P> {
  readonly key: string;
  readonly about: P;
  /** At least so often, and at most one in `capacity` of all more. */
  readonly count: number;
}

export interface Ranking<P> {
  /** Highest first. */
  readonly rows: readonly Ranked<P>[];
  /** How much of all the rows are; 1 of nothing. */
  readonly share: number;
}

/** Which few keys stood out lately: over the last whole spans of time, in memory that no number of keys can grow. */
export class StandingOut<P> {
  private readonly past: HeavyHitters<P>[] = [];
  private current: HeavyHitters<P>;
  private span: number;

  constructor(
    private readonly rules: StandingOutRules,
    nowMs: number,
  ) {
    this.current = new HeavyHitters(rules.capacity);
    this.span = this.spanOf(nowMs);
  }

  add(key: string, about: P): void {
    this.current.add(key, about);
  }

  /** Undefined while the span goes on that was under way at the last call. */
  roll(nowMs: number): Ranking<P> | undefined {
    const span = this.spanOf(nowMs);
    if (span === this.span) return undefined;
    const { spans, capacity } = this.rules;
    // A clock that was set back has ended one, too.
    const ended = span > this.span ? Math.min(span - this.span, spans) : 1;
    this.span = span;
    for (let end = 0; end < ended; end += 1) {
      this.past.push(this.current);
      this.current = new HeavyHitters(capacity);
    }
    this.past.splice(0, this.past.length - spans);
    return this.ranking();
  }

  private ranking(): Ranking<P> {
    const rows = new Map<string, { key: string; about: P; count: number }>();
    let total = 0;
    for (const each of this.past) {
      total += each.total;
      for (const { key, about, count, over } of each.hitters) {
        const known = rows.get(key);
        if (known === undefined) rows.set(key, { key, about, count: count - over });
        else known.count += count - over;
      }
    }
    const { most, leastShare } = this.rules;
    const outstanding = [...rows.values()]
      .filter(({ count }) => count >= total * leastShare)
      .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
      .slice(0, most);
    const named = outstanding.reduce((sum, { count }) => sum + count, 0);
    return { rows: outstanding, share: total === 0 ? 1 : named / total };
  }

  private spanOf(nowMs: number): number {
    return Math.floor(nowMs / this.rules.spanMs);
  }
}
