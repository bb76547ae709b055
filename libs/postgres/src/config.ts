import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { ConfigurationError, readSettings } from '@signpost/runtime';

const count = (least: number, most: number, usual: number) =>
  z.coerce.number().int().min(least).max(most).default(usual);

const Settings = z.object({
  DATABASE_URL: z
    .string('DATABASE_URL is needed: postgresql://user:password@host:5432/database')
    .refine((url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url), {
      error: 'DATABASE_URL has the form postgresql://user:password@host:5432/database',
    }),
  DATABASE_TLS: z.enum(['off', 'verify', 'unverified']).default('off'),
  DATABASE_TLS_CA_FILE: z.string().optional(),
  DATABASE_POOL_SIZE: count(1, 200, 10),
  DATABASE_LOG_POOL_SIZE: count(1, 200, 4),
  LOG_RETENTION_DAYS: count(1, 3_650, 90),
  AUDIT_RETENTION_DAYS: count(1, 3_650, 400),
  LOG_RESPONSE_BODY_BYTES: count(1_024, 16_384, 4_096),
  EVENT_ID_WINDOW_HOURS: count(1, 2_160, 168),
});

export interface PostgresConfig {
  readonly url: string;
  /** False: no TLS. */
  readonly tls: false | { readonly rejectUnauthorized: boolean; readonly ca?: string };
  /** PEM of what this process shows to the database, as the URL names it; undefined: nothing. */
  readonly certificate: string | undefined;
  /** Connections of the control plane. */
  readonly poolSize: number;
  /** Connections of the delivery log. */
  readonly logPoolSize: number;
  /** Days that the delivery log is kept. */
  readonly logRetentionDays: number;
  /** Days that the audit log is kept. */
  readonly auditRetentionDays: number;
  /** Bytes of a receiver's answer that the log keeps. */
  readonly responseBodyBytes: number;
  /** Hours that an event id is remembered, so that a repeated one is refused. */
  readonly eventIdWindowHours: number;
}

/** @throws ConfigurationError listing every fault at once */
export function loadPostgresConfig(env: NodeJS.ProcessEnv): PostgresConfig {
  const settings = readSettings('PostgreSQL', Settings, env);
  if (settings.DATABASE_TLS_CA_FILE !== undefined && settings.DATABASE_TLS !== 'verify') {
    throw new ConfigurationError('PostgreSQL: DATABASE_TLS_CA_FILE is given but DATABASE_TLS is not verify');
  }
  return {
    url: settings.DATABASE_URL,
    tls: tlsOf(settings.DATABASE_TLS, settings.DATABASE_TLS_CA_FILE),
    certificate: certificateOf(settings.DATABASE_URL),
    poolSize: settings.DATABASE_POOL_SIZE,
    logPoolSize: settings.DATABASE_LOG_POOL_SIZE,
    logRetentionDays: settings.LOG_RETENTION_DAYS,
    auditRetentionDays: settings.AUDIT_RETENTION_DAYS,
    responseBodyBytes: settings.LOG_RESPONSE_BODY_BYTES,
    eventIdWindowHours: settings.EVENT_ID_WINDOW_HOURS,
  };
}

function tlsOf(mode: z.output<typeof Settings>['DATABASE_TLS'], caFile: string | undefined): PostgresConfig['tls'] {
  switch (mode) {
    case 'off':
      return false;
    case 'unverified':
      return { rejectUnauthorized: false };
    case 'verify':
      return { rejectUnauthorized: true, ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }) };
  }
}

/** The driver reads it by itself, and says what is wrong with it when it connects. */
function certificateOf(url: string): string | undefined {
  const file = new URL(url).searchParams.get('sslcert');
  return file === null || !existsSync(file) ? undefined : readFileSync(file, 'utf8');
}
