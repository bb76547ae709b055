import type { ApplicationId, DeliveryId, EndpointId, MessageId } from '@signpost/domain';

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
  /** It is on its way to its lane. What nobody says that of within a minute is in nobody's way any more. */
  abstract handedOver(redelivery: Pick<DueRedelivery, 'deliveryId' | 'number'>): Promise<void>;
}
