import pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { PostgresConfig } from './config.js';
import { connectionOptions, openPool, reachable } from './connection.js';
import {
  ApiKeyEntity,
  ApplicationEntity,
  EndpointEntity,
  EventTypeEntity,
  OrganisationEntity,
  OutboxEntity,
} from './entities/index.js';
import { Account1795000000028 } from './migrations/account-1795000000028.js';
import { Access1795000000020 } from './migrations/access-1795000000020.js';
import { ApplicationQuota1795000000034 } from './migrations/application-quota-1795000000034.js';
import { ApplicationWeight1795000000010 } from './migrations/application-weight-1795000000010.js';
import { INTAKE_POOL } from './intake/intake-pool.js';
import { DeadLetters1795000000025 } from './migrations/dead-letters-1795000000025.js';
import { ConversationOrder1795000000015 } from './migrations/conversation-order-1795000000015.js';
import { ControlPlane1795000000000 } from './migrations/control-plane-1795000000000.js';
import { DeliveryLog1795000000001 } from './migrations/delivery-log-1795000000001.js';
import { DeliveryLogLists1795000000023 } from './migrations/delivery-log-lists-1795000000023.js';
import { EventTypeUsefulness1795000000013 } from './migrations/event-type-usefulness-1795000000013.js';
import { EndpointAccess1795000000022 } from './migrations/endpoint-access-1795000000022.js';
import { EndpointFilters1795000000029 } from './migrations/endpoint-filters-1795000000029.js';
import { EndpointEgress1795000000011 } from './migrations/endpoint-egress-1795000000011.js';
import { Explain1795000000027 } from './migrations/explain-1795000000027.js';
import { Intake1795000000021 } from './migrations/intake-1795000000021.js';
import { NotifyEmails1795000000012 } from './migrations/notify-emails-1795000000012.js';
import { Sources1795000000031 } from './migrations/sources-1795000000031.js';
import { PayloadValidation1795000000032 } from './migrations/payload-validation-1795000000032.js';
import { Redeliveries1795000000024 } from './migrations/redeliveries-1795000000024.js';
import { Recoveries1795000000026 } from './migrations/recoveries-1795000000026.js';
import { AttemptTransformation1795000000033 } from './migrations/attempt-transformation-1795000000033.js';
import { Transformations1795000000030 } from './migrations/transformations-1795000000030.js';
import { WaitingWork1795000000035 } from './migrations/waiting-work-1795000000035.js';

const PATIENT = { statementTimeoutMs: 30_000, answerTimeoutMs: 35_000 };
/**
 * Whoever asks for the first rows of a list wants them from the index that holds it. The planner, where it takes the list
 * for short, would rather read all of it and sort.
 */
const IN_ORDER = ['enable_sort=off', 'enable_incremental_sort=off', 'enable_bitmapscan=off'];

export type PoolName = 'log' | 'lists' | 'intake' | 'control-plane';

export interface PoolUse {
  readonly busy: number;
  readonly idle: number;
  readonly limit: number;
  /** Who waits for a connection. */
  readonly awaited: number;
}

/** The control plane's connections, the delivery log's and intake's. Nothing connects before the first use, and a lost connection is made anew. */
export class PostgresDatabase {
  readonly log: pg.Pool;
  readonly intake: pg.Pool;
  /** For lists that an index holds in their order; see IN_ORDER. */
  readonly lists: pg.Pool;
  private readonly source: DataSource;
  private connecting: Promise<DataSource> | undefined;
  private closed = false;

  constructor(
    readonly config: PostgresConfig,
    onConnectionError: (error: Error) => void = () => undefined,
  ) {
    const size = config.logPoolSize;
    this.log = openPool(config, { name: 'log', size, ...PATIENT }, onConnectionError);
    this.lists = openPool(config, { name: 'lists', size, ...PATIENT, settings: IN_ORDER }, onConnectionError);
    this.intake = openPool(config, INTAKE_POOL, onConnectionError);
    this.source = dataSource(config, onConnectionError);
  }

  /** @throws DatabaseUnavailableError while the database is out of reach */
  async query<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return reachable(async () => work((await this.connected()).manager));
  }

  /** @throws DatabaseUnavailableError while the database is out of reach */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return reachable(async () => (await this.connected()).transaction(work));
  }

  /** Rejects with what is wrong unless the database answers and is migrated. */
  async check(): Promise<void> {
    await this.query((manager) => manager.query('SELECT FROM outbox LIMIT 0'));
  }

  /** How a pool is used at this moment. */
  poolUse(name: PoolName): PoolUse {
    // The control plane's is made when it is first used.
    const pool =
      name === 'control-plane' ? ((this.source.driver as PostgresDriver).master as pg.Pool | undefined) : this[name];
    const { totalCount = 0, idleCount = 0, waitingCount = 0 } = pool ?? {};
    const limit = name === 'control-plane' ? this.config.poolSize : this[name].options.max;
    return { busy: totalCount - idleCount, idle: idleCount, limit, awaited: waitingCount };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.connecting?.catch(() => undefined);
    if (this.source.isInitialized) await this.source.destroy();
    await Promise.all([this.log.end(), this.lists.end(), this.intake.end()]);
  }

  private connected(): Promise<DataSource> {
    if (this.source.isInitialized) return Promise.resolve(this.source);
    this.connecting ??= this.source.initialize().finally(() => {
      this.connecting = undefined;
    });
    return this.connecting;
  }
}

export function dataSource(config: PostgresConfig, onConnectionError: (error: Error) => void): DataSource {
  const { connectionString: _, ssl: __, ...options } = connectionOptions(config, 'control plane');
  return new DataSource({
    type: 'postgres',
    url: config.url,
    ssl: config.tls,
    entities: [OrganisationEntity, ApiKeyEntity, ApplicationEntity, EndpointEntity, EventTypeEntity, OutboxEntity],
    migrations: [
      ControlPlane1795000000000,
      DeliveryLog1795000000001,
      ApplicationWeight1795000000010,
      EndpointEgress1795000000011,
      NotifyEmails1795000000012,
      EventTypeUsefulness1795000000013,
      ConversationOrder1795000000015,
      Intake1795000000021,
      EndpointAccess1795000000022,
      DeliveryLogLists1795000000023,
      Redeliveries1795000000024,
      DeadLetters1795000000025,
      Access1795000000020,
      Recoveries1795000000026,
      Explain1795000000027,
      Account1795000000028,
      EndpointFilters1795000000029,
      Transformations1795000000030,
      Sources1795000000031,
      PayloadValidation1795000000032,
      AttemptTransformation1795000000033,
      ApplicationQuota1795000000034,
      WaitingWork1795000000035,
    ],
    migrationsTableName: 'migrations',
    poolErrorHandler: (error: unknown) => {
      onConnectionError(error instanceof Error ? error : new Error(String(error)));
    },
    extra: {
      ...options,
      max: config.poolSize,
      statement_timeout: PATIENT.statementTimeoutMs,
      query_timeout: PATIENT.answerTimeoutMs,
    },
  });
}
