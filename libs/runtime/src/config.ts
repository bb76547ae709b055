import * as z from 'zod';
import { AppError } from '@signpost/domain';

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
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8_080),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  LOG_FILE: z.string().optional(),
  HTTP_BODY_LIMIT_BYTES: z.coerce
    .number()
    .int()
    .min(1_024)
    .default(4 * 1_048_576),
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
    shutdownGraceMs: settings.SHUTDOWN_GRACE_MS,
    masterKey: settings.SIGNPOST_MASTER_KEY,
  };
}
