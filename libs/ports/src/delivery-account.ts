import {
  AppError,
  type Account,
  type ApplicationId,
  type DeliveryId,
  type Difference,
  type EndpointId,
  type MessageGroup,
  type MessageId,
  type OrganisationId,
  type RunGroup,
} from '@signpost/domain';

/** Whose account is looked at. */
export interface AccountScope {
  readonly organisationId: OrganisationId;
  readonly applicationId?: ApplicationId | undefined;
}

/** By when messages were accepted; `until` is exclusive. */
export interface AccountWindow {
  readonly since: Date;
  readonly until: Date;
}

/** One minute of one application. */
export interface MinuteAccount {
  /** When the minute began. */
  readonly at: Date;
  readonly applicationId: ApplicationId;
  readonly countedAt: Date;
  readonly account: Account;
}

/** Where a page of minutes begins: beyond this one. */
export interface MinutePosition {
  readonly at: Date;
  readonly applicationId: string;
}

/** A message that something is wrong with. */
export interface NamedMessage {
  readonly id: MessageId;
  readonly applicationId: ApplicationId;
}

/** A run of a delivery that something is wrong with. */
export interface NamedRun extends NamedMessage {
  readonly deliveryId: DeliveryId;
  readonly endpointId: EndpointId;
  /** 0: as it was first owed; n: its n-th redelivery. */
  readonly redelivery: number;
}

/** Something may be wrong with it: what the log knows of it says what. */
export type SuspectMessage = NamedMessage & MessageGroup;
export type SuspectRun = NamedRun & RunGroup;

/** How far the account is. */
export interface AccountProgress {
  /** Of the database's clock: all times of the account are. */
  readonly now: Date;
  /** Messages accepted before are in no account. */
  readonly countedFrom: Date;
  /** All that lay in the topics then has been done and recorded; undefined: nobody has found that yet. */
  readonly settledAt?: Date;
}

/** Reads the account: what was counted, and, to prove it, the log itself. */
export abstract class DeliveryAccountReader {
  abstract progress(): Promise<AccountProgress>;
  /** Counted minutes, oldest first, by application within a minute. */
  abstract minutes(
    scope: AccountScope,
    window: AccountWindow,
    page: { readonly limit: number; readonly beyond?: MinutePosition | undefined },
  ): Promise<readonly MinuteAccount[]>;
  /** Of all that was counted in the window. */
  abstract total(scope: AccountScope, window: AccountWindow): Promise<Account>;
  /**
   * Counts the window anew from the log's rows. `settledAt`: as in AccountProgress; what was to follow before then is overdue.
   */
  abstract look(
    scope: AccountScope,
    window: AccountWindow,
    settledAt: Date,
  ): Promise<{ readonly messages: readonly MessageGroup[]; readonly runs: readonly RunGroup[] }>;
  /** Those by which a window that is closed may not add up; up to `limit` messages, and as many runs. */
  abstract suspects(
    scope: AccountScope,
    window: AccountWindow,
    settledAt: Date,
    limit: number,
  ): Promise<{ readonly messages: readonly SuspectMessage[]; readonly runs: readonly SuspectRun[] }>;
  /** When something was last accepted or matched in each of these minutes, as far as is recorded; by the minute's beginning, in milliseconds since 1970. */
  abstract lastArrivals(minutes: readonly Date[]): Promise<ReadonlyMap<number, Date>>;
  /** Those of these messages that belong to the scope and of which the log has neither the message nor its matching. */
  abstract unrecorded(scope: AccountScope, messages: readonly NamedMessage[]): Promise<readonly NamedMessage[]>;
}

export interface AccountTurn {
  /** No minute is begun after so many milliseconds. */
  readonly forMs: number;
  /** Milliseconds from one turn to the next; 0: every minute's turn is now. */
  readonly turnMs: number;
  readonly signal: AbortSignal;
}

/** Who counts. One process at a time. */
export abstract class DeliveryAccountBooks {
  /** Takes or renews the right to count for so long; undefined while it is another's. */
  abstract hold(holder: string, forMs: number): Promise<AccountProgress | undefined>;
  abstract settled(at: Date): Promise<void>;
  /**
   * Counts minutes whose rows have changed since, the longest waiting first, until the time is over.
   * @returns how many were counted
   * @throws AbortError what it was at is counted again
   */
  abstract count(settledAt: Date | undefined, turn: AccountTurn): Promise<number>;
  /** Over everything that was counted, of every organisation. */
  abstract differences(): Promise<Readonly<Record<Difference, number>>>;
  abstract release(holder: string): Promise<void>;
}

export type Settled =
  | { readonly kind: 'settled' }
  /** The consumer group that has not come so far yet. */
  | { readonly kind: 'behind'; readonly group: string };

/** How far the pipeline is with what its topics hold. */
export abstract class PipelineProgress {
  /**
   * Follows what the topics hold at the call on its way: accepted messages through the matcher, deliveries, fresh and returning,
   * through the dispatcher, what is due through the retry scheduler, and all facts of it into the delivery log. A lane that takes its
   * time holds that up for as long.
   */
  abstract settled(withinMs: number, signal?: AbortSignal): Promise<Settled>;
}

/** More lies in the topics than could be read in time, or they cannot be read. */
export class AcceptedMessagesSlowError extends AppError {
  readonly code = 'accepted_messages_slow';
}

/** What the topics of accepted messages hold, beside any consumer group. */
export abstract class AcceptedMessages {
  /**
   * Those that were written in the window, by the records' own time, in the order of each partition. Holds no more in memory than
   * is being worked on.
   * @throws AcceptedMessagesSlowError when it has not handed all of them over by then
   */
  abstract written(window: AccountWindow, withinMs: number): AsyncIterable<readonly NamedMessage[]>;
}
