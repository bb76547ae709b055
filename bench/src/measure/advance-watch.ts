/** Where a consumer group stands in one partition. */
export interface PartitionPosition {
  /** Topic and number. */
  readonly partition: string;
  readonly committed: number;
  /** Offset of the next record to be written. */
  readonly end: number;
}

export interface Advance {
  /** Partitions in which records waited at some look. */
  readonly partitions: number;
  /** Of them, those that had records waiting at the end and never advanced from the first look to the last. */
  readonly still: number;
  /** Longest time for which a committed offset did not move although records waited behind it. */
  readonly longestStandMs: number;
}

interface Seen {
  readonly firstCommitted: number;
  committed: number;
  /** When it last moved, or had nothing to move on to. */
  movedAtMs: number;
  standMs: number;
  waits: boolean;
  waited: boolean;
}

/** Follows committed offsets from look to look. */
export class AdvanceWatch {
  readonly #seen = new Map<string, Seen>();
  #longestStandMs = 0;

  look(positions: readonly PartitionPosition[], atMs: number): void {
    for (const position of positions) this.#follow(position, atMs);
  }

  advance(): Advance {
    const waited = [...this.#seen.values()].filter((seen) => seen.waited);
    const stands = ({ standMs, committed, firstCommitted }: Seen) => standMs > 0 && committed === firstCommitted;
    return {
      partitions: waited.length,
      still: waited.filter(stands).length,
      longestStandMs: this.#longestStandMs,
    };
  }

  #follow({ partition, committed, end }: PartitionPosition, atMs: number): void {
    const seen = this.#seen.get(partition) ?? this.#begin(partition, committed, atMs);
    seen.standMs = 0;
    // What waits now may have come a moment ago: only from the second look on does it stand.
    if (committed === seen.committed && seen.waits) seen.standMs = atMs - seen.movedAtMs;
    else seen.movedAtMs = atMs;
    seen.committed = committed;
    seen.waits = end > committed;
    seen.waited ||= seen.waits;
    this.#longestStandMs = Math.max(this.#longestStandMs, seen.standMs);
  }

  #begin(partition: string, committed: number, atMs: number): Seen {
    const seen: Seen = {
      firstCommitted: committed,
      committed,
      movedAtMs: atMs,
      standMs: 0,
      waits: false,
      waited: false,
    };
    this.#seen.set(partition, seen);
    return seen;
  }
}
