/** Holds senders back while too much of what they sent has not arrived. */
export class Backlog {
  #arrived = 0;
  #waiting: (() => void)[] = [];

  /** `bound`: most events under way. */
  constructor(private readonly bound: number) {}

  has(sent: number): boolean {
    return sent - this.#arrived < this.bound;
  }

  arrived(count: number): void {
    this.#arrived = count;
    this.release();
  }

  /** Resolves when more has arrived, or nobody has to wait any longer. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
