import { readLane, TOPICS, UnreadableRecordError } from '@signpost/contracts';
import { openDemand, type EndpointId, type ReleaseDemand } from '@signpost/domain';
import type { Log } from '@signpost/observability';
import type { Following, IncomingRecord, TopicFollower } from '@signpost/ports';

export type DemandListener = (endpointId: EndpointId, demand: ReleaseDemand | undefined) => void;

/** What the lanes ask for, as their memory in `lanes` has it. */
export class DemandFollower {
  private readonly demands = new Map<EndpointId, ReleaseDemand>();
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

  private take(record: IncomingRecord): void {
    const endpointId = record.key?.toString('utf8') as EndpointId | undefined;
    if (endpointId === undefined) return;
    const demand = this.demandIn(record);
    if (demand === undefined) this.demands.delete(endpointId);
    else this.demands.set(endpointId, demand);
    this.listener(endpointId, demand);
  }

  private demandIn({ value, offset }: IncomingRecord): ReleaseDemand | undefined {
    if (value === null) return undefined;
    try {
      return openDemand(readLane(value));
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      this.log.error('a lanes record was skipped', error, { offset });
      return undefined;
    }
  }
}
