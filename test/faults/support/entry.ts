import type { EndpointId, MessageId } from '@signpost/domain';

/** When something was told of a delivery; milliseconds since 1970. */
export interface Told {
  readonly madeAtMs: number;
  /** Its writer knows by then that it is durable, or soon. */
  readonly readAtMs: number;
}

/** All that is known of one delivery. */
export interface Entry {
  readonly messageId: MessageId;
  readonly endpointId: EndpointId;
  /** Records that asked a dispatcher to see to it: `deliveries` and `deliveries.returning`. */
  asked: number;
  /** Of them, those that asked for an attempt that another had asked for: resent, or owed to a repeat. */
  askedAgain: number;
  readonly attemptsAsked: Set<number>;
  /** When they arrived, in milliseconds since 1970. */
  requests: readonly number[];
  /** Attempts whose request went out a second time, since the receiver closed a kept connection under the first. */
  sentAgain: number;
  /** When it was parked, refused without a request, or cancelled. */
  readonly withoutRequest: number[];
  /** The facts about it, as they came. */
  readonly told: Told[];
  /** Facts of attempts, and of what was done without one. */
  facts: number;
  matched: boolean;
  readonly fates: Set<string>;
  /** Where it was parked last, if nothing has happened to it since. */
  parkedAt: { readonly partition: number; readonly offset: number } | undefined;
}

/**
 * What was done with it beyond what the records asked for: a request may have been made and never told of, or told of
 * and never arrived. What one attempt sent twice, and says so, is no second attempt.
 */
export function excess({ requests, sentAgain, withoutRequest, facts, asked }: Entry): number {
  return Math.max(0, requests.length - sentAgain + withoutRequest.length - asked, facts - asked);
}

/** A repeat may end otherwise than what it repeats. */
export function isOverruled(entry: Entry): boolean {
  const { fates } = entry;
  return (
    fates.size === 2 && fates.has('delivered') && fates.has('dead-lettered') && excess(entry) + entry.askedAgain > 0
  );
}
