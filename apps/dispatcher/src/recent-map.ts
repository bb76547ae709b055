/**
 * What was set last: at least `least` keys, and at most twice as many. They go by generations and never one by one: a Map of
 * which the oldest key is taken time and again walks over the gaps that the others left.
 */
export class RecentMap<K, V> {
  private young = new Map<K, V>();
  private old: ReadonlyMap<K, V> = new Map();

  constructor(private readonly least: number) {}

  get(key: K): V | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }

  set(key: K, value: V): void {
    this.young.set(key, value);
    if (this.young.size < this.least) return;
    this.old = this.young;
    this.young = new Map();
  }
}
