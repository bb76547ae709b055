/** How long what is held stays held after its holder fell silent. */
export const LEASE_MS = 5_000;
const RENEW_EVERY_MS = 1_250;

/** What this process holds, kept alive for as long as it is at it. What ends soon is never renewed. */
export class Leases<T> {
  private readonly held = new Map<string, { readonly item: T; sinceMs: number }>();
  private timer: NodeJS.Timeout | undefined;

  /** `renew`: holds these for another LEASE_MS. It may fail; the next one follows soon. */
  constructor(private readonly renew: (items: readonly T[]) => Promise<void>) {}

  hold(name: string, item: T): void {
    this.held.set(name, { item, sinceMs: performance.now() });
    this.timer ??= setInterval(() => {
      this.look();
    }, RENEW_EVERY_MS).unref();
  }

  end(name: string): void {
    this.held.delete(name);
  }

  private look(): void {
    if (this.held.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    const before = performance.now() - RENEW_EVERY_MS;
    const due = [...this.held.values()].filter(({ sinceMs }) => sinceMs <= before);
    if (due.length > 0) this.renew(due.map(({ item }) => item)).catch(() => undefined);
  }
}
