/**
 * Counts the polls of each broker that came back empty although they may wait for data: proof that nothing more lies
 * before the reader there. A log may end in offsets that hold no record any more, and no batch ever tells of those.
 */
export class IdlePolls {
  private readonly counts = new Map<string, number>();
  private readonly startedAt = new Map<string, number>();
  private listeners = new Set<() => void>();

  constructor(private readonly longPollMs: number) {}

  started(node: string, nowMs: number): void {
    this.startedAt.set(node, nowMs);
  }

  ended(node: string, nowMs: number): void {
    const startedAt = this.startedAt.get(node);
    if (startedAt === undefined || nowMs - startedAt < this.longPollMs * 0.9) return;
    this.counts.set(node, (this.counts.get(node) ?? 0) + 1);
    for (const listener of this.listeners) listener();
  }

  count(node: string): number {
    return this.counts.get(node) ?? 0;
  }

  onIdle(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
