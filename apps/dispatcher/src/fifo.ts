/** First in, first out, in constant time: Array.shift moves all that is left, each time. */
export class Fifo<T> {
  private items: T[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): T | undefined {
    if (this.head === this.items.length) return undefined;
    const item = this.items[this.head];
    this.head += 1;
    // What was taken goes in one piece, once it is most of the array and no longer small.
    if (this.head === this.items.length || (this.head > 64 && this.head * 2 > this.items.length)) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  /** Takes out all but the first `kept`, and returns them. */
  truncate(kept: number): readonly T[] {
    return this.length <= kept ? [] : this.items.splice(this.head + kept);
  }

  /** Takes out all that match, and returns them. */
  extract(matches: (item: T) => boolean): readonly T[] {
    const all = this.items.slice(this.head);
    this.items = all.filter((item) => !matches(item));
    this.head = 0;
    return all.filter(matches);
  }
}
