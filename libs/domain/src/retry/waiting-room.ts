/**
 * What waits for its time, in queues whose members fall due in the order in which they came: a tier has one delay,
 * so a partition's log order is its order of due times. Only the heads are ever looked at. Times are milliseconds
 * since 1970.
 */
export class WaitingRoom<Queue, Item> {
  private readonly queues = new Map<Queue, Line<Item>>();

  get size(): number {
    let total = 0;
    for (const line of this.queues.values()) total += line.length;
    return total;
  }

  add(queue: Queue, dueAtMs: number, item: Item): void {
    let line = this.queues.get(queue);
    if (line === undefined) {
      line = new Line();
      this.queues.set(queue, line);
    }
    line.push({ dueAtMs, item });
  }

  /** When the first of all is due; undefined while nothing waits. */
  nextDueAtMs(): number | undefined {
    let earliest: number | undefined;
    for (const line of this.queues.values()) {
      const dueAtMs = line.head?.dueAtMs;
      if (dueAtMs !== undefined && (earliest === undefined || dueAtMs < earliest)) earliest = dueAtMs;
    }
    return earliest;
  }

  /** Takes out all that is due, in each queue's order; never what is not. */
  takeDue(nowMs: number): readonly Item[] {
    const due: Item[] = [];
    for (const [queue, line] of this.queues) {
      for (let head = line.head; head !== undefined && head.dueAtMs <= nowMs; head = line.head) {
        line.shift();
        due.push(head.item);
      }
      if (line.length === 0) this.queues.delete(queue);
    }
    return due;
  }

  /** Forgets a queue and all that waits in it. */
  drop(queue: Queue): void {
    this.queues.delete(queue);
  }
}

interface Waiting<Item> {
  readonly dueAtMs: number;
  readonly item: Item;
}

/** An array's own shift() moves every member; this one moves them once for each time that half of them have gone. */
class Line<Item> {
  private items: Waiting<Item>[] = [];
  private gone = 0;

  get length(): number {
    return this.items.length - this.gone;
  }

  get head(): Waiting<Item> | undefined {
    return this.items[this.gone];
  }

  push(waiting: Waiting<Item>): void {
    this.items.push(waiting);
  }

  shift(): void {
    this.gone += 1;
    if (this.gone * 2 < this.items.length) return;
    this.items = this.items.slice(this.gone);
    this.gone = 0;
  }
}
