import { readLane, TOPICS, UnreadableRecordError } from '@signpost/contracts';
import {
  openDemand,
  openDemandsBehind,
  parkedQueue,
  parkedSpan,
  type EndpointId,
  type LaneMemory,
  type ParkedQueue,
  type ParkedRange,
  type ReleaseDemand,
} from '@signpost/domain';
import type { Log } from '@signpost/observability';
import type { Following, IncomingRecord, TopicFollower } from '@signpost/ports';

export type DemandListener = (endpointId: EndpointId, queue: ParkedQueue, demand: ReleaseDemand | undefined) => void;

type Demands = ReadonlyMap<ParkedQueue, ReleaseDemand>;

const NONE: Demands = new Map();

/** What the lanes have parked and what of it they ask for, as their memory in `lanes` has it: for themselves, and for their conversations. */
export class DemandFollower {
  private readonly demands = new Map<EndpointId, Demands>();
  private readonly parked = new Map<EndpointId, ParkedRange>();
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

  all(): ReadonlyMap<EndpointId, Demands> {
    return this.demands;
  }

  /** Where in `parked` lies what the lane has not had back, of its own and of its conversations; undefined: nothing. */
  parkedOf(endpointId: EndpointId): ParkedRange | undefined {
    return this.parked.get(endpointId);
  }

  private take(record: IncomingRecord): void {
    const endpointId = record.key?.toString('utf8') as EndpointId | undefined;
    if (endpointId === undefined) return;
    const before = this.demands.get(endpointId) ?? NONE;
    const memory = this.memoryIn(record);
    const parked = memory && parkedSpan(memory);
    if (parked === undefined) this.parked.delete(endpointId);
    else this.parked.set(endpointId, parked);
    const demands = memory === undefined ? NONE : demandsIn(memory);
    if (demands.size === 0) this.demands.delete(endpointId);
    else this.demands.set(endpointId, demands);
    for (const queue of before.keys()) if (!demands.has(queue)) this.listener(endpointId, queue, undefined);
    for (const [queue, demand] of demands) {
      if (!isSame(before.get(queue), demand)) this.listener(endpointId, queue, demand);
    }
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

function demandsIn(memory: LaneMemory): Demands {
  const demands = new Map<ParkedQueue, ReleaseDemand>();
  const { endpointId } = memory;
  const own = openDemand(memory);
  if (own !== undefined) demands.set(endpointId, own);
  for (const [mark, demand] of openDemandsBehind(memory.order)) demands.set(parkedQueue(endpointId, mark), demand);
  return demands;
}

function isSame(a: ReleaseDemand | undefined, b: ReleaseDemand): boolean {
  return a?.sequence === b.sequence && a.fromOffset === b.fromOffset && a.limit === b.limit;
}
