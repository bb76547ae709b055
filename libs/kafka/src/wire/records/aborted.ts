export interface AbortedTransaction {
  readonly producerId: number;
  /** The offset of its first record. */
  readonly firstOffset: number;
}

/** Which batches belong to transactions that were given up; asked in the order of the log. */
export class AbortedBatches {
  private readonly ahead: AbortedTransaction[];
  private readonly open = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.ahead = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** A batch of a transaction, up to its last offset. */
  has(producerId: number, lastOffset: number): boolean {
    let next = this.ahead[0];
    while (next !== undefined && next.firstOffset <= lastOffset) {
      this.open.add(next.producerId);
      this.ahead.shift();
      next = this.ahead[0];
    }
    return this.open.has(producerId);
  }

  /** The marker that ends a producer's transaction: the next one may be another's fate. */
  ended(producerId: number): void {
    this.open.delete(producerId);
  }
}
