import { ERROR } from '../wire/api.js';
import type { Cluster } from '../wire/cluster.js';
import { ProtocolError } from '../wire/errors.js';
import { decodeRecordBatches, type DecodedRecords } from '../wire/records/decode.js';
import type { FetchedPartition, FetchLimits, PartitionName } from '../wire/requests/fetch.js';
import { LeaderFetch, type FetchPatience } from './leader-fetch.js';
import { Target } from './target.js';

/** A megabyte holds some hundreds of records: more at once saves nothing, and is memory in every process. */
const LIMITS: FetchLimits = { waitMs: 250, leastBytes: 1, bytes: 1_048_576, bytesPerPartition: 256 * 1_024 };
/** Gathered records come once there are so many bytes, however little of the time is over. */
const GATHERED_BYTES = 256 * 1_024;
const LEARN_PAUSE_MS = 250;
const HOLD_MS = [50, 100, 250, 500, 1_000] as const;

export interface LogRange {
  /** The first offset that the log still has. */
  readonly first: number;
  /** The offset that its next record will have. */
  readonly end: number;
}

export interface FetcherEvents {
  /** What was read from `position` on. Returns the offset to read on from. Must not throw. */
  records(name: PartitionName, position: number, decoded: DecodedRecords): number;
  /** The log has nothing at this position. Returns the offset to read on from; undefined: the partition is read no more. */
  outOfRange(name: PartitionName, position: number, log: LogRange): number | undefined | Promise<number | undefined>;
  /** Bytes that are no records; they are asked for again after a while. */
  unreadable(name: PartitionName, error: unknown): void;
  /** A broker did not answer, or not as it should; reading goes on by itself. */
  failed(error: unknown): void;
}

export interface Start extends PartitionName {
  /** Undefined: the log's beginning. */
  readonly position: number | undefined;
}

/**
 * Reads partitions from wherever they are led, and goes on while what was read is worked on. What to read, from where
 * and whether to pause is this object's own; the broker is told with the next request.
 */
export class Fetcher {
  private targets = new Map<string, Target>();
  private readonly fetches = new Map<number, LeaderFetch>();
  private learning = false;
  private closed = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly events: FetcherEvents,
    /** Milliseconds that records may gather at the broker while they keep coming; undefined: none. */
    private readonly gatherMs?: number,
  ) {}

  /** Reads these and nothing else, from now on. What is under way of the earlier ones is not handed over. */
  assign(starts: readonly Start[]): void {
    for (const target of this.targets.values()) this.drop(target);
    this.targets = new Map(
      starts.map((start) => [keyOf(start), new Target(start.topic, start.partition, start.position ?? -1)]),
    );
    for (const target of this.targets.values()) {
      this.place(target);
      if (target.position < 0) void this.findRange(target);
    }
  }

  /** Reads on from an offset. */
  seek(name: PartitionName, position: number): void {
    const old = this.targets.get(keyOf(name));
    if (old === undefined) return;
    this.drop(old);
    // Another object: an answer, or a range, that the old one still waits for is nothing to this one.
    const target = new Target(name.topic, name.partition, position);
    target.paused = old.paused;
    this.targets.set(keyOf(name), target);
    this.place(target);
  }

  pause(name: PartitionName, paused: boolean): void {
    const target = this.targets.get(keyOf(name));
    if (target === undefined || target.paused === paused) return;
    target.paused = paused;
    target.leader?.touch(target);
  }

  close(): void {
    this.closed = true;
    this.targets.clear();
    for (const fetching of this.fetches.values()) fetching.stop();
    this.fetches.clear();
  }

  private drop(target: Target): void {
    target.held = true;
    target.leader?.remove(target);
    target.leader = undefined;
  }

  private isCurrent(target: Target): boolean {
    return !this.closed && this.targets.get(keyOf(target)) === target;
  }

  /** To the one who fetches from its leader; asks for the leader where none is known. */
  private place(target: Target): void {
    const leader = this.cluster.leaderOf(target.topic, target.partition);
    const fetching = leader === undefined ? undefined : this.fetching(leader);
    if (fetching === undefined) this.learn();
    if (fetching === target.leader) return;
    target.leader?.remove(target);
    target.leader = fetching;
    fetching?.add(target);
  }

  private limits(): FetchPatience {
    if (this.gatherMs === undefined) return { idle: LIMITS, busy: LIMITS };
    return { idle: LIMITS, busy: { ...LIMITS, waitMs: this.gatherMs, leastBytes: GATHERED_BYTES } };
  }

  private fetching(leader: number): LeaderFetch {
    let fetching = this.fetches.get(leader);
    if (fetching === undefined) {
      fetching = new LeaderFetch(leader, this.cluster, this.limits(), {
        fetched: (part) => {
          this.take(part);
        },
        failed: (error) => {
          if (!this.closed) this.events.failed(error);
          this.learn();
        },
      });
      this.fetches.set(leader, fetching);
    }
    return fetching;
  }

  private take(part: FetchedPartition): void {
    const target = this.targets.get(keyOf(part));
    // What was sought elsewhere, or given away, while the answer was under way.
    if (target === undefined || target.held || target.leader?.askedFor(target) !== target.position) return;
    switch (part.error) {
      case ERROR.none:
        this.takeRecords(target, part);
        return;
      case ERROR.offsetOutOfRange:
        void this.findRange(target);
        return;
      default:
        this.hold(target);
        this.learn();
    }
  }

  private takeRecords(target: Target, { records, aborted }: FetchedPartition): void {
    if (records.length === 0) return;
    let decoded: DecodedRecords;
    try {
      decoded = decodeRecordBatches(records, target.position, aborted);
    } catch (error) {
      this.events.unreadable(target, error);
      this.hold(target);
      return;
    }
    target.failures = 0;
    const from = target.position;
    if (decoded.nextOffset === from) return;
    target.position = this.events.records(target, from, decoded);
    target.leader?.touch(target);
  }

  /** Leaves a partition alone for a moment. */
  private hold(target: Target): void {
    target.held = true;
    target.leader?.touch(target);
    setTimeout(
      () => {
        if (this.isCurrent(target)) this.release(target);
      },
      HOLD_MS[Math.min(target.failures++, HOLD_MS.length - 1)],
    );
  }

  private release(target: Target): void {
    target.held = false;
    this.place(target);
    target.leader?.touch(target);
  }

  private async findRange(target: Target): Promise<void> {
    target.held = true;
    target.leader?.touch(target);
    try {
      const [first] = await this.cluster.listOffsets('first', [target]);
      const [end] = await this.cluster.listOffsets('end', [target]);
      if (!this.isCurrent(target)) return;
      if (first === undefined || end === undefined)
        throw new ProtocolError('a broker leaves out a log that it was asked for', { ...nameOf(target) });
      const log = { first: first.offset, end: end.offset };
      const position = target.position < 0 ? log.first : await this.events.outOfRange(target, target.position, log);
      if (position === undefined || !this.isCurrent(target)) return;
      target.position = position;
      this.release(target);
    } catch (error) {
      if (this.isCurrent(target)) this.events.failed(error);
      setTimeout(() => {
        if (this.isCurrent(target)) void this.findRange(target);
      }, LEARN_PAUSE_MS);
    }
  }

  /** Asks who leads now, until every partition has somebody. */
  private learn(): void {
    if (this.learning || this.closed) return;
    this.learning = true;
    const again = (): void => {
      this.learning = false;
      if (this.closed) return;
      for (const target of this.targets.values()) this.place(target);
    };
    this.cluster.refresh().then(again, () => {
      setTimeout(again, LEARN_PAUSE_MS);
    });
  }
}

function nameOf({ topic, partition }: PartitionName): PartitionName {
  return { topic, partition };
}

function keyOf({ topic, partition }: PartitionName): string {
  return `${topic}:${String(partition)}`;
}
