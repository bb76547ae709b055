import { setTimeout as wait } from 'node:timers/promises';
import type { AssignmentObserver } from '@signpost/ports';
import type { PartitionName } from '../wire/requests/fetch.js';
import { AssignedPartition, sameCommit } from './assigned-partition.js';
import { partitionKey, type StartingPoint } from './committed-offsets.js';
import { OffsetWindow } from './offset-window.js';

export interface AssignmentOptions {
  readonly windowed: boolean;
  readonly observer?: AssignmentObserver;
  /** The name that handlers know a topic by. */
  readonly nameOf: (topic: string) => string;
  readonly startingPoints: (partitions: readonly PartitionName[]) => Promise<ReadonlyMap<string, StartingPoint>>;
  readonly onFatal: (error: Error) => void;
}

export interface Joined {
  readonly memberId: string;
  readonly memberAssignment: Readonly<Record<string, readonly number[]>>;
}

const RETRY_MS = 250;

/**
 * The partitions that this process owns, from one assignment to the next. A partition keeps its window only when
 * nobody else can have owned it meanwhile: the member is the same, and the group's committed offset is the one that this process
 * committed last. Otherwise what is under way is fenced, and the partition starts anew from what is committed.
 */
export class Assignment {
  private partitions = new Map<string, AssignedPartition>();
  private memberId: string | undefined;
  private epoch = 0;
  private settling: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: AssignmentOptions) {}

  owned(): Iterable<AssignedPartition> {
    return this.partitions.values();
  }

  find(topic: string, partition: number): AssignedPartition | undefined {
    return this.partitions.get(partitionKey(topic, partition));
  }

  /** Partition numbers, for the assigner to leave them here. */
  numbers(): readonly number[] {
    return [...new Set([...this.partitions.values()].map(({ partition }) => partition))];
  }

  /**
   * Has to be called in the same turn in which the client takes on a new assignment. Returns what becomes of it;
   * true when this assignment still is the newest then.
   */
  joined({ memberId, memberAssignment }: Joined): Promise<boolean> {
    const epoch = ++this.epoch;
    const sameMember = memberId === this.memberId;
    this.memberId = memberId;
    const wanted = new Map(
      Object.entries(memberAssignment).flatMap(([topic, numbers]) =>
        numbers.map((partition) => [partitionKey(topic, partition), { topic, partition }] as const),
      ),
    );
    const keepable = (key: string): boolean => sameMember && this.options.windowed && wanted.has(key);
    this.lose([...this.partitions.keys()].filter((key) => !keepable(key)));
    // One after another: an observer may still be busy with the partitions of the assignment before.
    const settled = this.settling.then(() => this.settle(epoch, wanted));
    this.settling = settled;
    return settled;
  }

  /** The member left the group, or was thrown out of it. */
  loseAll(): void {
    this.epoch++;
    this.memberId = undefined;
    this.lose([...this.partitions.keys()]);
  }

  /** The partition starts anew at `offset`, whatever is committed. */
  async restart(old: AssignedPartition, offset: number): Promise<void> {
    const { topic, partition, lease } = old;
    const key = partitionKey(topic, partition);
    if (this.partitions.get(key) !== old) return;
    this.lose([key]);
    const anew = new AssignedPartition(topic, lease.topic, partition, new OffsetWindow(offset));
    this.partitions.set(key, anew);
    await this.options.observer?.assigned([anew.lease]);
  }

  private async settle(epoch: number, wanted: ReadonlyMap<string, PartitionName>): Promise<boolean> {
    const points = await this.points(epoch, wanted);
    if (points === undefined || epoch !== this.epoch) return false;
    this.lose([...this.partitions].filter(([key, kept]) => !stillOurs(kept, points.get(key))).map(([key]) => key));
    const fresh: AssignedPartition[] = [];
    for (const [key, { topic, partition }] of wanted) {
      if (this.partitions.has(key)) continue;
      const anew = this.start(topic, partition, points.get(key));
      this.partitions.set(key, anew);
      fresh.push(anew);
    }
    try {
      if (fresh.length > 0) await this.options.observer?.assigned(fresh.map(({ lease }) => lease));
    } catch (error) {
      this.options.onFatal(error instanceof Error ? error : new Error(String(error)));
    }
    return epoch === this.epoch;
  }

  /** Asks until it knows: without the committed offsets no record may be handed out. */
  private async points(
    epoch: number,
    wanted: ReadonlyMap<string, PartitionName>,
  ): Promise<ReadonlyMap<string, StartingPoint> | undefined> {
    if (!this.options.windowed || wanted.size === 0) return new Map();
    while (epoch === this.epoch) {
      try {
        return await this.options.startingPoints([...wanted.values()]);
      } catch {
        await wait(RETRY_MS, undefined, { ref: false });
      }
    }
    return undefined;
  }

  private start(topic: string, partition: number, point: StartingPoint | undefined): AssignedPartition {
    const name = this.options.nameOf(topic);
    if (point === undefined) return new AssignedPartition(topic, name, partition, undefined);
    const { committed, low } = point;
    const window = new OffsetWindow(committed?.offset ?? low, committed?.metadata ?? null);
    const anew = new AssignedPartition(topic, name, partition, window);
    anew.committed = committed;
    return anew;
  }

  private lose(keys: readonly string[]): void {
    const lost = keys.flatMap((key) => this.partitions.get(key) ?? []);
    for (const key of keys) this.partitions.delete(key);
    for (const { lease } of lost) lease.lost = true;
    if (lost.length > 0) this.options.observer?.revoked(lost.map(({ lease }) => lease));
  }
}

/** Whoever else owned the partition would have moved its committed offset, or had nothing to do with it. */
function stillOurs(kept: AssignedPartition, point: StartingPoint | undefined): boolean {
  if (point?.committed === undefined) return kept.committed === undefined;
  return sameCommit(point.committed, kept.committed);
}
