/** What is scraped: by shape, since the registry may say of itself in which form it renders. */
export interface Scraped {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface Rendering {
  readonly contentType: string;
  readonly body: Buffer;
}

/** Rendering takes a fiftieth of the time at most, however often it is asked for. */
const RENDERED_SHARE = 50;
const LONGEST_REUSE_MS = 1_000;
const WINDOW_MS = 1_000;
/** Of one address: in a second, and at once. Prometheus asks once in some seconds. */
const MOST_A_SECOND = 50;
const MOST_OF_ONE = 4;
/** Of all addresses together. */
const MOST_A_SECOND_OF_ALL = 200;
const MOST_AT_ONCE = 32;
/** Who has not taken an answer by then does not want it. */
const TAKEN_WITHIN_MS = 10_000;

/**
 * Answers whoever scrapes. Those who ask at about the same time are given the same bytes, which lie in memory once however slowly they
 * are taken; who asks too often, or takes too many answers at once, is refused before anything is done for him.
 */
export class Scrapes {
  private rendering: Promise<Rendering> | undefined;
  private freshUntil = -Infinity;
  private windowEnds = -Infinity;
  private inWindow = 0;
  private readonly inWindowOf = new Map<string, number>();
  private underWay = 0;
  private readonly underWayOf = new Map<string, number>();

  constructor(
    private readonly registry: Scraped,
    private readonly now: () => number = () => performance.now(),
    private readonly takenWithinMs = TAKEN_WITHIN_MS,
  ) {}

  /** What to call once the answer is gone; undefined: no answer now. `cutOff`: nobody takes it. */
  admit(address: string, cutOff: () => void): (() => void) | undefined {
    this.openWindow();
    const [asked, open] = [this.inWindowOf.get(address) ?? 0, this.underWayOf.get(address) ?? 0];
    const isTooOften = asked >= MOST_A_SECOND || this.inWindow >= MOST_A_SECOND_OF_ALL;
    if (isTooOften || open >= MOST_OF_ONE || this.underWay >= MOST_AT_ONCE) return undefined;
    this.inWindow += 1;
    this.inWindowOf.set(address, asked + 1);
    this.underWay += 1;
    this.underWayOf.set(address, open + 1);
    const late = setTimeout(cutOff, this.takenWithinMs).unref();
    let isGone = false;
    return () => {
      if (isGone) return;
      isGone = true;
      clearTimeout(late);
      this.underWay -= 1;
      const left = (this.underWayOf.get(address) ?? 1) - 1;
      if (left > 0) this.underWayOf.set(address, left);
      else this.underWayOf.delete(address);
    };
  }

  /** Shared by all who ask while it is made, and for a moment after. */
  render(): Promise<Rendering> {
    if (this.rendering === undefined || this.now() >= this.freshUntil) {
      this.freshUntil = Infinity;
      const rendering = this.renderOnce();
      this.rendering = rendering;
      rendering.catch(() => {
        this.rendering = undefined;
      });
    }
    return this.rendering;
  }

  private async renderOnce(): Promise<Rendering> {
    const since = this.now();
    const body = Buffer.from(await this.registry.metrics());
    const until = this.now();
    this.freshUntil = until + Math.min(LONGEST_REUSE_MS, (until - since) * RENDERED_SHARE);
    return { contentType: this.registry.contentType, body };
  }

  private openWindow(): void {
    const now = this.now();
    if (now < this.windowEnds) return;
    this.windowEnds = now + WINDOW_MS;
    this.inWindow = 0;
    this.inWindowOf.clear();
  }
}
