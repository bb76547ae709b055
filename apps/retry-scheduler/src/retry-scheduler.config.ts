import { readSettings } from '@signpost/runtime';
import * as z from 'zod';

const MIB = 1_048_576;

const Settings = z.object({
  RETRY_SCHEDULER_LOOK_AHEAD_RECORDS: z.coerce.number().int().min(16).max(1_000_000).default(2_000),
  RETRY_SCHEDULER_LOOK_AHEAD_BYTES: z.coerce
    .number()
    .int()
    .min(MIB)
    .default(64 * MIB),
});

/** Injection token of the process's RetrySchedulerConfig. */
export const RETRY_SCHEDULER_CONFIG = Symbol('RetrySchedulerConfig');

export interface RetrySchedulerConfig {
  /** Waiting deliveries of one partition that are read before they are due. */
  readonly lookAheadRecords: number;
  /** Bytes that the waiting deliveries of all tiers and partitions may have, shared out between them. */
  readonly lookAheadBytes: number;
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadRetrySchedulerConfig(env: NodeJS.ProcessEnv): RetrySchedulerConfig {
  const settings = readSettings('retry-scheduler', Settings, env);
  return {
    lookAheadRecords: settings.RETRY_SCHEDULER_LOOK_AHEAD_RECORDS,
    lookAheadBytes: settings.RETRY_SCHEDULER_LOOK_AHEAD_BYTES,
  };
}
