import * as z from 'zod';
import { AppError, parseNetwork } from '@signpost/domain';

export class ConfigurationError extends AppError {
  readonly code = 'configuration_invalid';
}

/**
 * Reads settings from an environment that is given, never from the process by itself.
 * @throws ConfigurationError listing every fault at once, each with the variable's name
 */
export function readSettings<S extends z.ZodObject>(what: string, schema: S, env: NodeJS.ProcessEnv): z.output<S> {
  // An empty variable is what compose files and shells make of an absent one.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(
    `${what}: settings are missing or wrong; set them in the environment:\n${z.prettifyError(parsed.error)}`,
  );
}

const Settings = z.object({
  HTTP_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((list) => list.split(',').flatMap((item) => item.trim() || []))
    .refine((list) => list.every((item) => parseNetwork(item) !== undefined), {
      error: 'is a list of addresses and networks by commas: 10.20.0.0/16,192.0.2.7',
    }),
  AUTH_FAILURES_PER_MINUTE: z.coerce.number().int().min(1).max(60_000).default(30),
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8_080),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  LOG_FILE: z.string().optional(),
  HTTP_BODY_LIMIT_BYTES: z.coerce
    .number()
    .int()
    .min(1_024)
    .default(4 * 1_048_576),
  HTTP_BODIES_BYTES: z.coerce
    .number()
    .int()
    .min(1_048_576)
    .default(64 * 1_048_576),
  SHUTDOWN_GRACE_MS: z.coerce.number().int().min(0).max(600_000).default(10_000),
  SIGNPOST_MASTER_KEY: z
    .string()
    .min(16, 'SIGNPOST_MASTER_KEY seals endpoint secrets and needs at least 16 characters'),
});

export interface RuntimeConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly logLevel: z.output<typeof Settings>['LOG_LEVEL'];
  /** Takes the log instead of standard output. */
  readonly logFile?: string;
  readonly bodyLimitBytes: number;
  /** Bytes of the bodies that are under way at once; who comes beyond them is answered 503. */
  readonly bodiesBytes: number;
  /** CIDRs whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Wrong keys from one address that are answered as such; beyond them it has to wait. */
  readonly authFailuresPerMinute: number;
  /** Milliseconds that a stop waits for what is under way. */
  readonly shutdownGraceMs: number;
  readonly masterKey: string;
}

export function loadRuntimeConfig(env: NodeJS.ProcessEnv): RuntimeConfig {
  const settings = readSettings('process', Settings, env);
  return {
    host: settings.HOST,
    port: settings.PORT,
    logLevel: settings.LOG_LEVEL,
    ...(settings.LOG_FILE === undefined ? {} : { logFile: settings.LOG_FILE }),
    bodyLimitBytes: settings.HTTP_BODY_LIMIT_BYTES,
    bodiesBytes: settings.HTTP_BODIES_BYTES,
    trustedProxies: settings.HTTP_TRUSTED_PROXIES,
    authFailuresPerMinute: settings.AUTH_FAILURES_PER_MINUTE,
    shutdownGraceMs: settings.SHUTDOWN_GRACE_MS,
    masterKey: settings.SIGNPOST_MASTER_KEY,
  };
}
