import type {
  AttemptFact,
  FateFact,
  JournalFact,
  ParkedFact,
  RedeliveredFact,
  ReleasedFact,
} from '@signpost/contracts';
import type { DeadLetterReason, DeliveryState, Fate } from '@signpost/domain';

/** The facts that say something about one delivery. */
export type DeliveryFact = AttemptFact | ParkedFact | ReleasedFact | RedeliveredFact | FateFact;

export function isDeliveryFact(fact: JournalFact): fact is DeliveryFact {
  return fact.kind !== 'matched' && fact.kind !== 'endpoint';
}

/** What is known of a delivery from some of its facts. Merging is commutative and idempotent: order and repeats do not show. */
export interface Standing {
  /** Orders what facts say: the state of the highest holds. */
  readonly rank: bigint;
  readonly state: DeliveryState;
  readonly deadLetterReason?: DeadLetterReason;
  readonly nextAttemptAtMs?: number;
  /** Highest attempt number. */
  readonly attempts: number;
  /** Bit n is set once attempt n is known; from 62 on none is, and a repeat goes unmarked. */
  readonly seen: bigint;
}

export function standingOf(fact: DeliveryFact): Standing {
  const attempts = fact.kind === 'attempt' ? fact.attempt : 0;
  const common = { rank: rankOf(fact), attempts, seen: attemptBit(attempts) };
  switch (fact.kind) {
    case 'parked':
      return { ...common, state: 'parked' };
    case 'released':
    case 'redelivered':
      return { ...common, state: 'pending' };
    case 'fate':
      return { ...common, ...fateOf(fact.fate, fact.deadLetterReason) };
    case 'attempt':
      if (fact.fate !== undefined) return { ...common, ...fateOf(fact.fate, fact.deadLetterReason) };
      return {
        ...common,
        state: 'waiting',
        ...(fact.nextAttemptAtMs === undefined ? {} : { nextAttemptAtMs: fact.nextAttemptAtMs }),
      };
  }
}

export function merged(a: Standing, b: Standing): Standing {
  const top = b.rank > a.rank ? b : a;
  return { ...top, attempts: Math.max(a.attempts, b.attempts), seen: a.seen | b.seen };
}

export function attemptBit(attempt: number): bigint {
  return attempt >= 1 && attempt < 62 ? 1n << BigInt(attempt) : 0n;
}

/** Redeliveries that ranks tell apart; all beyond count as the last. */
export const HIGHEST_REDELIVERY = 63;

/**
 * Delivered stands above everything: what has arrived has arrived, whatever became of a second request after a crash or
 * of a redelivery. Then a later redelivery above what was before it, a fate above all that is not one, and the later
 * fact above the earlier.
 *
 * From the highest bit down: delivered (1), redelivery (6), settled (1), milliseconds since 1970 (43), kind (4),
 * attempt (8).
 */
function rankOf(fact: DeliveryFact): bigint {
  const fate = fact.kind === 'attempt' || fact.kind === 'fate' ? fact.fate : undefined;
  const redelivery = BigInt(Math.min(fact.redelivery ?? 0, HIGHEST_REDELIVERY));
  const attempt = fact.kind === 'attempt' ? Math.min(fact.attempt, 255) : 0;
  // It begins with the request for it, by whichever clock that was told.
  const atMs = fact.kind === 'redelivered' ? 0n : BigInt(Math.trunc(fact.atMs));
  return (
    (fate === 'delivered' ? 1n << 62n : 0n) |
    (redelivery << REDELIVERY_BIT) |
    (fate === undefined ? 0n : 1n << 55n) |
    (atMs << 12n) |
    (KIND[fact.kind] << 8n) |
    BigInt(attempt)
  );
}

/** Where a rank holds its redelivery's number, in 6 bits. */
export const REDELIVERY_BIT = 56n;

// Facts of the same millisecond: what usually follows stands above what it follows.
const KIND = { redelivered: 0n, parked: 1n, released: 2n, attempt: 3n, fate: 4n } as const satisfies Record<
  DeliveryFact['kind'],
  bigint
>;

function fateOf(state: Fate, reason: DeadLetterReason | undefined) {
  return { state, ...(reason === undefined ? {} : { deadLetterReason: reason }) };
}
