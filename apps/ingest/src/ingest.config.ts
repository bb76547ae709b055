import { isId, type OrganisationId } from '@signpost/domain';
import { BACKLOG_EVERY_MS, ConfigurationError, readSettings, TOPIC_LIST } from '@signpost/runtime';
import * as z from 'zod';
import type { RegistryConfig } from './source/registry/schema-registry.js';
import { loadSources, type SourceSettings } from './source/source-settings.js';

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
  INGEST_APPLICATION_QUOTA: z.coerce.number().int().min(1).max(1_000_000).optional(),
  INGEST_APPLICATION_WAIT_MS: z.coerce.number().int().min(0).max(30_000).default(1_000),
  INGEST_SOURCE_TOPICS: TOPIC_LIST,
  BACKLOG_EVERY_MS,
  INGEST_SOURCES_FILE: z.string().optional(),
  INGEST_REGISTRY_URL: z.url({ protocol: /^https?$/, error: 'is no http or https URL' }).optional(),
  INGEST_REGISTRY_USERNAME: z.string().optional(),
  INGEST_REGISTRY_PASSWORD: z.string().optional(),
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
  /** Messages a second of each application that says nothing itself; above it the rest goes the slow way. Undefined: any number. */
  readonly applicationQuota: number | undefined;
  /** The platform's own topics to read events from. */
  readonly sources: readonly SourceSettings[];
  /** Milliseconds between two looks at what waits in them. */
  readonly backlogEveryMs: number;
  /** Where their schemas are registered; undefined: nowhere. */
  readonly registry: RegistryConfig | undefined;
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadIngestConfig(env: NodeJS.ProcessEnv): IngestConfig {
  const settings = readSettings('ingest', Settings, env);
  const sources = loadSources(
    settings.INGEST_SOURCES_FILE,
    settings.INGEST_SOURCE_TOPICS,
    settings.INGEST_SOURCE_ORGANISATION,
  );
  const url = settings.INGEST_REGISTRY_URL;
  const needing = sources.find(({ format }) => format === 'registry');
  if (needing !== undefined && url === undefined) {
    throw new ConfigurationError(
      `ingest: the source ${needing.topic} is of the format "registry"; set INGEST_REGISTRY_URL to that of the registry`,
    );
  }
  return {
    payloadLimitBytes: settings.INGEST_PAYLOAD_LIMIT_BYTES,
    ackTimeoutMs: settings.INGEST_ACK_TIMEOUT_MS,
    applicationWaitMs: settings.INGEST_APPLICATION_WAIT_MS,
    applicationQuota: settings.INGEST_APPLICATION_QUOTA,
    sources,
    backlogEveryMs: settings.BACKLOG_EVERY_MS,
    registry:
      url === undefined
        ? undefined
        : { url, username: settings.INGEST_REGISTRY_USERNAME, password: settings.INGEST_REGISTRY_PASSWORD },
  };
}
