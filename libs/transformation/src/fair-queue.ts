interface Owner<T> {
  readonly waiting: T[];
  running: number;
  /** Of the workers, in milliseconds. */
  usedMs: number;
}

/**
 * Who is next: of those with something waiting, and fewer than their share running, whoever has used the workers
 * least. So a short piece of work waits for no long one of somebody else, however many of those there are.
 */
export class FairQueue<T> {
  private readonly owners = new Map<string, Owner<T>>();
  /** What the last one taken had used: whoever comes anew begins there, and not with all of the past to make up for. */
  private floorMs = 0;

  /** `share`: of one owner, at once. */
  constructor(private readonly share: number) {}

  get waiting(): number {
    let count = 0;
    for (const owner of this.owners.values()) count += owner.waiting.length;
    return count;
  }

  push(name: string, item: T): void {
    const known = this.owners.get(name);
    if (known === undefined) this.owners.set(name, { waiting: [item], running: 0, usedMs: this.floorMs });
    else known.waiting.push(item);
  }

  take(): T | undefined {
    let next: Owner<T> | undefined;
    for (const owner of this.owners.values()) {
      if (owner.waiting.length === 0 || owner.running >= this.share) continue;
      if (next === undefined || owner.usedMs < next.usedMs) next = owner;
    }
    if (next === undefined) return undefined;
    this.floorMs = Math.max(this.floorMs, next.usedMs);
    next.running += 1;
    return next.waiting.shift();
  }

  finished(name: string, tookMs: number): void {
    const owner = this.owners.get(name);
    if (owner === undefined) return;
    owner.running -= 1;
    owner.usedMs += tookMs;
    if (owner.running === 0 && owner.waiting.length === 0) this.owners.delete(name);
  }
}
