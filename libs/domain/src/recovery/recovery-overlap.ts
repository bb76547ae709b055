/** What of a selection says which records it may hold. Times are milliseconds since 1970, `untilMs` exclusive. */
export interface SelectionReach {
  readonly applicationId?: string;
  readonly endpointId?: string;
  readonly eventTypes?: readonly string[];
  readonly reasons?: readonly string[];
  readonly messageIds?: readonly string[];
  readonly deliveryIds?: readonly string[];
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Whether two selections may hold the same record; false only where they cannot. */
export function mayOverlap(one: SelectionReach, other: SelectionReach): boolean {
  return (
    one.sinceMs < other.untilMs &&
    other.sinceMs < one.untilMs &&
    mayBeSame(one.applicationId, other.applicationId) &&
    mayBeSame(one.endpointId, other.endpointId) &&
    mayShare(one.eventTypes, other.eventTypes) &&
    mayShare(one.reasons, other.reasons) &&
    mayShare(one.messageIds, other.messageIds) &&
    mayShare(one.deliveryIds, other.deliveryIds)
  );
}

const mayBeSame = (one: string | undefined, other: string | undefined): boolean =>
  one === undefined || other === undefined || one === other;

function mayShare(some: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  if (some === undefined || others === undefined) return true;
  const known = new Set(others);
  return some.some((one) => known.has(one));
}
