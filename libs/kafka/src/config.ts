import * as z from 'zod';
import { AppError } from '@signpost/domain';
import { COMPRESSIONS, type Compression } from './wire/records/compression.js';

export class KafkaConfigurationError extends AppError {
  readonly code = 'kafka_configuration_invalid';
}

const Env = z
  .object({
    KAFKA_BROKERS: z
      .string()
      .transform((list) =>
        list
          .split(',')
          .map((broker) => broker.trim())
          .filter((broker) => broker !== ''),
      )
      .refine((brokers) => brokers.length > 0, 'names no broker; give host:port,host:port'),
    KAFKA_TOPIC_PREFIX: z
      .string()
      .regex(/^[a-zA-Z0-9._-]{0,60}$/, 'may have letters, digits, dots, dashes and underscores only')
      .default('signpost.'),
    KAFKA_CLIENT_ID: z.string().default('signpost'),
    KAFKA_TLS: z.stringbool().default(false),
    KAFKA_TLS_CA_FILE: z.string().optional(),
    KAFKA_TLS_CERT_FILE: z.string().optional(),
    KAFKA_TLS_KEY_FILE: z.string().optional(),
    KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
    KAFKA_SASL_USERNAME: z.string().optional(),
    KAFKA_SASL_PASSWORD: z.string().optional(),
    KAFKA_PARTITIONS: z.coerce.number().int().min(1).max(10_000).default(48),
    KAFKA_REPLICATION: z.coerce.number().int().min(1).max(9).default(3),
    KAFKA_MIN_INSYNC_REPLICAS: z.coerce.number().int().min(1).max(9).default(2),
    KAFKA_COMPRESSION: z.enum(COMPRESSIONS).default('none'),
    KAFKA_LINGER_MS: z.coerce.number().min(0).max(5).default(0),
    KAFKA_REQUEST_TIMEOUT_MS: z.coerce.number().int().min(500).max(120_000).default(10_000),
    KAFKA_SESSION_TIMEOUT_MS: z.coerce.number().int().min(6_000).max(300_000).default(10_000),
  })
  .superRefine((env, context) => {
    const fault = (variable: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [variable], message });
    };
    for (const variable of ['KAFKA_TLS_CA_FILE', 'KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE'] as const) {
      if (!env.KAFKA_TLS && env[variable] !== undefined) fault(variable, 'is given but KAFKA_TLS is not true');
    }
    if ((env.KAFKA_TLS_CERT_FILE === undefined) !== (env.KAFKA_TLS_KEY_FILE === undefined))
      fault('KAFKA_TLS_CERT_FILE', 'a client certificate needs both KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE');
    for (const variable of ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const) {
      if (env.KAFKA_SASL_MECHANISM !== undefined && env[variable] === undefined)
        fault(variable, 'is needed when KAFKA_SASL_MECHANISM is given');
      if (env.KAFKA_SASL_MECHANISM === undefined && env[variable] !== undefined)
        fault(variable, 'is given but KAFKA_SASL_MECHANISM is not');
    }
    if (env.KAFKA_MIN_INSYNC_REPLICAS > env.KAFKA_REPLICATION)
      fault('KAFKA_MIN_INSYNC_REPLICAS', 'is more than KAFKA_REPLICATION: nothing could ever be written');
  });

export interface TlsFiles {
  /** PEM files by path; without `ca` the machine's own authorities are trusted. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface SaslLogin {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** How to reach Kafka, and how its topics are laid out: a type and its injection token in one. */
export abstract class KafkaConfig {
  abstract readonly brokers: readonly string[];
  /** Put before every topic's and group's name. */
  abstract readonly topicPrefix: string;
  abstract readonly clientId: string;
  /** Absent: no TLS. */
  abstract readonly tls: TlsFiles | undefined;
  abstract readonly sasl: SaslLogin | undefined;
  /** Partitions of every topic, fixed for life: keys must not move. */
  abstract readonly partitions: number;
  abstract readonly replication: number;
  abstract readonly minInsyncReplicas: number;
  /** What the records of a batch are folded with when they are written. */
  abstract readonly compression: Compression;
  /** Milliseconds that a record waits for company, 0 to 5. */
  abstract readonly lingerMs: number;
  /** Milliseconds after which a request counts as unanswered; a produce request is sent again then. */
  abstract readonly requestTimeoutMs: number;
  /**
   * Milliseconds after which a silent member of a consumer group loses its partitions; until then nobody reads them.
   * Reading never waits for work here, so a living member is never silent for long.
   */
  abstract readonly sessionTimeoutMs: number;
}

/**
 * Takes the environment as an argument, so a test passes an object and nothing reads the process's later.
 * @throws KafkaConfigurationError listing every fault at once, each with the variable's name
 */
export function loadKafkaConfig(env: NodeJS.ProcessEnv): KafkaConfig {
  // An empty variable is what compose files and shells make of an absent one; an empty prefix is a choice.
  const given = Object.entries(env).filter(([name, value]) => value !== '' || name === 'KAFKA_TOPIC_PREFIX');
  const parsed = Env.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    throw new KafkaConfigurationError(
      `Kafka: settings are missing or wrong; set them in the environment:\n${z.prettifyError(parsed.error)}`,
    );
  }
  const e = parsed.data;
  return {
    brokers: e.KAFKA_BROKERS,
    topicPrefix: e.KAFKA_TOPIC_PREFIX,
    clientId: e.KAFKA_CLIENT_ID,
    tls: e.KAFKA_TLS ? tlsFiles(e.KAFKA_TLS_CA_FILE, e.KAFKA_TLS_CERT_FILE, e.KAFKA_TLS_KEY_FILE) : undefined,
    sasl:
      e.KAFKA_SASL_MECHANISM === undefined
        ? undefined
        : {
            mechanism: e.KAFKA_SASL_MECHANISM,
            username: e.KAFKA_SASL_USERNAME ?? '',
            password: e.KAFKA_SASL_PASSWORD ?? '',
          },
    partitions: e.KAFKA_PARTITIONS,
    replication: e.KAFKA_REPLICATION,
    minInsyncReplicas: e.KAFKA_MIN_INSYNC_REPLICAS,
    compression: e.KAFKA_COMPRESSION,
    lingerMs: e.KAFKA_LINGER_MS,
    requestTimeoutMs: e.KAFKA_REQUEST_TIMEOUT_MS,
    sessionTimeoutMs: e.KAFKA_SESSION_TIMEOUT_MS,
  };
}

function tlsFiles(ca: string | undefined, cert: string | undefined, key: string | undefined): TlsFiles {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
