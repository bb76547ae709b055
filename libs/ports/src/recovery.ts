import type {
  Actor,
  ApplicationId,
  DeadLetterReason,
  DeliveryId,
  DeliveryState,
  EndpointHealth,
  EndpointId,
  Fate,
  MessageId,
  OrganisationId,
  ReasonClass,
  RejectedId,
  RecoveryId,
  RecoveryStatus,
  RecoveryStep,
} from '@signpost/domain';
import type { ListPage } from './control-plane.js';

/**
 * redrive: dead letters again; replay: deliveries that have ended, again; backfill: messages to an endpoint that came
 * after them; rejected: what intake refused, to intake again.
 */
export type RecoveryKind = 'redrive' | 'replay' | 'backfill' | 'rejected';

/** The states that a replay may select: what has an end, and an endpoint. */
export type ReplayedState = Exclude<Fate, 'cancelled'>;

/** Each part narrows it further; what is absent narrows nothing. */
export interface RecoverySelection {
  readonly applicationId?: ApplicationId;
  /** Of a backfill: the endpoint that the messages go to. */
  readonly endpointId?: EndpointId;
  readonly eventTypes?: readonly string[];
  readonly reasons?: readonly DeadLetterReason[];
  readonly reasonClass?: ReasonClass;
  /** HTTP status of the last attempt. */
  readonly statuses?: readonly number[];
  /** Of a replay. */
  readonly states?: readonly ReplayedState[];
  readonly messageIds?: readonly MessageId[];
  readonly deliveryIds?: readonly DeliveryId[];
  /** Of rejected records: why they were refused, and the topics that they came from. */
  readonly codes?: readonly string[];
  readonly topics?: readonly string[];
  readonly rejectedIds?: readonly RejectedId[];
  /** Of messages accepted from `since` on, before `until`. */
  readonly since: Date;
  readonly until: Date;
  /** Of a re-drive: dead from `deadSince` on, before `deadUntil`. */
  readonly deadSince?: Date;
  readonly deadUntil?: Date;
}

/** What a recovery is asked to do. */
export interface RecoveryPlan {
  readonly organisationId: OrganisationId;
  readonly kind: RecoveryKind;
  readonly selection: RecoverySelection;
  /** Sent there, signed as for the endpoint, in place of the endpoint: a trial, of which the deliveries know nothing. */
  readonly toUrl?: string;
  readonly why?: string;
  readonly by: Actor;
  /** Handed over a second; absent: as many as the installation allows. */
  readonly perSecond?: number;
  /** Handed over, and not yet attempted. */
  readonly concurrency?: number;
  readonly onlyWhileHealthy: boolean;
  /** As the peer's API names what was asked for; absent: it was asked for as a recovery. */
  readonly task?: 'endpoint.recover';
}

/** What a running recovery waits for. */
export interface RecoveryWait {
  readonly endpointId: EndpointId;
  readonly why: EndpointHealth['kind'];
}

export interface Recovery extends RecoveryPlan {
  readonly id: RecoveryId;
  readonly status: RecoveryStatus;
  /** Why it failed. */
  readonly failure?: RecoveryFailure;
  readonly waiting?: RecoveryWait;
  /** Records in the selection when it began; undefined until they are counted, and where that takes too long. */
  readonly total?: number;
  /** Handed over. */
  readonly done: number;
  /** Of these, by what became of them so far. */
  readonly delivered: number;
  readonly failedAgain: number;
  readonly skipped: SkippedRecords;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type RecoveryFailure = 'endpoint-deleted';

/** Left out, by why. */
export interface SkippedRecords {
  /** The payload has expired or was expunged. */
  readonly withoutPayload: number;
  /** Another run of the delivery has not ended. */
  readonly underWay: number;
  /** Redelivered as often as one delivery may be. */
  readonly tooOften: number;
  /** Of a backfill: the endpoint was owed it already. */
  readonly alreadyOwed: number;
}

export type SkipReason = keyof SkippedRecords;
export const SKIP_REASONS = [
  'withoutPayload',
  'underWay',
  'tooOften',
  'alreadyOwed',
] as const satisfies readonly SkipReason[];

/** What became of one record of a recovery. */
export type RecordResult =
  /** Handed over, and not yet attempted. */
  | 'handed-over'
  /** Attempted, and waiting for its next attempt. */
  | 'retrying'
  | 'delivered'
  /** It came to an end again, and not by being delivered. */
  | 'failed'
  | 'left-out'
  /** Its recovery ended before it was handed over. */
  | 'withdrawn';

export interface RecoveryRecord {
  /** Its place in the recovery, from 1. */
  readonly sequence: number;
  readonly deliveryId: DeliveryId;
  readonly messageId: MessageId;
  readonly endpointId: EndpointId;
  readonly result: RecordResult;
  /** Why it was left out (a SkipReason), or failed (a fate, or of a trial the attempt's failure). */
  readonly why?: string;
  /** Of a trial: the HTTP status of the answer. */
  readonly status?: number;
  /** Which of the delivery's redeliveries it is; undefined where it is none. */
  readonly redelivery?: number;
  /** When that was settled. */
  readonly at?: Date;
}

export interface RecoveryFilter {
  readonly statuses?: readonly RecoveryStatus[] | undefined;
  /** Only what was asked for as a background task. */
  readonly onlyTasks?: boolean;
}

/** What a recovery would do, without doing it. */
export interface RecoveryPreview {
  /** Undefined: counting took too long. */
  readonly count?: number;
  /** The largest groups, largest first; of a replay by state in place of the reason, of a backfill one group, of rejected records by topic and code. */
  readonly histogram: readonly {
    readonly endpointId?: EndpointId;
    /** Of rejected records, in place of the endpoint. */
    readonly topic?: string;
    readonly reason: string;
    readonly count: number;
  }[];
  /** The first that it would hand over or leave out. */
  readonly samples: readonly SampledRecord[];
}

export interface SampledRecord {
  readonly deliveryId: DeliveryId;
  readonly messageId: MessageId;
  readonly endpointId: EndpointId;
  readonly eventType: string;
  readonly state?: DeliveryState;
  readonly reason?: DeadLetterReason;
  readonly attempts?: number;
}

/** Recoveries as whoever asks for them sees them. What is another organisation's is not there. */
export abstract class RecoveryStore {
  abstract create(id: RecoveryId, plan: RecoveryPlan): Promise<Recovery>;
  abstract get(organisationId: OrganisationId, id: string): Promise<Recovery | undefined>;
  abstract list(organisationId: OrganisationId, page: ListPage, filter: RecoveryFilter): Promise<readonly Recovery[]>;
  /**
   * Once this resolves, a recovery that was paused or aborted hands over nothing more but for what is on its way.
   * Returns what became of the command, and the recovery as it is then.
   */
  abstract command(
    organisationId: OrganisationId,
    id: string,
    command: 'pause' | 'resume' | 'abort',
  ): Promise<{ readonly step: RecoveryStep; readonly recovery: Recovery } | undefined>;
  abstract records(
    id: RecoveryId,
    page: ListPage,
    filter: { readonly result?: RecordResult | undefined },
  ): Promise<readonly RecoveryRecord[]>;
  abstract preview(plan: Pick<RecoveryPlan, 'organisationId' | 'kind' | 'selection'>): Promise<RecoveryPreview>;
  /** The application of an endpoint that is not deleted. */
  abstract applicationOf(organisationId: OrganisationId, endpointId: string): Promise<ApplicationId | undefined>;
}
