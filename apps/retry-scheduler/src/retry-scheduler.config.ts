import { TOPICS, TOPIC_SETTINGS } from '@signpost/contracts';
import { readSettings } from '@signpost/runtime';
import * as z from 'zod';
import type { SweepLimits } from './parked/sweep.js';

const MIB = 1_048_576;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PARKED_RETENTION_MS = TOPIC_SETTINGS.find(({ name }) => name === TOPICS.parked)?.retentionMs ?? 14 * DAY_MS;

const Settings = z.object({
  RETRY_SCHEDULER_LOOK_AHEAD_RECORDS: z.coerce.number().int().min(16).max(1_000_000).default(2_000),
  RETRY_SCHEDULER_LOOK_AHEAD_BYTES: z.coerce
    .number()
    .int()
    .min(MIB)
    .default(64 * MIB),
  RETRY_SCHEDULER_PARKED_MAX_AGE_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(PARKED_RETENTION_MS - HOUR_MS)
    .default(PARKED_RETENTION_MS - DAY_MS),
  RETRY_SCHEDULER_SWEEP_PER_SECOND: z.coerce.number().int().min(1).max(100_000).default(1_000),
});

/** Injection token of the process's RetrySchedulerConfig. */
export const RETRY_SCHEDULER_CONFIG = Symbol('RetrySchedulerConfig');

export interface RetrySchedulerConfig {
  /** Waiting deliveries of one partition that are read before they are due. */
  readonly lookAheadRecords: number;
  /** Bytes that the waiting deliveries of all tiers and partitions may have, shared out between them. */
  readonly lookAheadBytes: number;
  readonly sweep: SweepLimits;
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadRetrySchedulerConfig(env: NodeJS.ProcessEnv): RetrySchedulerConfig {
  const settings = readSettings('retry-scheduler', Settings, env);
  return {
    lookAheadRecords: settings.RETRY_SCHEDULER_LOOK_AHEAD_RECORDS,
    lookAheadBytes: settings.RETRY_SCHEDULER_LOOK_AHEAD_BYTES,
    sweep: {
      maxAgeMs: settings.RETRY_SCHEDULER_PARKED_MAX_AGE_MS,
      perSecond: settings.RETRY_SCHEDULER_SWEEP_PER_SECOND,
    },
  };
}
