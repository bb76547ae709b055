import type { OrganisationId } from '@signpost/domain';
import type { Service } from './services.js';

export interface RoleFacts {
  readonly kafka: Service;
  readonly postgres: Service;
  readonly masterKey: string;
  readonly logFile: string;
  /** Whose API key it is that we made. */
  readonly organisationId: OrganisationId;
}

/**
 * The environment of every role. What the caller has set wins; the rest is for one machine: one broker, listeners
 * and receivers on loopback. No other configuration of Signpost lets a request reach loopback.
 */
export function roleEnvironment(given: NodeJS.ProcessEnv, facts: RoleFacts): NodeJS.ProcessEnv {
  const ownBroker = { KAFKA_PARTITIONS: '12', KAFKA_REPLICATION: '1', KAFKA_MIN_INSYNC_REPLICAS: '1' };
  return {
    HOST: '127.0.0.1',
    EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    EGRESS_ALLOW_HTTP: 'true',
    LOG_FILE: facts.logFile,
    ...(facts.kafka.embedded ? ownBroker : {}),
    // A database of our own has one organisation: source topics can mean no other, and may name applications by uid.
    ...(facts.postgres.embedded ? { INGEST_SOURCE_ORGANISATION: facts.organisationId } : {}),
    ...withoutEmpty(given),
    KAFKA_BROKERS: facts.kafka.address,
    DATABASE_URL: facts.postgres.address,
    SIGNPOST_MASTER_KEY: facts.masterKey,
  };
}

export function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}
