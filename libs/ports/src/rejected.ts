import type { Rejection } from '@signpost/contracts';
import type { Actor, OrganisationId, RejectedId } from '@signpost/domain';
import type { ListPage } from './control-plane.js';
import type { LetterPosition } from './dead-letters.js';

/** Whether a rejected record waits for somebody. */
export type RejectedState =
  | 'open'
  /** It was sent on its way again, and was not rejected since. */
  | 'redriven';

/** Which are meant: all conditions hold, and of a list any one. */
export interface RejectedSelection {
  readonly organisationId: OrganisationId;
  readonly codes?: readonly string[];
  /** Full names of the topics that they came from. */
  readonly topics?: readonly string[];
  readonly ids?: readonly RejectedId[];
  /** Rejected first from then on. */
  readonly since?: Date;
  readonly until?: Date;
  /** Both where it is absent. */
  readonly state?: RejectedState;
}

/** What takes the place of a part of the record when it is sent on its way again. */
export interface Correction {
  /** Undefined: as it is. */
  readonly value?: Buffer;
  /** By name; null: the header goes. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** A rejected record as the index has it: the record itself lies in `messages.rejected`. */
export interface IndexedRejection {
  /** Orders them by when they were rejected first; the cursor of every list. */
  readonly id: RejectedId;
  readonly code: string;
  readonly reason: string;
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number };
  readonly position: LetterPosition;
  readonly rejectedAt: Date;
  readonly isCut: boolean;
  /** How often it was sent on its way again. */
  readonly redrives: number;
  readonly state: RejectedState;
  readonly correctedAt?: Date;
  readonly correctedBy?: Actor;
}

/** The index of rejected records, one for each record of a source. */
export abstract class RejectedIndex {
  abstract list(selection: RejectedSelection, page: ListPage): Promise<readonly IndexedRejection[]>;
  abstract get(organisationId: OrganisationId, id: string): Promise<IndexedRejection | undefined>;
  abstract correction(organisationId: OrganisationId, id: RejectedId): Promise<Correction | undefined>;
  /** In place of whatever was corrected before; undefined: nothing is. False: there is no such record that is open. */
  abstract correct(
    organisationId: OrganisationId,
    id: RejectedId,
    correction: Correction | undefined,
    by: Actor,
  ): Promise<boolean>;
}

export interface PlacedRejection {
  readonly rejection: Rejection;
  readonly position: LetterPosition;
}

/** What keeps the index. Idempotent: of two rejections of one record and re-drive the first to come holds. */
export abstract class RejectedIndexer {
  /** @throws LogRefusedError when one of them can never be written */
  abstract write(rejections: readonly PlacedRejection[]): Promise<void>;
}
