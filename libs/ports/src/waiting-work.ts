import type { ReasonClass } from '@signpost/domain';

/** What of the delivery log and the control plane waits for somebody. Ages are by the database's clock. */
export abstract class WaitingWork {
  /** Dead letters that nobody has sent again. Takes longer the more there are. */
  abstract deadLetters(): Promise<Readonly<Record<ReasonClass, number>>>;
  /** Seconds since the oldest of them died; 0 where there is none. However many there are, it takes no time. */
  abstract oldestDeadLetters(): Promise<Readonly<Record<ReasonClass, number>>>;
  abstract recoveries(): Promise<OpenRecoveries>;
  /** Seconds since the oldest change was made that is not in Kafka; 0 where there is none. */
  abstract oldestChange(): Promise<number>;
}

/** Recoveries that have not ended, and what they have to hand over, all together. */
export interface OpenRecoveries {
  readonly running: number;
  readonly paused: number;
  /** Handed over, or left out for a reason of its own. */
  readonly done: number;
  /** Of those that have counted what they have before them. */
  readonly left: number;
}
