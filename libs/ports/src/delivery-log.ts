import {
  AppError,
  type ApplicationId,
  type AttemptId,
  type AttemptTiming,
  type DeadLetterReason,
  type DeliveryId,
  type EndpointId,
  type Fate,
  type MessageId,
} from '@signpost/domain';
import type { JournalFact, MessageRecord } from '@signpost/contracts';

/** Something in the batch is of a form that the log can never take: trying the same again is in vain. */
export class LogRefusedError extends AppError {
  readonly code = 'log_refused';
}

/** What the recorder writes. Idempotent: a record or fact that comes again changes nothing (promise 10). */
export abstract class DeliveryLogWriter {
  /**
   * All of it in one transaction; resolves once it is committed.
   * @throws LogRefusedError when the batch holds something that can never be written; anything else may pass
   */
  abstract write(messages: readonly MessageRecord[], facts: readonly JournalFact[]): Promise<void>;
}

export interface LoggedMessage {
  readonly id: MessageId;
  readonly applicationId: ApplicationId;
  readonly eventType: string;
  readonly eventId?: string;
  readonly channels?: readonly string[];
  readonly acceptedAt: Date;
  /** Undefined once the payload has expired or was expunged. */
  readonly payload?: Buffer;
}

export interface LoggedAttempt {
  readonly id: AttemptId;
  readonly deliveryId: DeliveryId;
  readonly messageId: MessageId;
  readonly endpointId: EndpointId;
  readonly eventType: string;
  readonly attempt: number;
  /** A second request of the same number, after a crash. */
  readonly repeated: boolean;
  readonly at: Date;
  readonly url: string;
  readonly outcome: 'delivered' | 'failed';
  readonly reason?: string;
  readonly status?: number;
  readonly responseBody?: string;
  readonly timing: AttemptTiming;
  readonly trigger: 'scheduled' | 'manual';
  readonly nextAttemptAt?: Date;
}

export interface LoggedDelivery {
  readonly id: DeliveryId;
  readonly messageId: MessageId;
  readonly endpointId: EndpointId;
  readonly attempts: number;
  /** Where it is, or how it ended. */
  readonly state: 'pending' | 'waiting' | 'parked' | Fate;
  readonly deadLetterReason?: DeadLetterReason;
  readonly nextAttemptAt?: Date;
}

/** One page of a list. `before` and `after` are exclusive. */
export interface LogPage {
  readonly limit: number;
  readonly order: 'ascending' | 'descending';
  /** Cursor: start beyond this id in the list's order. */
  readonly beyond?: string | undefined;
  readonly before?: Date | undefined;
  readonly after?: Date | undefined;
}

export interface MessageFilter {
  readonly eventTypes?: readonly string[];
  readonly channel?: string;
}

export interface AttemptFilter {
  readonly outcome?: 'delivered' | 'failed';
  readonly eventTypes?: readonly string[];
  readonly endpointId?: EndpointId;
  /** First digit of the answer's status; 0 for no answer at all. */
  readonly statusClass?: number;
  /** Of messages of this channel only. */
  readonly channel?: string;
}

/** What the API reads of the delivery log. */
export abstract class DeliveryLogReader {
  /** By its id, or by the producer's own id for the event: then the newest of that id. */
  abstract message(applicationId: ApplicationId, idOrEventId: string): Promise<LoggedMessage | undefined>;
  abstract messages(
    applicationId: ApplicationId,
    page: LogPage,
    filter: MessageFilter,
  ): Promise<readonly LoggedMessage[]>;
  abstract attempt(applicationId: ApplicationId, messageId: string, id: string): Promise<LoggedAttempt | undefined>;
  abstract attemptsOfMessage(
    applicationId: ApplicationId,
    messageId: string,
    page: LogPage,
    filter: AttemptFilter,
  ): Promise<readonly LoggedAttempt[]>;
  abstract attemptsOfEndpoint(
    applicationId: ApplicationId,
    endpointId: EndpointId,
    page: LogPage,
    filter: AttemptFilter,
  ): Promise<readonly LoggedAttempt[]>;
  abstract deliveriesOfMessage(applicationId: ApplicationId, messageId: string): Promise<readonly LoggedDelivery[]>;
}
