import { readLane, TOPICS, UnreadableRecordError } from '@signpost/contracts';
import { openDemand, type EndpointId, type LaneMemory, type ReleaseDemand } from '@signpost/domain';
import type { Log } from '@signpost/observability';
import type { Following, IncomingRecord, TopicFollower } from '@signpost/ports';

export type DemandListener = (endpointId: EndpointId, demand: ReleaseDemand | undefined) => void;

/** What the lanes have parked and what of it they ask for, as their memory in `lanes` has it. */
export class DemandFollower {
  private readonly demands = new Map<EndpointId, ReleaseDemand>();
  private readonly parked = new Map<EndpointId, NonNullable<LaneMemory['parked']>>();
  private following: Promise<Following> | undefined;
  private listener: DemandListener = () => undefined;

  constructor(
    private readonly follower: TopicFollower,
    private readonly log: Log,
  ) {}

  onChange(listener: DemandListener): void {
    this.listener = listener;
  }

  /** Resolves when the topic has been read to the end it had at the call. */
  async start(): Promise<void> {
    this.following ??= this.follower.follow(TOPICS.lanes, (record) => {
      this.take(record);
    });
    await this.following;
  }

  all(): ReadonlyMap<EndpointId, ReleaseDemand> {
    return this.demands;
  }

  /** What of `parked` the lane has not had back; undefined: nothing. */
  parkedOf(endpointId: EndpointId): LaneMemory['parked'] {
    return this.parked.get(endpointId);
  }

  private take(record: IncomingRecord): void {
    const endpointId = record.key?.toString('utf8') as EndpointId | undefined;
    if (endpointId === undefined) return;
    const memory = this.memoryIn(record);
    const demand = memory && openDemand(memory);
    if (memory?.parked === undefined) this.parked.delete(endpointId);
    else this.parked.set(endpointId, memory.parked);
    if (demand === undefined) this.demands.delete(endpointId);
    else this.demands.set(endpointId, demand);
    this.listener(endpointId, demand);
  }

  private memoryIn({ value, offset }: IncomingRecord): LaneMemory | undefined {
    if (value === null) return undefined;
    try {
      return readLane(value);
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      this.log.error('a lanes record was skipped', error, { offset });
      return undefined;
    }
  }
}
