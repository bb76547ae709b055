import type { RecoveryOut } from '@signpost/contracts';

/** What commands show of a recovery. */
export type Recovery = Omit<RecoveryOut, 'select' | 'limits'>;

export const RECOVERY_PATH = '/api/v1/recovery';

export const skippedOf = ({ skipped }: Recovery): number =>
  Object.values(skipped).reduce((sum, count) => sum + count, 0);
