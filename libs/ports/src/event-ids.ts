import type { ApplicationId, MessageId } from '@signpost/domain';

/** The producer's own id for an event: unique within an application. */
export interface EventIdName {
  readonly applicationId: ApplicationId;
  readonly eventId: string;
}

export interface EventIdUse extends EventIdName {
  /** The id that the message has unless the event has one already. */
  readonly messageId: MessageId;
  /** SHA-256 of what the message says: one message id never stands for two contents. */
  readonly fingerprint: Buffer;
}

export type EventIdClaim =
  /** To be produced under this message id, and then confirmed or released. */
  | { readonly kind: 'reserved'; readonly messageId: MessageId; readonly again: boolean }
  /** Kafka has it, under this message id. */
  | { readonly kind: 'taken'; readonly messageId: MessageId }
  /** Somebody is producing it; that may end at any moment. */
  | { readonly kind: 'running' };

/**
 * Event ids of the last days, each with its message. Reserved before the message is produced, confirmed after: a
 * reservation that was never confirmed is given out again, under the same message id where the content is the same.
 * A reservation is held by one process at a time; who holds it and falls silent for some seconds has lost it.
 */
export abstract class EventIds {
  /**
   * A claim for each use, in their order. No two uses have the same name.
   * @throws DatabaseUnavailableError when nothing is known of them
   */
  abstract reserve(uses: readonly EventIdUse[]): Promise<readonly EventIdClaim[]>;
  /** @throws DatabaseUnavailableError */
  abstract confirm(names: readonly EventIdName[]): Promise<void>;
  /**
   * Lets the next one produce them.
   * @throws DatabaseUnavailableError
   */
  abstract release(names: readonly EventIdName[]): Promise<void>;
}
