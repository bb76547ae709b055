import { Inject, Injectable } from '@nestjs/common';
import { recoveryPermit, type EndpointId, type RecoveryPermit } from '@signpost/domain';
import {
  RecordSink,
  RecoveryWork,
  type BatchLimits,
  type NumberedRedelivery,
  type Recovery,
  type RecoveryBatch,
  type RecoveryFailure,
  type RecoveryLease,
  type RecoveryWait,
} from '@signpost/ports';
import { redriven } from '../rejected/redriven.js';
import { RejectedRecords } from '../rejected/rejected-records.js';
import { EndpointWellness } from './endpoint-wellness.js';
import { REDELIVERY_CONFIG, type RedeliveryConfig } from './redelivery.config.js';
import { redeliveryRecords } from './redelivery-records.js';
import { Trials } from './trials.js';

const BATCH = { records: 100, bytes: 4 * 1_048_576 } as const;
/** A batch is no more than what may go in that time, so that the lease outlives the wait after it. */
const BATCH_SECONDS = 0.5;
/** How soon it is looked again for room, and for an endpoint that is well. */
const ROOM_AGAIN_MS = 50;
const SOONEST_MS = 500;
const LATEST_MS = 2_000;
/** Probes that are remembered; the oldest go first. */
const MOST_PROBED = 10_000;

type Batch = Extract<RecoveryBatch, { kind: 'batch' }>;
type RejectedBatch = Extract<RecoveryBatch, { kind: 'rejected' }>;

/** What one step of a recovery did, or waits for. */
export type RecoveryStepTaken =
  | { readonly kind: 'handed-over'; readonly count: number; readonly by: 'recover' | 'trial' | 'rejected' }
  /** As many are under way as may be. */
  | { readonly kind: 'full'; readonly againMs: number }
  | { readonly kind: 'wait'; readonly againMs: number; readonly waiting: RecoveryWait }
  | { readonly kind: 'ended'; readonly failure?: RecoveryFailure }
  | { readonly kind: 'lost' };

/** One batch of a recovery from the database to where it goes, if it may go now. */
@Injectable()
export class RecoverySteps {
  /** When an endpoint was last asked how it does, in milliseconds since 1970. */
  private readonly probed = new Map<EndpointId, number>();

  constructor(
    private readonly recoveries: RecoveryWork,
    private readonly sink: RecordSink,
    private readonly trials: Trials,
    private readonly wellness: EndpointWellness,
    private readonly rejected: RejectedRecords,
    @Inject(REDELIVERY_CONFIG) private readonly config: RedeliveryConfig,
  ) {}

  async next(lease: RecoveryLease, recovery: Recovery, perSecond: number, leaseMs: number): Promise<RecoveryStepTaken> {
    const room = await this.roomFor(lease, recovery);
    if (room <= 0) return { kind: 'full', againMs: ROOM_AGAIN_MS };
    const batch = await this.recoveries.next(lease, this.limits(recovery, perSecond, room), leaseMs);
    switch (batch.kind) {
      case 'batch':
        return this.take(lease, recovery, batch);
      case 'rejected':
        return this.takeRejected(lease, batch);
      case 'finished':
        return { kind: 'ended' };
      case 'endpoint-deleted':
        return { kind: 'ended', failure: 'endpoint-deleted' };
      case 'lost':
        return { kind: 'lost' };
    }
  }

  private async take(lease: RecoveryLease, recovery: Recovery, batch: Batch): Promise<RecoveryStepTaken> {
    const { redeliveries, upTo, endpointId, endpointVersion } = batch;
    const { toUrl } = recovery;
    if (toUrl !== undefined) {
      await this.recoveries.answered(lease, upTo, await this.trials.send(recovery, toUrl, redeliveries));
      return { kind: 'handed-over', count: redeliveries.length, by: 'trial' };
    }
    const permit = await this.permitFor(recovery, redeliveries[0]);
    if (permit.kind === 'wait' && endpointId !== undefined) {
      const againMs = Math.max(SOONEST_MS, Math.min(LATEST_MS, (permit.untilMs ?? 0) - Date.now()));
      return { kind: 'wait', againMs, waiting: { endpointId, why: permit.why } };
    }
    // The rest of the batch stays as it is, and comes again.
    const [first] = redeliveries;
    const isProbe = permit.kind === 'probe' && first !== undefined;
    if (isProbe) this.noteProbe(first.endpointId);
    const due = isProbe ? [first] : redeliveries;
    await this.handOver(lease, due, endpointVersion);
    await this.recoveries.confirm(lease, isProbe ? first.sequence : upTo, due.length);
    return { kind: 'handed-over', count: due.length, by: 'recover' };
  }

  /** What its topic has forgotten meanwhile is left out; so the index forgets it as well, in its time. */
  private async takeRejected(lease: RecoveryLease, { rejected, upTo }: RejectedBatch): Promise<RecoveryStepTaken> {
    const asked = rejected.map(({ position, redrive }) => ({ position, source: redrive.source }));
    const records = await this.rejected.readAll(asked);
    const due = rejected.flatMap((one, index) => redriven(one, records[index]) ?? []);
    await Promise.all(due.map((record) => this.sink.append(record)));
    await this.recoveries.confirmRejected(lease, upTo, due.length, rejected.length - due.length);
    return { kind: 'handed-over', count: due.length, by: 'rejected' };
  }

  private async permitFor(
    { onlyWhileHealthy }: Recovery,
    first: NumberedRedelivery | undefined,
  ): Promise<RecoveryPermit> {
    if (!onlyWhileHealthy || first === undefined) return { kind: 'go' };
    const nowMs = Date.now();
    const { endpointId, message } = first;
    const health = await this.wellness.of(message.applicationId, endpointId, nowMs);
    // Deleted a moment ago: the next look notices.
    if (health === undefined) return { kind: 'go' };
    return recoveryPermit(health, this.probed.get(endpointId) ?? 0, nowMs);
  }

  private noteProbe(endpointId: EndpointId): void {
    this.probed.delete(endpointId);
    this.probed.set(endpointId, Date.now());
    for (const oldest of this.probed.keys()) {
      if (this.probed.size <= MOST_PROBED) return;
      this.probed.delete(oldest);
    }
  }

  private async roomFor(lease: RecoveryLease, recovery: Recovery): Promise<number> {
    if (recovery.toUrl !== undefined || recovery.concurrency === undefined) return BATCH.records;
    return recovery.concurrency - (await this.recoveries.underWay(lease, recovery.concurrency));
  }

  private limits(recovery: Recovery, perSecond: number, room: number): BatchLimits {
    const inTime = Math.ceil(perSecond * BATCH_SECONDS);
    return { ...BATCH, records: Math.min(BATCH.records, inTime, room), perDelivery: this.config.perDelivery };
  }

  private async handOver(
    { id }: RecoveryLease,
    due: readonly NumberedRedelivery[],
    endpointVersion: number,
  ): Promise<void> {
    const atMs = Date.now();
    const records = due.map((one) => {
      const { sequence, takesOver } = one;
      return redeliveryRecords(one, endpointVersion, { by: 'task', task: id, sequence, takesOver }, atMs);
    });
    // The facts come after: one that is told of a delivery that never went would keep it from being asked for again.
    await Promise.all(records.map(({ delivery }) => this.sink.append(delivery)));
    await Promise.all(records.map(({ fact }) => this.sink.append(fact)));
  }
}
