/** Records of `messages.bulk` at work at once while `messages` has none, or few, or many: then one for so many of those. */
const ALONE = 1_000;
const LEAST = 64;
const ONE_FOR = 8;
/** So many are begun before anything else gets a turn: `messages` waits no longer than for these. */
const AT_ONCE = 32;

/**
 * Lets records of `messages.bulk` be worked on beside those of `messages`. Whatever is under way shares process and broker by
 * its number, so bounding that bounds the share: a ninth where `messages` is behind, all of it where nothing else is to do.
 */
export class BulkTurns {
  private readonly waiting: (() => void)[] = [];
  private ahead = 0;
  private underWay = 0;
  /** In this turn of the event loop. */
  private begun = 0;

  /** So many records of `messages` came in. */
  began(count: number): void {
    this.ahead += count;
  }

  /** One of them is done. */
  ended(): void {
    this.ahead -= 1;
    this.next();
  }

  /** Does the work when its turn comes; in the order of the calls. */
  run(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => {
        this.underWay += 1;
        const end = (): void => {
          this.underWay -= 1;
          this.next();
        };
        work().then(resolve, reject).finally(end);
      });
      this.next();
    });
  }

  private get most(): number {
    return this.ahead === 0 ? ALONE : Math.max(LEAST, Math.floor(this.ahead / ONE_FOR));
  }

  private next(): void {
    while (this.begun < AT_ONCE && this.underWay < this.most) {
      const begin = this.waiting.shift();
      if (begin === undefined) return;
      if (this.begun === 0) setImmediate(() => this.nextTurn());
      this.begun += 1;
      begin();
    }
  }

  private nextTurn(): void {
    this.begun = 0;
    this.next();
  }
}
