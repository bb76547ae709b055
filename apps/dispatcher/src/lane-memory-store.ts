import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { encodeLane, headerText, readLane, TOPICS, UnreadableRecordError } from '@signpost/contracts';
import {
  afterReturn,
  afterSweep,
  emptyLane,
  inherited,
  isOrphan,
  isSecondCopy,
  type ApplicationId,
  type EndpointId,
  type LaneMemory,
} from '@signpost/domain';
import type { Log } from '@signpost/observability';
import type { Following, IncomingRecord, RecordSink, TopicFollower } from '@signpost/ports';
import { LaneTotals } from './figures/lane-totals.js';

/** Which assignment wrote a record: what another wrote after this one began is out of date. */
const WRITER_HEADER = 'signpost-writer';
const CATCH_UP_PAUSE_MS = 1_000;

export interface LaneName {
  readonly partition: number;
  readonly endpointId: EndpointId;
  readonly applicationId: ApplicationId;
}

interface OwnedLane {
  memory: LaneMemory | undefined;
  /** What the last write said. */
  written: LaneMemory | undefined;
  /** What has to be durable before the next write. */
  first: Promise<unknown> | undefined;
  /** The highest parked offset that came back during this assignment. */
  takenUpTo: number;
  writing: Promise<void>;
  next: Promise<void> | undefined;
}

/** One assignment of one partition. */
interface Ownership {
  readonly writer: string;
  readonly lanes: Map<EndpointId, OwnedLane>;
  /** Lanes that somebody else wrote during this assignment. */
  readonly overwritten: Set<EndpointId>;
  readonly totals: LaneTotals;
  ended: boolean;
}

/**
 * The lanes' memories: the whole topic is followed, and only a partition's owner writes. A change is in force at once
 * and durable when its promise resolves; changes made while a write is under way go out together with the next.
 */
export class LaneMemoryStore {
  private readonly followed = new Map<number, Map<EndpointId, LaneMemory>>();
  private readonly owned = new Map<number, Ownership>();
  private following: Promise<Following> | undefined;

  constructor(
    private readonly sink: RecordSink,
    private readonly follower: TopicFollower,
    private readonly log: Log,
  ) {}

  /** Resolves when the topic has been read to the end that it had at the call. */
  async start(): Promise<void> {
    this.following ??= this.follower.follow(TOPICS.lanes, (record, partition) => this.read(record, partition));
    await this.following;
  }

  /** Resolves when all that the topic held at the call is known; tries until Kafka answers. */
  async catchUp(): Promise<void> {
    const following = await this.following;
    for (;;) {
      try {
        return await following?.caughtUp();
      } catch (error) {
        this.log.warn('the lanes topic could not be read to its end; trying again', { err: error });
        await wait(CATCH_UP_PAUSE_MS, undefined, { ref: false });
      }
    }
  }

  /** From now on this process writes the partition's lanes; all that their last owner wrote has to be known. */
  adopt(partition: number): void {
    this.abandon(partition);
    const totals = new LaneTotals();
    for (const memory of this.followed.get(partition)?.values() ?? []) totals.changed(undefined, memory);
    this.owned.set(partition, { writer: randomUUID(), lanes: new Map(), overwritten: new Set(), totals, ended: false });
  }

  /** Nothing more is written for this partition. */
  abandon(partition: number): void {
    const ownership = this.owned.get(partition);
    if (ownership !== undefined) ownership.ended = true;
    this.owned.delete(partition);
  }

  owns(partition: number): boolean {
    return this.owned.has(partition);
  }

  get(partition: number, endpointId: EndpointId): LaneMemory | undefined {
    const lane = this.owned.get(partition)?.lanes.get(endpointId);
    return lane === undefined ? this.followed.get(partition)?.get(endpointId) : lane.memory;
  }

  /** Of the lanes that this process owns. */
  totals(): { readonly parked: number; readonly disabled: number } {
    let parked = 0;
    let disabled = 0;
    for (const { totals } of this.owned.values()) {
      parked += totals.parked;
      disabled += totals.disabled;
    }
    return { parked, disabled };
  }

  /** The lanes of a partition that have something parked, or conversations that wait. */
  withParked(partition: number): readonly LaneMemory[] {
    return [...(this.followed.get(partition)?.keys() ?? [])].flatMap((endpointId) => {
      const memory = this.get(partition, endpointId);
      return memory?.parked === undefined && memory?.order === undefined ? [] : [memory];
    });
  }

  /**
   * Resolves once the change is durable; at once when it changes nothing, or when the partition is no longer ours.
   * `first`: resolves when something is durable that the change must not be without.
   */
  change(name: LaneName, change: (memory: LaneMemory) => LaneMemory, first?: Promise<unknown>): Promise<void> {
    const ownership = this.owned.get(name.partition);
    if (ownership === undefined) return Promise.resolve();
    const lane = this.laneOf(ownership, name);
    const before = lane.memory ?? emptyLane(name.endpointId, name.applicationId);
    const after = change(before);
    // What is unchanged may still be on its way.
    if (after === before) return lane.next ?? lane.writing;
    remember(ownership, lane, after);
    if (first !== undefined) lane.first = Promise.all([lane.first, first]);
    return this.save(ownership, name.endpointId, lane);
  }

  /**
   * In force at once as well, but written only if it is worth it beside what is written; else it goes out with the
   * lane's next write, and dies with the process. Undefined when there is nothing to wait for.
   */
  changeLazily(
    name: LaneName,
    change: (memory: LaneMemory) => LaneMemory,
    isWorthWriting: (written: LaneMemory | undefined, after: LaneMemory) => boolean,
  ): Promise<void> | undefined {
    const ownership = this.owned.get(name.partition);
    if (ownership === undefined) return undefined;
    const lane = this.laneOf(ownership, name);
    const after = change(lane.memory ?? emptyLane(name.endpointId, name.applicationId));
    remember(ownership, lane, after);
    return isWorthWriting(lane.written, after) ? this.save(ownership, name.endpointId, lane) : undefined;
  }

  /**
   * A delivery is back from `parked`. `repeat`: it was handed back before, during this assignment, so it is either in
   * this process or done; or isSecondCopy. (Of what an earlier assignment took otherwise nothing is known: it may have
   * died with it.) `orphan`: another copy of it was parked, or has had its fate. `swept`: it comes for its end.
   */
  returned(
    name: LaneName,
    parkedOffset: number,
    swept: boolean,
  ): { readonly kind: 'back' | 'repeat' | 'orphan'; readonly remembered: Promise<void> } {
    const ownership = this.owned.get(name.partition);
    if (ownership === undefined) return { kind: 'back', remembered: Promise.resolve() };
    const lane = this.laneOf(ownership, name);
    const known = lane.memory ?? emptyLane(name.endpointId, name.applicationId);
    const repeat = parkedOffset <= lane.takenUpTo || isSecondCopy(known, parkedOffset, swept);
    if (repeat) return { kind: 'repeat', remembered: this.change(name, (memory) => memory) };
    const orphan = known.parked !== undefined && isOrphan(known.parked, parkedOffset);
    lane.takenUpTo = parkedOffset;
    const after = swept ? afterSweep : afterReturn;
    const remembered = this.change(name, (memory) => after(memory, parkedOffset));
    return { kind: orphan ? 'orphan' : 'back', remembered };
  }

  /** For a deleted endpoint of which nothing is parked any more. */
  forget(name: LaneName): Promise<void> {
    const ownership = this.owned.get(name.partition);
    if (ownership === undefined || this.get(name.partition, name.endpointId) === undefined) return Promise.resolve();
    const lane = this.laneOf(ownership, name);
    remember(ownership, lane, undefined);
    return this.save(ownership, name.endpointId, lane);
  }

  /**
   * Writes of an owner before us may reach the topic late, over what holds now. What holds goes on top again; once in
   * a while and not at once, lest two processes that both believe themselves owners drown the topic.
   */
  overrule(): void {
    for (const [partition, ownership] of this.owned) {
      for (const endpointId of ownership.overwritten) {
        const applicationId = this.get(partition, endpointId)?.applicationId;
        if (applicationId === undefined) continue;
        const lane = this.laneOf(ownership, { partition, endpointId, applicationId });
        void this.save(ownership, endpointId, lane).catch(() => undefined);
      }
      ownership.overwritten.clear();
    }
  }

  private laneOf(ownership: Ownership, name: LaneName): OwnedLane {
    const known = ownership.lanes.get(name.endpointId);
    if (known !== undefined) return known;
    const memory = this.followed.get(name.partition)?.get(name.endpointId);
    const fresh: OwnedLane = {
      memory: memory && inherited(memory),
      written: memory,
      first: undefined,
      takenUpTo: -1,
      writing: Promise.resolve(),
      next: undefined,
    };
    ownership.lanes.set(name.endpointId, fresh);
    return fresh;
  }

  private save(ownership: Ownership, endpointId: EndpointId, lane: OwnedLane): Promise<void> {
    lane.next ??= lane.writing.then(() => {
      lane.writing = lane.next ?? lane.writing;
      lane.next = undefined;
      return this.write(ownership, endpointId, lane);
    });
    // Whoever asked for the change hears of a failure; nobody has to be asking.
    lane.next.catch(() => undefined);
    return lane.next;
  }

  private async write(ownership: Ownership, endpointId: EndpointId, lane: OwnedLane): Promise<void> {
    while (lane.first !== undefined) {
      const { first } = lane;
      await first;
      if (lane.first === first) lane.first = undefined;
    }
    if (ownership.ended) return;
    const { memory } = lane;
    lane.written = memory;
    await this.sink.append({
      topic: TOPICS.lanes,
      key: endpointId,
      value: memory === undefined ? null : encodeLane(memory),
      headers: { [WRITER_HEADER]: ownership.writer },
    });
  }

  private read(record: IncomingRecord, partition: number): void {
    const endpointId = (record.key?.toString('utf8') ?? '') as EndpointId;
    const ownership = this.owned.get(partition);
    if (ownership !== undefined && headerText(record.headers, WRITER_HEADER) !== ownership.writer) {
      ownership.overwritten.add(endpointId);
      return;
    }
    try {
      if (record.value === null) this.followed.get(partition)?.delete(endpointId);
      else this.laneMemoriesOf(partition).set(endpointId, readLane(record.value));
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      this.log.error("a lane's memory was skipped", error, { partition, offset: record.offset });
    }
  }

  private laneMemoriesOf(partition: number): Map<EndpointId, LaneMemory> {
    const known = this.followed.get(partition);
    if (known !== undefined) return known;
    const fresh = new Map<EndpointId, LaneMemory>();
    this.followed.set(partition, fresh);
    return fresh;
  }
}

function remember({ totals }: Ownership, lane: OwnedLane, memory: LaneMemory | undefined): void {
  totals.changed(lane.memory, memory);
  lane.memory = memory;
}
