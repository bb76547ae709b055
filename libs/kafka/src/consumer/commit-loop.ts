import type { AssignedPartition, Commit } from './assigned-partition.js';
import type { OffsetToCommit } from '../wire/requests/offset-commit.js';
import type { ConsumerObserver } from './options.js';

const EVERY_MS = 100;
const FINISHES = 500;

/** Commits once, with the generation of now; it never tries again by itself, since by then another may own a partition. */
export type CommitOnce = (offsets: readonly OffsetToCommit[]) => Promise<void>;

/**
 * Commits what changed, off the way of reading: every 100 ms or 500 finishes, one request for all partitions, one at a time.
 *
 * The broker checks the member and the generation of a commit, but not whether the member owns the partition. So nothing
 * is committed in a generation before its assignment is settled. While a group waits for its members to join again the
 * generation is still the old one, and so are the owners: commits go on, or all that is finished meanwhile would be
 * repeated where a partition moves.
 */
export class CommitLoop {
  private commitOnce: CommitOnce | undefined;
  private settled = false;
  private finishes = 0;
  private underWay: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;

  constructor(
    private readonly partitions: () => Iterable<AssignedPartition>,
    private readonly observer: ConsumerObserver = {},
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.tick();
    }, EVERY_MS);
  }

  /** The way to commit as the member that reads, in the generation in which it does. */
  use(commitOnce: CommitOnce): void {
    this.commitOnce = commitOnce;
  }

  get usable(): boolean {
    return this.commitOnce !== undefined;
  }

  /** The member is gone: what it committed with is worth nothing. */
  forget(): void {
    this.commitOnce = undefined;
    this.settled = false;
  }

  release(): void {
    this.settled = true;
  }

  finished(): void {
    this.finishes++;
    if (this.finishes < FINISHES || this.immediate !== undefined) return;
    // Never from within a promise's continuation: an assignment changes hands between two of them.
    this.immediate = setImmediate(() => {
      this.immediate = undefined;
      this.tick();
    });
  }

  /** Resolves when no commit is without its answer: only then `committed` is what the broker has. */
  async answered(): Promise<void> {
    await this.underWay;
  }

  /** Commits what is there to commit, and returns when the broker has answered. */
  async flush(): Promise<void> {
    await this.underWay;
    this.tick();
    await this.underWay;
  }

  stop(): void {
    clearInterval(this.timer);
    clearImmediate(this.immediate);
  }

  private tick(): void {
    const { commitOnce } = this;
    if (!this.settled || this.underWay !== undefined || commitOnce === undefined) return;
    const changes: Change[] = [];
    for (const partition of this.partitions()) {
      const commit = partition.lease.lost ? undefined : partition.nextCommit();
      if (commit !== undefined) changes.push({ partition, commit });
    }
    this.finishes = 0;
    if (changes.length === 0) return;
    this.underWay = this.commit(commitOnce, changes).finally(() => {
      this.underWay = undefined;
    });
  }

  private async commit(commitOnce: CommitOnce, changes: readonly Change[]): Promise<void> {
    try {
      await commitOnce(requestOf(changes));
      for (const { partition, commit } of changes) partition.committed = commit;
      this.observer.commit?.('committed', changes.length);
    } catch {
      // A rebalance, or a broker that moved: the next tick commits what holds then.
      for (const { partition } of changes) partition.commitFailed();
      this.observer.commit?.('failed', changes.length);
    }
  }
}

interface Change {
  readonly partition: AssignedPartition;
  readonly commit: Commit;
}

function requestOf(changes: readonly Change[]): readonly OffsetToCommit[] {
  return changes.map(({ partition: { topic, partition }, commit }) => ({ topic, partition, ...commit }));
}
