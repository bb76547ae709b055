import * as z from 'zod';
import { BACKLOG_EVERY_MS, readSettings, TOPIC_LIST } from '@signpost/runtime';

const Settings = z.object({
  RECORDER_BATCH_RECORDS: z.coerce.number().int().min(1).max(20_000).default(2_000),
  RECORDER_BATCH_BYTES: z.coerce.number().int().min(65_536).max(134_217_728).default(8_388_608),
  RECORDER_UNWRITTEN_BYTES: z.coerce.number().int().min(1_048_576).default(16_777_216),
  RECORDER_BATCH_MS: z.coerce.number().int().min(0).max(5_000).default(100),
  RECORDER_ACCOUNT_EVERY_MS: z.coerce.number().int().min(50).max(3_600_000).default(15_000),
  BACKLOG_EVERY_MS,
  INGEST_SOURCE_TOPICS: TOPIC_LIST,
});

/** When a batch is written: at whichever of the three comes first. */
export interface RecorderConfig {
  readonly batchRecords: number;
  readonly batchBytes: number;
  /** Milliseconds that a record waits for company. */
  readonly batchMs: number;
  /** Bytes of records that may be read and not yet written; decoded they take several times as much memory. */
  readonly unwrittenBytes: number;
  /** Milliseconds between two looks for minutes to count. */
  readonly accountEveryMs: number;
  /** Milliseconds between two looks at what waits in Kafka. */
  readonly backlogEveryMs: number;
  /** The platform's own topics that ingest reads, as far as this process is told of them. */
  readonly sources: readonly string[];
}

export function loadRecorderConfig(env: NodeJS.ProcessEnv): RecorderConfig {
  const settings = readSettings('recorder', Settings, env);
  return {
    batchRecords: settings.RECORDER_BATCH_RECORDS,
    batchBytes: settings.RECORDER_BATCH_BYTES,
    batchMs: settings.RECORDER_BATCH_MS,
    unwrittenBytes: settings.RECORDER_UNWRITTEN_BYTES,
    accountEveryMs: settings.RECORDER_ACCOUNT_EVERY_MS,
    backlogEveryMs: settings.BACKLOG_EVERY_MS,
    sources: settings.INGEST_SOURCE_TOPICS,
  };
}
