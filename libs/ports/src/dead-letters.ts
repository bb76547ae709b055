import type {
  ApplicationId,
  DeadLetterId,
  DeadLetterReason,
  DeliveryId,
  EndpointId,
  MessageId,
  OrganisationId,
  ReasonClass,
} from '@signpost/domain';
import type { DeadLetter } from '@signpost/contracts';
import type { ListPage } from './control-plane.js';
import type { LogRows } from './delivery-log.js';

/** Whether a dead letter is the last word on its delivery. */
export type DeadLetterState =
  | 'dead'
  /** The delivery was asked for again after it, or has arrived all the same. */
  | 'redriven';

/** Which dead letters are meant: all conditions hold, and of a list any one. */
export interface DeadLetterSelection {
  readonly organisationId: OrganisationId;
  readonly applicationId?: ApplicationId;
  readonly endpointId?: EndpointId;
  readonly eventTypes?: readonly string[];
  readonly reasons?: readonly DeadLetterReason[];
  readonly reasonClass?: ReasonClass;
  /** HTTP statuses of the last failure. */
  readonly statuses?: readonly number[];
  /** Dead from then on. */
  readonly since?: Date;
  /** Dead before then. */
  readonly until?: Date;
  /** These are looked up one by one: some thousands at most. */
  readonly messageIds?: readonly MessageId[];
  readonly deliveryIds?: readonly DeliveryId[];
  /** Both where it is absent. */
  readonly state?: DeadLetterState;
}

/** A dead letter as the index has it. */
export interface IndexedDeadLetter {
  /** Orders dead letters by the time of their death; the cursor of every list. */
  readonly id: DeadLetterId;
  readonly deliveryId: DeliveryId;
  readonly messageId: MessageId;
  readonly applicationId: ApplicationId;
  readonly endpointId: EndpointId;
  readonly eventType: string;
  readonly reason: DeadLetterReason;
  readonly reasonClass: ReasonClass;
  readonly lastFailure?: string;
  readonly lastStatus?: number;
  readonly attempts: number;
  readonly firstFailureAt?: Date;
  readonly lastFailureAt?: Date;
  readonly deadAt: Date;
  /** Where its record lay before it died, by Kafka's name of the topic. */
  readonly origin: { readonly topic: string; readonly partition: number; readonly offset: number };
  /** Where it lies in the topic of dead letters. */
  readonly position: LetterPosition;
  /** Redeliveries of the delivery before it. */
  readonly redrives: number;
  readonly state: DeadLetterState;
}

export interface LetterPosition {
  readonly partition: number;
  readonly offset: number;
}

/** How many dead letters of one reason an endpoint got within one bucket of time. */
export interface DeadLetterCell {
  readonly at: Date;
  readonly endpointId: EndpointId;
  readonly reason: DeadLetterReason;
  readonly reasonClass: ReasonClass;
  readonly count: number;
}

export interface DeadLetterHistogram {
  /** In the order of their time; where there are more than was asked for, those with the highest counts. */
  readonly cells: readonly DeadLetterCell[];
  /** Of all cells, those left out included. */
  readonly totals: {
    readonly count: number;
    readonly cells: number;
    readonly endpoints: number;
    readonly byReason: readonly Pick<DeadLetterCell, 'reason' | 'reasonClass' | 'count'>[];
  };
}

/** The index of dead letters: all that its topic holds, one for each run of a delivery, by whatever somebody asks. */
export abstract class DeadLetterIndex {
  /**
   * In the order of their death, from the page's cursor on. A selection that no single index holds is looked for among the next
   * few hundred or thousand of the closest one: the rows may be fewer than the limit, with a `stoppedAt` to go on from.
   * Meant for lists and for scans of millions alike; what is added or changes its state meanwhile skips nothing else.
   */
  abstract list(selection: DeadLetterSelection, page: ListPage): Promise<LogRows<IndexedDeadLetter>>;
  /** The latest of a delivery that the selection holds. */
  abstract latest(
    within: Pick<DeadLetterSelection, 'organisationId' | 'applicationId'>,
    deliveryId: DeliveryId,
  ): Promise<IndexedDeadLetter | undefined>;
  /** `bucketMs`: width of a bucket; buckets begin at multiples of it since 1970. */
  abstract histogram(selection: DeadLetterSelection, bucketMs: number, mostCells: number): Promise<DeadLetterHistogram>;
  abstract count(selection: DeadLetterSelection): Promise<number>;
}

export interface PlacedDeadLetter {
  readonly letter: DeadLetter;
  readonly position: LetterPosition;
}

/** A span of one partition's offsets: `from` belongs to it, `to` does not. */
export interface LetterSpan {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What keeps the index. Idempotent: of two letters of one run that one holds which lies first in the topic. */
export abstract class DeadLetterIndexer {
  /**
   * All of them in one transaction.
   * @throws LogRefusedError when one of them can never be written
   */
  abstract write(letters: readonly PlacedDeadLetter[]): Promise<void>;
  /** The same, and what the index has of this span beside them goes: the topic does not have it. */
  abstract replace(span: LetterSpan, letters: readonly PlacedDeadLetter[]): Promise<void>;
  /** The highest offset that the index has of each partition. */
  abstract highestOffsets(): Promise<ReadonlyMap<number, number>>;
}
