import type { AccountCountsOut } from '@signpost/contracts';
import { differenceOf, isBalanced, type Account } from '@signpost/domain';

export function accountCounts(account: Account): AccountCountsOut {
  const { accepted, matched, nobody, undecided, early, deliveries, redeliveries, fates, pending, differences } =
    account;
  return {
    accepted,
    matched,
    nobody,
    undecided,
    deliveries,
    redeliveries,
    fates: {
      delivered: fates.delivered,
      deadLettered: fates['dead-lettered'],
      expired: fates.expired,
      superseded: fates.superseded,
      declined: fates.declined,
      cancelled: fates.cancelled,
    },
    pending: {
      fresh: pending.fresh,
      returning: pending.returning,
      tier: pending.tier,
      parked: pending.parked,
      takenOver: pending['taken-over'],
    },
    early: { ...early },
    differences: {
      unmatched: differences.unmatched,
      unrecorded: differences.unrecorded,
      freshLost: differences['fresh-lost'],
      returningLost: differences['returning-lost'],
      tierLost: differences['tier-lost'],
      parkedLost: differences['parked-lost'],
      notOwed: differences['not-owed'],
      severalFates: differences['several-fates'],
    },
    balanced: isBalanced(account),
    difference: differenceOf(account),
  };
}
