import { isId, type OrganisationId } from '@signpost/domain';
import { readSettings } from '@signpost/runtime';
import * as z from 'zod';

const KIB = 1_024;

const Settings = z.object({
  // A record of 1 MiB has to hold the payload and what travels beside it.
  INGEST_PAYLOAD_LIMIT_BYTES: z.coerce
    .number()
    .int()
    .min(KIB)
    .max(768 * KIB)
    .default(256 * KIB),
  INGEST_ACK_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(5_000),
  INGEST_APPLICATION_WAIT_MS: z.coerce.number().int().min(0).max(30_000).default(1_000),
  INGEST_SOURCE_TOPICS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((topic) => topic.trim())
        .filter((topic) => topic !== ''),
    )
    .refine((topics) => new Set(topics).size === topics.length, 'names a topic twice'),
  INGEST_SOURCE_ORGANISATION: z
    .string()
    .refine((text): text is OrganisationId => isId('org', text), 'is no organisation id (org_…)')
    .optional(),
});

/** Injection token of the process's IngestConfig. */
export const INGEST_CONFIG = Symbol('IngestConfig');

export interface IngestConfig {
  /** Bytes of one payload; more is refused with 413. */
  readonly payloadLimitBytes: number;
  /** Milliseconds that a request waits for Kafka before it is answered 503. */
  readonly ackTimeoutMs: number;
  /** Milliseconds that an unknown application is waited for: it may have been created a moment ago. */
  readonly applicationWaitMs: number;
  /** Full names of the platform's own topics to read events from. */
  readonly sourceTopics: readonly string[];
  /** Whose applications those events may name; undefined: anybody's, by id alone. */
  readonly sourceOrganisation: OrganisationId | undefined;
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadIngestConfig(env: NodeJS.ProcessEnv): IngestConfig {
  const settings = readSettings('ingest', Settings, env);
  return {
    payloadLimitBytes: settings.INGEST_PAYLOAD_LIMIT_BYTES,
    ackTimeoutMs: settings.INGEST_ACK_TIMEOUT_MS,
    applicationWaitMs: settings.INGEST_APPLICATION_WAIT_MS,
    sourceTopics: settings.INGEST_SOURCE_TOPICS,
    sourceOrganisation: settings.INGEST_SOURCE_ORGANISATION,
  };
}
