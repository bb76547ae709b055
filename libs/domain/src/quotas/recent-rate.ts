const SLOTS = 4;

interface Slot {
  readonly count: number;
  readonly ms: number;
}

/** How often something happened lately: over the last four spans of time, of whatever length they were. */
export class RecentRate {
  private readonly slots: Slot[] = [];
  private current = 0;

  add(): void {
    this.current += 1;
  }

  /** Ends a span that lasted so many milliseconds. A second since then, on average. */
  roll(ms: number): number {
    this.slots.push({ count: this.current, ms });
    this.current = 0;
    if (this.slots.length > SLOTS) this.slots.shift();
    const [count, length] = this.slots.reduce((sum, slot) => [sum[0] + slot.count, sum[1] + slot.ms], [0, 0]);
    return length > 0 ? (count / length) * 1_000 : 0;
  }
}
