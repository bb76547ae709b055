import type {
  ApplicationId,
  BackgroundTaskId,
  DeliveryId,
  EndpointId,
  MessageId,
  OrganisationId,
} from '@signpost/domain';
import type { ListPage } from './control-plane.js';

/** One redelivery, with all that its hand-over needs. */
export interface DueRedelivery {
  readonly deliveryId: DeliveryId;
  readonly endpointId: EndpointId;
  /** Which of the delivery's redeliveries it is, from 1. */
  readonly number: number;
  /** Attempts that the log knew of when it was asked for. */
  readonly attemptsBefore: number;
  readonly message: RedeliveredMessage;
}

/** A message as it was accepted. */
export interface RedeliveredMessage {
  readonly id: MessageId;
  readonly applicationId: ApplicationId;
  readonly eventType: string;
  readonly eventId?: string;
  readonly conversationId?: string;
  readonly channels?: readonly string[];
  readonly acceptedAtMs: number;
  readonly payload: Buffer;
}

export abstract class RedeliveryStore {
  /**
   * Numbers one more redelivery of a message to an endpoint. `isOpen`: an earlier run of the delivery may not have ended.
   * Undefined when the payload is gone.
   */
  abstract ask(
    messageId: MessageId,
    endpointId: EndpointId,
  ): Promise<{ readonly redelivery: DueRedelivery; readonly isOpen: boolean } | undefined>;
}

/** What a recovery redelivers: an endpoint's dead letters whose messages were accepted from `since` on, before `until`. */
export interface Recovery {
  readonly organisationId: OrganisationId;
  readonly applicationId: ApplicationId;
  readonly endpointId: EndpointId;
  readonly since: Date;
  readonly until: Date;
}

export type BackgroundTaskStatus = 'running' | 'finished' | 'failed';

export interface BackgroundTask extends Recovery {
  readonly id: BackgroundTaskId;
  readonly status: BackgroundTaskStatus;
  /** Why it failed. */
  readonly reason?: BackgroundTaskFailure;
  /** Dead letters in the window when it began; undefined until they are counted. */
  readonly total?: number;
  /** Handed over to their lane. */
  readonly done: number;
  /** Left out, by why. */
  readonly skipped: SkippedRedeliveries;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type BackgroundTaskFailure = 'cancelled' | 'endpoint-deleted';

export interface SkippedRedeliveries {
  /** The payload has expired or was expunged. */
  readonly withoutPayload: number;
  /** Asked for by somebody else, and not ended yet. */
  readonly underWay: number;
  /** Redelivered as often as one delivery may be. */
  readonly tooOften: number;
}

export interface BackgroundTaskFilter {
  readonly status?: BackgroundTaskStatus;
}

/** Background tasks as whoever asked for them sees them. */
export abstract class BackgroundTaskStore {
  abstract create(recovery: Recovery): Promise<BackgroundTask>;
  abstract get(organisationId: OrganisationId, id: string): Promise<BackgroundTask | undefined>;
  abstract list(
    organisationId: OrganisationId,
    page: ListPage,
    filter: BackgroundTaskFilter,
  ): Promise<readonly BackgroundTask[]>;
  /** It hands nothing more over once this resolves, but for what is on its way. One that has ended stays as it is. */
  abstract cancel(organisationId: OrganisationId, id: string): Promise<BackgroundTask | undefined>;
}

/** The right to work on a task, until it runs out or somebody else takes it. */
export interface TaskLease {
  readonly id: BackgroundTaskId;
  /** Names this lease among all that the task ever has. */
  readonly holder: string;
}

export interface BatchLimits {
  readonly records: number;
  /** Of payloads together; a batch of one may be larger. */
  readonly bytes: number;
  /** Redeliveries that one delivery may have. */
  readonly perDelivery: number;
}

/** `sequence`: its place in the task, from 1. */
export interface NumberedRedelivery extends DueRedelivery {
  readonly sequence: number;
}

/** What comes next of a task. */
export type RecoveryBatch =
  /** Empty where all that was looked at is left out. */
  | {
      readonly kind: 'batch';
      readonly redeliveries: readonly NumberedRedelivery[];
      /** To be confirmed once all of it is with its lane. */
      readonly upTo: number;
      readonly endpointVersion: number;
    }
  | { readonly kind: 'finished' }
  | { readonly kind: 'endpoint-deleted' }
  /** The task was cancelled, or its lease is somebody else's. */
  | { readonly kind: 'lost' };

/**
 * Background tasks as those see them who do them. A batch is the same again, numbers and sequence included, until it is
 * confirmed, whoever asks for it.
 */
export abstract class RecoveryStore {
  /** A running task that nobody works on, the one longest without; undefined when there is none. */
  abstract claim(leaseMs: number): Promise<TaskLease | undefined>;
  /** Counts what the task has before it, if that is not done. */
  abstract count(lease: TaskLease): Promise<void>;
  /** Renews the lease. */
  abstract next(lease: TaskLease, limits: BatchLimits, leaseMs: number): Promise<RecoveryBatch>;
  /** All up to that sequence is with its lane. */
  abstract confirm(lease: TaskLease, sequence: number): Promise<void>;
  abstract finish(lease: TaskLease, failure?: BackgroundTaskFailure): Promise<void>;
  /** Others may go on with it. */
  abstract release(lease: TaskLease): Promise<void>;
  /** Forgets tasks that ended before that time. */
  abstract forget(before: Date): Promise<void>;
}
