import type { DeliveryStatus } from '@signpost/domain';
import type { AttemptFilter } from '@signpost/ports';

const DELIVERED = 2;
const OTHER = 9;

/**
 * How an attempt ended, as the log's indexes have it: 0 nobody answered, 2 it was delivered, 3 to 5 the class of the
 * answer's status, 9 any other answer. Few values, so that an endpoint's list is merged from one for each of them.
 */
export const RESULTS: readonly number[] = [0, DELIVERED, 3, 4, 5, OTHER];

export function resultOf(outcome: 'delivered' | 'failed', status: number | undefined): number {
  if (outcome === 'delivered') return DELIVERED;
  if (status === undefined) return 0;
  const statusClass = Math.trunc(status / 100);
  return statusClass >= 3 && statusClass <= 5 ? statusClass : OTHER;
}

/** The results that an attempt which fits the filter can have. */
export function resultsFor({
  outcome,
  statusClass,
}: Pick<AttemptFilter, 'outcome' | 'statusClass'>): readonly number[] {
  return RESULTS.filter((result) => {
    if (outcome !== undefined && (result === DELIVERED) !== (outcome === 'delivered')) return false;
    return statusClass === undefined || result === statusClass || (result === OTHER && statusClass !== 0);
  });
}

/** How a delivery stands, as the log's indexes have it. */
export const STATUSES: Readonly<Record<DeliveryStatus, number>> = {
  success: 0,
  pending: 1,
  fail: 2,
  sending: 3,
  canceled: 4,
};
