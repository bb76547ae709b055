/** `count` is at most `over` more than how often the key came, and never less. */
export interface HeavyHitter<P> {
  readonly key: string;
  readonly about: P;
  readonly count: number;
  readonly over: number;
}

type Counter<P> = { -readonly [F in keyof HeavyHitter<P>]: HeavyHitter<P>[F] } & { at: number };

/**
 * The keys that come most often, in bounded memory (Space-Saving: Metwally, Agrawal, El Abbadi 2005). Of `total` keys
 * counted by `capacity` counters every one that came more than total ÷ capacity times is among them, and no count is too
 * high by more than that.
 */
export class HeavyHitters<P> {
  private readonly counters = new Map<string, Counter<P>>();
  /** A heap, the lowest count first: the one that gives way. */
  private readonly heap: Counter<P>[] = [];
  private counted = 0;

  constructor(private readonly capacity: number) {}

  get total(): number {
    return this.counted;
  }

  get hitters(): readonly HeavyHitter<P>[] {
    return this.heap;
  }

  /** `about`: what is to be known of a key; that of its first coming is kept. */
  add(key: string, about: P): void {
    this.counted += 1;
    const known = this.counters.get(key);
    if (known !== undefined) this.raise(known);
    else if (this.heap.length < this.capacity) this.enter(key, about);
    else this.replaceLowest(key, about);
  }

  private enter(key: string, about: P): void {
    const counter = { key, about, count: 1, over: 0, at: this.heap.length };
    this.counters.set(key, counter);
    this.heap.push(counter);
    // No count is lower than 1, but the parent may have more.
    for (let parent = this.parentOf(counter); parent !== undefined && parent.count > 1; parent = this.parentOf(counter))
      this.swap(counter, parent);
  }

  private replaceLowest(key: string, about: P): void {
    const [lowest] = this.heap;
    if (lowest === undefined) return;
    this.counters.delete(lowest.key);
    lowest.over = lowest.count;
    lowest.key = key;
    lowest.about = about;
    this.counters.set(key, lowest);
    this.raise(lowest);
  }

  private raise(counter: Counter<P>): void {
    counter.count += 1;
    for (;;) {
      const left = this.heap[counter.at * 2 + 1];
      const right = this.heap[counter.at * 2 + 2];
      const lower = right !== undefined && left !== undefined && right.count < left.count ? right : left;
      if (lower === undefined || lower.count >= counter.count) return;
      this.swap(lower, counter);
    }
  }

  private parentOf({ at }: Counter<P>): Counter<P> | undefined {
    return at === 0 ? undefined : this.heap[(at - 1) >> 1];
  }

  private swap(one: Counter<P>, other: Counter<P>): void {
    const { at } = one;
    one.at = other.at;
    other.at = at;
    this.heap[one.at] = one;
    this.heap[other.at] = other;
  }
}
