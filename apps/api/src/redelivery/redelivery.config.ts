import { readSettings } from '@signpost/runtime';
import * as z from 'zod';

/** Ranks in the delivery log tell 63 redeliveries of one delivery apart. */
const MOST_PER_DELIVERY = 60;

const Settings = z.object({
  RECOVER_PER_SECOND: z.coerce.number().int().min(1).max(100_000).default(500),
  RECOVER_REDELIVERIES_PER_DELIVERY: z.coerce.number().int().min(1).max(MOST_PER_DELIVERY).default(20),
});

/** Injection token of the process's RedeliveryConfig. */
export const REDELIVERY_CONFIG = Symbol('RedeliveryConfig');

export interface RedeliveryConfig {
  /** Of one task. */
  readonly perSecond: number;
  /** What was redelivered that often is left out of tasks: a loop that asks again for what fails ends. */
  readonly perDelivery: number;
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadRedeliveryConfig(env: NodeJS.ProcessEnv): RedeliveryConfig {
  const settings = readSettings('redelivery', Settings, env);
  return { perSecond: settings.RECOVER_PER_SECOND, perDelivery: settings.RECOVER_REDELIVERIES_PER_DELIVERY };
}
