/** Work on the same names takes turns within this process, in the order in which it came; other work goes on beside it. */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** How many names are being worked on. */
  get busy(): number {
    return this.last.size;
  }

  async take<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = names.map((name) => this.last.get(name) ?? Promise.resolve());
    const { promise, resolve } = Promise.withResolvers<undefined>();
    // On all of them in one go: who came first is first on each, so nobody waits in a ring.
    for (const name of names) this.last.set(name, promise);
    await Promise.all(before);
    try {
      return await work();
    } finally {
      resolve(undefined);
      for (const name of names) if (this.last.get(name) === promise) this.last.delete(name);
    }
  }
}
