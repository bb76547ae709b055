/** Where a log begins and ends. */
export interface LogBounds {
  readonly partition: number;
  readonly low: number;
  /** The offset that the next record will have. */
  readonly high: number;
}

/** How far a reader of all partitions of a topic has come, and who waits for it to come further. */
export class ReadProgress {
  private readonly positions = new Map<number, number>();
  private readonly waiting = new Set<Waiter>();

  readTo(partition: number, position: number): void {
    if (position <= (this.positions.get(partition) ?? -1)) return;
    this.positions.set(partition, position);
    for (const waiter of this.waiting) this.settle(waiter);
  }

  /** Resolves once all that the bounds hold was read; what they hold may be empty. */
  reached(bounds: readonly LogBounds[]): Promise<void> {
    return new Promise((resolve) => {
      const waiter: Waiter = { bounds, resolve };
      this.waiting.add(waiter);
      this.settle(waiter);
    });
  }

  private settle(waiter: Waiter): void {
    if (waiter.bounds.some((bounds) => this.lacks(bounds))) return;
    this.waiting.delete(waiter);
    waiter.resolve();
  }

  private lacks({ partition, low, high }: LogBounds): boolean {
    return high > low && (this.positions.get(partition) ?? low) < high;
  }
}

interface Waiter {
  readonly bounds: readonly LogBounds[];
  readonly resolve: () => void;
}
