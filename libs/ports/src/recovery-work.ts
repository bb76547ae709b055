import type { Redrive } from '@signpost/contracts';
import type { EndpointId, RecoveryId } from '@signpost/domain';
import type { LetterPosition } from './dead-letters.js';
import type { Correction } from './rejected.js';
import type { Recovery, RecoveryFailure, RecoveryWait } from './recovery.js';
import type { DueRedelivery } from './redelivery.js';

/** The right to work on a recovery, until it runs out or somebody else takes it. */
export interface RecoveryLease {
  readonly id: RecoveryId;
  /** Names this lease among all that the recovery ever has. */
  readonly holder: string;
}

export interface BatchLimits {
  readonly records: number;
  /** Of payloads together; a batch of one may be larger. */
  readonly bytes: number;
  /** Redeliveries that one delivery may have. */
  readonly perDelivery: number;
}

/** `sequence`: its place in the recovery, from 1. Of a trial `number` is 0: it is no redelivery. */
export interface NumberedRedelivery extends DueRedelivery {
  readonly sequence: number;
  /** An earlier redelivery of it, which counts as never sent, may be with the lane all the same: this one takes its place. */
  readonly takesOver: boolean;
}

/** A rejected record that is to be taken in again. */
export interface NumberedRejection {
  readonly redrive: Redrive;
  /** Where it lies in the topic of rejected records. */
  readonly position: LetterPosition;
  readonly correction: Correction;
}

/** What comes next of a recovery. */
export type RecoveryBatch =
  /** Of one endpoint. Empty where all that was looked at is left out. */
  | {
      readonly kind: 'batch';
      readonly redeliveries: readonly NumberedRedelivery[];
      /** To be confirmed once all of it is where it goes. */
      readonly upTo: number;
      readonly endpointId: EndpointId | undefined;
      readonly endpointVersion: number;
    }
  /** Of a recovery of rejected records. */
  | { readonly kind: 'rejected'; readonly rejected: readonly NumberedRejection[]; readonly upTo: number }
  | { readonly kind: 'finished' }
  /** The only endpoint that it is about. */
  | { readonly kind: 'endpoint-deleted' }
  /** It was paused or has ended, or its lease is somebody else's. */
  | { readonly kind: 'lost' };

/** How a trial's request went. */
export interface TrialResult {
  readonly sequence: number;
  readonly result: 'delivered' | 'failed';
  /** As an attempt's reason. */
  readonly why?: string;
  readonly status?: number;
}

/**
 * Recoveries as those see them who do them. A batch is the same again, numbers and sequence included, until it is
 * confirmed, whoever asks for it: what a crash interrupts is repeated, and nothing is skipped.
 */
export abstract class RecoveryWork {
  /** A running recovery that nobody works on, the one longest without; undefined when there is none. */
  abstract claim(leaseMs: number): Promise<{ readonly lease: RecoveryLease; readonly recovery: Recovery } | undefined>;
  /** Counts what it has before it, if that is not done. Takes as long as that takes; renew the lease meanwhile. */
  abstract count(lease: RecoveryLease): Promise<void>;
  /** Renews the lease. False: it is somebody else's. */
  abstract renew(lease: RecoveryLease, leaseMs: number): Promise<boolean>;
  /** Renews the lease. */
  abstract next(lease: RecoveryLease, limits: BatchLimits, leaseMs: number): Promise<RecoveryBatch>;
  /** How many it has handed over that nobody has attempted yet, as far as `most`. */
  abstract underWay(lease: RecoveryLease, most: number): Promise<number>;
  /** All up to that sequence is with its lane, of which so many were handed over now. It may be a part of the batch. */
  abstract confirm(lease: RecoveryLease, upTo: number, handedOver: number): Promise<void>;
  /** The same of rejected records: so many were not to be had any more. */
  abstract confirmRejected(lease: RecoveryLease, upTo: number, handedOver: number, gone: number): Promise<void>;
  /** The same of a trial, all of whose requests up to there were made. */
  abstract answered(lease: RecoveryLease, upTo: number, results: readonly TrialResult[]): Promise<void>;
  abstract finish(lease: RecoveryLease, failure?: RecoveryFailure): Promise<void>;
  /** Others may go on with it, after that time. `waiting`: what for. */
  abstract release(lease: RecoveryLease, afterMs?: number, waiting?: RecoveryWait): Promise<void>;
  /** Forgets recoveries that ended before that time. */
  abstract forget(before: Date): Promise<void>;
}
