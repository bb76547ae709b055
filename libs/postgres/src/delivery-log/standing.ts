import type { AttemptFact, FateFact, JournalFact, ParkedFact, ReleasedFact } from '@signpost/contracts';
import type { DeadLetterReason, DeliveryState, Fate } from '@signpost/domain';

/** The facts that say something about one delivery. */
export type DeliveryFact = AttemptFact | ParkedFact | ReleasedFact | FateFact;

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

/**
 * Delivered stands above every other fate, a fate above all that is not one, and then the later fact above the
 * earlier. A second request after a crash may fail where the first had arrived: it arrived all the same.
 */
function rankOf(fact: DeliveryFact): bigint {
  const fate = fact.kind === 'attempt' || fact.kind === 'fate' ? fact.fate : undefined;
  const settled = fate === undefined ? 0n : fate === 'delivered' ? 2n : 1n;
  const attempt = fact.kind === 'attempt' ? Math.min(fact.attempt, 255) : 0;
  return (settled << 56n) | (BigInt(Math.trunc(fact.atMs)) << 12n) | (KIND[fact.kind] << 8n) | BigInt(attempt);
}

// Facts of the same millisecond: what usually follows stands above what it follows.
const KIND = { parked: 0n, released: 1n, attempt: 2n, fate: 3n } as const satisfies Record<
  DeliveryFact['kind'],
  bigint
>;

function fateOf(state: Fate, reason: DeadLetterReason | undefined) {
  return { state, ...(reason === undefined ? {} : { deadLetterReason: reason }) };
}
