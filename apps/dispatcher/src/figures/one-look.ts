/** What takes a pass over many, taken once for all that ask in the same millisecond: a scrape asks for each number by itself. */
export class OneLook<T> {
  private latest: { readonly atMs: number; readonly seen: T } | undefined;

  constructor(private readonly look: (nowMs: number) => T) {}

  now(): T {
    const nowMs = Date.now();
    if (this.latest?.atMs !== nowMs) this.latest = { atMs: nowMs, seen: this.look(nowMs) };
    return this.latest.seen;
  }
}
