/** Pairs of schemas that are being compared, or have been without a difference that is not told already. */
export class Assumptions {
  private readonly pairs = new Map<object, Set<object>>();
  /** In the order in which they were made. */
  private readonly made: (readonly [object, object])[] = [];

  /** Whether the pair is assumed to be in order already; from now on it is. */
  holds(before: unknown, after: object | undefined): boolean {
    if (typeof before !== 'object' || before === null || after === undefined) return false;
    const known = this.pairs.get(before);
    if (known?.has(after) === true) return true;
    if (known === undefined) this.pairs.set(before, new Set([after]));
    else known.add(after);
    this.made.push([before, after]);
    return false;
  }

  /** What is only tried may fail unheard, so it leaves no assumption behind. */
  during<T>(attempt: () => T): T {
    const from = this.made.length;
    const result = attempt();
    for (const [before, after] of this.made.splice(from)) this.pairs.get(before)?.delete(after);
    return result;
  }
}
