import { TOPICS, UnreadableRecordError, type Delivery } from '@signpost/contracts';
import {
  parkedQueue,
  ReleasePlan,
  type EndpointId,
  type ParkedQueue,
  type ParkedRecord,
  type ReadOn,
  type ReleaseDemand,
} from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import {
  AssignmentObserver,
  type IncomingRecord,
  type PartitionLease,
  type RecordBatch,
  type RecordSink,
} from '@signpost/ports';
import { readableDelivery } from '../unreadable.js';
import type { WaitTraces } from '../wait-traces.js';
import type { DemandFollower } from './demand-follower.js';
import { releaseRecords } from './release-records.js';

type Parked = ParkedRecord & {
  readonly record: IncomingRecord;
  readonly delivery: Delivery | undefined;
  /** Of the demand that it is handed back for, if it is. */
  readonly sequence: number | undefined;
};

/** Moves the reader of one partition of `parked`: the next batch begins at the offset. */
export type Seek = (partition: number, offset: number) => void;

/**
 * Hands back what the lanes ask for of `parked`. It reads a partition only while one of its lanes has an open
 * demand: a record that is not said to be done holds the reader up, and that is how it rests.
 */
export class Releases extends AssignmentObserver {
  private readonly plans = new Map<number, ReleasePlan>();
  private readonly served = new Map<ParkedQueue, number>();
  private seek: Seek = () => undefined;

  constructor(
    private readonly sink: RecordSink,
    private readonly demands: DemandFollower,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly traces: WaitTraces,
  ) {
    super();
    demands.onChange((endpointId, queue, demand) => {
      this.ask(sink.partitionOf(TOPICS.parked, endpointId), queue, demand);
      // A conversation that no longer waits is forgotten; should it wait again, its demands have higher numbers.
      if (demand === undefined && !isWhole(endpointId, queue)) this.served.delete(queue);
    });
  }

  /** Has to be called before the reader starts. */
  seekBy(seek: Seek): void {
    this.seek = seek;
  }

  override assigned(leases: readonly PartitionLease[]): Promise<void> {
    for (const { partition } of leases) this.plans.set(partition, new ReleasePlan(this.served));
    const fresh = new Set(leases.map(({ partition }) => partition));
    for (const [endpointId, demands] of this.demands.all()) {
      const partition = this.sink.partitionOf(TOPICS.parked, endpointId);
      if (!fresh.has(partition)) continue;
      for (const [queue, demand] of demands) this.ask(partition, queue, demand);
    }
    return Promise.resolve();
  }

  override revoked(leases: readonly PartitionLease[]): void {
    for (const { partition } of leases) this.plans.delete(partition);
  }

  async take({ lease, records, done }: RecordBatch): Promise<void> {
    const plan = this.plans.get(lease.partition);
    if (plan === undefined || lease.lost || plan.openDemands === 0) return;
    const { handOn, then } = plan.read(records.map((record) => this.parked(lease, record, plan)));
    const released = handOn.map((one) => this.release(one));
    this.follow(lease.partition, then);
    await Promise.all(released);
    if (then.kind === 'go-on') for (const { offset } of records) done(offset);
  }

  private parked(lease: PartitionLease, record: IncomingRecord, plan: ReleasePlan): Parked {
    const delivery = readableDelivery(record);
    const { offset } = record;
    if (!(delivery instanceof UnreadableRecordError)) {
      const queue = parkedQueue(delivery.endpointId, delivery.behind);
      return { offset, queue, delivery, record, sequence: plan.sequenceOf(queue) };
    }
    // It says nothing of whose it is, and lies in `parked` until retention removes it.
    this.metrics.of.unreadable.inc({ group: 'parked-release' });
    this.log.error('a parked delivery is unreadable', delivery, { partition: lease.partition, offset });
    return { offset, queue: undefined, delivery: undefined, record, sequence: undefined };
  }

  private async release({ delivery, record, sequence }: Parked): Promise<void> {
    if (delivery === undefined) return;
    const outgoing = releaseRecords(
      delivery,
      record.value,
      { parkedOffset: record.offset, demand: sequence },
      Date.now(),
    );
    await Promise.all(outgoing.map((one) => this.sink.append(one)));
    this.metrics.of.released.inc();
    this.traces.waited(delivery, TOPICS.parked, record.timestampMs);
  }

  private ask(partition: number, queue: ParkedQueue, demand: ReleaseDemand | undefined): void {
    const plan = this.plans.get(partition);
    if (plan !== undefined) this.follow(partition, plan.demand(queue, demand));
  }

  private follow(partition: number, then: ReadOn): void {
    if (then.kind === 'seek') this.seek(partition, then.offset);
  }
}

function isWhole(endpointId: EndpointId, queue: ParkedQueue): boolean {
  return queue === endpointId;
}
