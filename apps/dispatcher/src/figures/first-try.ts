import type { Delivery } from '@signpost/contracts';

/**
 * Whether the attempt that comes next counts for the objective: the first of what was owed, and not of what its application
 * sent above its quota, which is promised no speed.
 */
export function isFirstTry({
  attempt,
  redelivery,
  isOverQuota,
}: Pick<Delivery, 'attempt' | 'redelivery' | 'isOverQuota'>): boolean {
  return attempt === 1 && redelivery === undefined && isOverQuota === undefined;
}
