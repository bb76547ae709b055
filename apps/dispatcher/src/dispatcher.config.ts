import { readSettings } from '@signpost/runtime';
import * as z from 'zod';

const MIB = 1_048_576;

const Settings = z.object({
  DISPATCHER_MAX_IN_FLIGHT: z.coerce.number().int().min(1).max(65_536).default(512),
  DISPATCHER_LANE_CONCURRENCY: z.coerce.number().int().min(1).max(4_096).default(32),
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
    .default(48 * MIB),
  DISPATCHER_UNFINISHED_RECORDS: z.coerce.number().int().min(1_000).default(100_000),
  DISPATCHER_RELEASE_OUTSTANDING: z.coerce.number().int().min(16).default(10_000),
  DISPATCHER_RELEASE_PATIENCE_MS: z.coerce.number().int().min(100).default(10_000),
});

export interface DispatcherConfig {
  /** Requests under way at once, in this process. */
  readonly inFlight: number;
  /** Requests under way at once, to one endpoint. */
  readonly laneConcurrency: number;
  /** Deliveries that one lane may hold; those beyond are parked. */
  readonly laneRecords: number;
  /** Bytes that one lane may hold. */
  readonly laneBytes: number;
  /** Bytes that all lanes may hold together. */
  readonly queueBytes: number;
  /**
   * Records of one partition, and bytes of all, that may be read and not done. Above the lanes' own bounds: lanes that
   * are full park, and only a Kafka that takes nothing down stops the reading.
   */
  readonly consumerRecords: number;
  readonly consumerBytes: number;
  /** Parked deliveries that all lanes together may have asked for and not yet have back. */
  readonly releaseOutstanding: number;
  /** Milliseconds after which a lane that got nothing back asks again. */
  readonly releasePatienceMs: number;
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
    consumerRecords: settings.DISPATCHER_UNFINISHED_RECORDS,
    consumerBytes: settings.DISPATCHER_QUEUE_BYTES * 2,
    releaseOutstanding: settings.DISPATCHER_RELEASE_OUTSTANDING,
    releasePatienceMs: settings.DISPATCHER_RELEASE_PATIENCE_MS,
  };
}
