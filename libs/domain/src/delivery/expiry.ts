/** When a message of a type expires, in milliseconds since 1970; undefined: never. No endpoint has a say in it. */
export function expiresAt(acceptedAtMs: number, timeToLiveMs: number | undefined): number | undefined {
  return timeToLiveMs === undefined ? undefined : acceptedAtMs + timeToLiveMs;
}

/** Whether a delivery is too late at this time. At the very millisecond of its expiry it is. */
export function isExpired(delivery: { readonly expiresAtMs?: number }, atMs: number): boolean {
  return delivery.expiresAtMs !== undefined && atMs >= delivery.expiresAtMs;
}

/**
 * The fate of a delivery whose attempt failed, when a retry at `dueAtMs` would be worth nothing; undefined: retry.
 * It is told at once instead of after the wait.
 */
export function fateInsteadOfRetry(
  delivery: { readonly expiresAtMs?: number },
  dueAtMs: number,
  hasNewer: boolean,
): 'superseded' | 'expired' | undefined {
  if (hasNewer) return 'superseded';
  return isExpired(delivery, dueAtMs) ? 'expired' : undefined;
}
