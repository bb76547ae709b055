import type { FailingPolicy } from '@signpost/domain';
import { readSettings } from '@signpost/runtime';
import * as z from 'zod';

const MIB = 1_048_576;

/** What a queued delivery costs beside its payload: objects, header, ids. About, and rather too much. */
export const OVERHEAD_BYTES = 2_048;
// Above twice the lanes' bound and its reserve of a quarter.
const UNFINISHED = 3;

/** Five days, as the leading peers have it. */
const DISABLE_AFTER_SECONDS = 5 * 86_400;
const LEAST_ATTEMPTS = 5;

const Percents = z
  .string()
  .regex(/^[1-9]\d?(,[1-9]\d?)*$/, { error: 'is a list of whole percents from 1 to 99, such as 50,70,90' })
  .transform((list) => [...new Set(list.split(',').map(Number))].sort((one, other) => one - other));

const Settings = z.object({
  DISPATCHER_DISABLE_AFTER_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(365 * 86_400)
    .default(DISABLE_AFTER_SECONDS),
  DISPATCHER_WARN_AT_PERCENT: Percents.default([50, 70, 90]),
  DISPATCHER_MAX_IN_FLIGHT: z.coerce.number().int().min(1).max(65_536).default(1_024),
  DISPATCHER_LANE_CONCURRENCY: z.coerce.number().int().min(1).max(4_096).default(64),
  DISPATCHER_LANE_QUEUE: z.coerce.number().int().min(4).max(1_000_000).default(1_000),
  DISPATCHER_LANE_QUEUE_BYTES: z.coerce
    .number()
    .int()
    .min(MIB)
    .default(4 * MIB),
  DISPATCHER_QUEUE_BYTES: z.coerce
    .number()
    .int()
    .min(4 * MIB)
    .default(8 * MIB),
  DISPATCHER_RELEASE_OUTSTANDING: z.coerce.number().int().min(16).default(10_000),
  DISPATCHER_RELEASE_PATIENCE_MS: z.coerce.number().int().min(100).default(10_000),
  DISPATCHER_SEND_TRACEPARENT: z.stringbool().default(false),
});

export interface DispatcherConfig {
  /** Requests under way at once, in this process. */
  readonly inFlight: number;
  /** Requests under way at once, to one endpoint. */
  readonly laneConcurrency: number;
  /** Deliveries that a slow endpoint's lane may hold; those beyond are parked. */
  readonly laneRecords: number;
  /** Bytes that a slow endpoint's lane may hold. */
  readonly laneBytes: number;
  /** Bytes that the lanes of all slow endpoints may hold together. */
  readonly queueBytes: number;
  /**
   * Records of one partition, and bytes of all, that may be read and not done. What slow endpoints' lanes hold is
   * always less than half of it: below half a consumer reads on, so they alone never stop it.
   */
  readonly consumerRecords: number;
  readonly consumerBytes: number;
  /** Parked deliveries that all lanes together may have asked for and not yet have back. */
  readonly releaseOutstanding: number;
  /** Milliseconds after which a lane that got nothing back asks again. */
  readonly releasePatienceMs: number;
  /** When an endpoint that only fails is warned about, and switched off. */
  readonly failing: FailingPolicy;
  /** Receivers are told which trace a request is of. */
  readonly sendsTraceparent: boolean;
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadDispatcherConfig(env: NodeJS.ProcessEnv): DispatcherConfig {
  const settings = readSettings('dispatcher', Settings, env);
  return {
    inFlight: settings.DISPATCHER_MAX_IN_FLIGHT,
    laneConcurrency: settings.DISPATCHER_LANE_CONCURRENCY,
    laneRecords: settings.DISPATCHER_LANE_QUEUE,
    laneBytes: settings.DISPATCHER_LANE_QUEUE_BYTES,
    queueBytes: settings.DISPATCHER_QUEUE_BYTES,
    consumerRecords: (settings.DISPATCHER_QUEUE_BYTES * UNFINISHED) / OVERHEAD_BYTES,
    consumerBytes: settings.DISPATCHER_QUEUE_BYTES * UNFINISHED,
    releaseOutstanding: settings.DISPATCHER_RELEASE_OUTSTANDING,
    releasePatienceMs: settings.DISPATCHER_RELEASE_PATIENCE_MS,
    failing: {
      disableAfterMs: settings.DISPATCHER_DISABLE_AFTER_SECONDS * 1_000,
      warnAtPercent: settings.DISPATCHER_WARN_AT_PERCENT,
      leastAttempts: LEAST_ATTEMPTS,
    },
    sendsTraceparent: settings.DISPATCHER_SEND_TRACEPARENT,
  };
}
