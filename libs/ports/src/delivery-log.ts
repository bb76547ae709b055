import {
  AppError,
  type ApplicationId,
  type AttemptId,
  type AttemptTiming,
  type DeadLetterReason,
  type DeliveryId,
  type DeliveryState,
  type DeliveryStatus,
  type EndpointId,
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
  readonly conversationId?: string;
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
  /** Undefined where it was not asked for, or there was none. */
  readonly responseBody?: string;
  /** By lower-case names, as AttemptFact has them; undefined where they were not asked for, or there were none. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly timing: AttemptTiming;
  readonly trigger: 'scheduled' | 'manual';
  /** The version of the endpoint's transformation that made the request, or failed to. */
  readonly transformation?: number;
  readonly nextAttemptAt?: Date;
}

export interface LoggedDelivery {
  readonly id: DeliveryId;
  readonly messageId: MessageId;
  readonly endpointId: EndpointId;
  readonly attempts: number;
  readonly state: DeliveryState;
  readonly deadLetterReason?: DeadLetterReason;
  readonly nextAttemptAt?: Date;
}

/** A message that an endpoint was sent, or has failed to get. */
export interface EndpointMessage {
  readonly delivery: LoggedDelivery;
  readonly status: DeliveryStatus;
  readonly eventType: string;
  /** Undefined as long as the log has the delivery and not yet its message. */
  readonly message?: LoggedMessage;
}

/** One page of a list. `before` and `after` are exclusive. */
export interface LogPage {
  readonly limit: number;
  readonly order: 'ascending' | 'descending';
  /** Cursor: start beyond this id in the list's order. */
  readonly beyond?: string | undefined;
  readonly before?: Date | undefined;
  readonly after?: Date | undefined;
  /** Whether payloads, answers and headers are read; default true. */
  readonly withContent?: boolean | undefined;
}

/** Rows of a list, in its order. */
export interface LogRows<T> {
  readonly rows: readonly T[];
  /**
   * Where the search stopped, beyond all rows, since it had looked at as many as one page may: there may be more
   * beyond it. Undefined where the rows are all that there are, or as many as were asked for.
   */
  readonly stoppedAt?: string;
}

export interface MessageFilter {
  readonly eventTypes?: readonly string[];
  readonly channel?: string;
  readonly tag?: string;
  /** Of these alone. */
  readonly messageIds?: readonly MessageId[];
}

export interface AttemptFilter extends MessageFilter {
  readonly outcome?: 'delivered' | 'failed';
  readonly endpointId?: EndpointId;
  /** First digit of the answer's status; 0 for no answer at all. */
  readonly statusClass?: number;
}

export interface DeliveryFilter extends MessageFilter {
  readonly statuses?: readonly DeliveryStatus[];
}

/** `until` is exclusive. */
export interface LogRange {
  readonly since: Date;
  readonly until: Date;
}

/** More messages than a search looks at. */
export class SearchTooWideError extends AppError {
  readonly code = 'search_too_wide';
}

/** What the API reads of the delivery log. Every list ends soon, whatever it is asked for. */
export abstract class DeliveryLogReader {
  /** By its id, or by the producer's own id for the event: then the newest of that id. */
  abstract message(applicationId: ApplicationId, idOrEventId: string): Promise<LoggedMessage | undefined>;
  abstract messages(
    applicationId: ApplicationId,
    page: LogPage,
    filter: MessageFilter,
  ): Promise<LogRows<LoggedMessage>>;
  /** Those of these ids that the application has. */
  abstract messagesOf(
    applicationId: ApplicationId,
    ids: readonly MessageId[],
    withContent: boolean,
  ): Promise<ReadonlyMap<MessageId, LoggedMessage>>;
  /**
   * The ids of the messages whose own id, or whose event's, begins with this text.
   * @throws SearchTooWideError when they are too many
   */
  abstract messageIds(applicationId: ApplicationId, search: string): Promise<readonly MessageId[]>;
  abstract attempt(applicationId: ApplicationId, messageId: string, id: string): Promise<LoggedAttempt | undefined>;
  abstract attemptsOfMessage(
    applicationId: ApplicationId,
    messageId: string,
    page: LogPage,
    filter: AttemptFilter,
  ): Promise<LogRows<LoggedAttempt>>;
  abstract attemptsOfEndpoint(
    applicationId: ApplicationId,
    endpointId: EndpointId,
    page: LogPage,
    filter: AttemptFilter,
  ): Promise<LogRows<LoggedAttempt>>;
  /** What an endpoint was sent or is owed, once a fact of it is known; in the order of the messages' ids, the cursor among them. */
  abstract messagesOfEndpoint(
    applicationId: ApplicationId,
    endpointId: EndpointId,
    page: LogPage,
    filter: DeliveryFilter,
  ): Promise<LogRows<EndpointMessage>>;
  abstract deliveriesOfMessage(applicationId: ApplicationId, messageId: string): Promise<readonly LoggedDelivery[]>;
  /** How many deliveries of messages of that time stand how. */
  abstract deliveryCounts(endpointId: EndpointId, range: LogRange): Promise<Readonly<Record<DeliveryStatus, number>>>;
}

/** Takes out of the log what should never have been in it. What is gone stays gone, whatever facts come again. */
export abstract class LogExpunger {
  /** The payload of a message; false when the log has no such message. */
  abstract message(applicationId: ApplicationId, id: MessageId): Promise<boolean>;
  /** What the receiver answered to an attempt; false when the log has no such attempt. */
  abstract attempt(applicationId: ApplicationId, messageId: MessageId, id: string): Promise<boolean>;
}

/** How far the delivery log is behind what happened. */
export abstract class LogProgress {
  /**
   * Resolves to true once the log holds all that was accepted before this call, to false when that takes longer than
   * `withinMs` or cannot be known.
   */
  abstract caughtUp(withinMs: number): Promise<boolean>;
}
