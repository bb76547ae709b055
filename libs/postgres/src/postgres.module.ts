import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Health, Log, Metrics } from '@signpost/observability';
import {
  AccountStore,
  ApplicationStore,
  AuditLog,
  ControlPublisher,
  DeadLetterIndex,
  DeadLetterIndexer,
  DeliveryAccountBooks,
  DeliveryAccountReader,
  DeliveryLogReader,
  DeliveryLogWriter,
  EndpointStore,
  EventIds,
  EventTypeStore,
  ExplainLog,
  IdempotencyKeys,
  LogExpunger,
  RecoveryStore,
  RejectedIndex,
  RejectedIndexer,
  RecoveryWork,
  RedeliveryStore,
  TransformationVersions,
  PortalTokenStore,
  WaitingWork,
} from '@signpost/ports';
import { CertificateEnds, perEnvironment } from '@signpost/runtime';
import { PostgresDeliveryAccountBooks } from './account/account-books.js';
import { PostgresDeliveryAccountReader } from './account/account-reader.js';
import { AccessKeeper } from './audit/access-keeper.js';
import { PostgresAuditLog } from './audit/audit-log.js';
import { loadPostgresConfig, type PostgresConfig } from './config.js';
import { PostgresAccountStore } from './control-plane/account.store.js';
import { PostgresApplicationStore } from './control-plane/application.store.js';
import { PostgresEndpointStore } from './control-plane/endpoint.store.js';
import { PostgresTransformationVersions } from './control-plane/transformation-versions.js';
import { PostgresPortalTokenStore } from './control-plane/portal-token.store.js';
import { PostgresEventTypeStore } from './control-plane/event-type.store.js';
import { PostgresDatabase } from './database.js';
import { PostgresDeliveryLogReader } from './delivery-log/delivery-log-reader.js';
import { PostgresDeliveryLogWriter } from './delivery-log/delivery-log-writer.js';
import { PostgresLogExpunger } from './delivery-log/log-expunger.js';
import { PartitionKeeper } from './delivery-log/partition-keeper.js';
import { PostgresExplainLog } from './explain/explain-log.js';
import { PostgresEventIds } from './intake/event-ids.store.js';
import { PostgresIdempotencyKeys } from './intake/idempotency-keys.store.js';
import { PostgresDeadLetterIndex } from './dead-letters/dead-letter-index.js';
import { PostgresDeadLetterIndexer } from './dead-letters/dead-letter-indexer.js';
import { DatabasePreparation } from './preparation.js';
import { PostgresRejectedIndex } from './rejected/rejected-index.js';
import { PostgresRejectedIndexer } from './rejected/rejected-indexer.js';
import { PostgresRecoveryStore } from './redelivery/recovery.store.js';
import { PostgresRecoveryWork } from './redelivery/recovery-work.store.js';
import { PostgresRedeliveryStore } from './redelivery/redelivery.store.js';
import { OutboxRelay } from './outbox/outbox-relay.js';
import { showPools } from './pool-readings.js';
import { PostgresWaitingWork } from './waiting/waiting-work.js';

@Module({})
class PostgresModule implements OnApplicationShutdown {
  constructor(
    @Inject(PostgresDatabase) private readonly database: PostgresDatabase,
    @Inject(ControlPublisher) private readonly publisher: ControlPublisher,
    @Inject(PartitionKeeper) private readonly keeper: PartitionKeeper,
    @Inject(AccessKeeper) private readonly accessKeeper: AccessKeeper,
    @Inject(DatabasePreparation) private readonly preparation: DatabasePreparation,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.preparation.stop();
    await Promise.all([this.publisher.stop(), this.keeper.stop(), this.accessKeeper.stop()]);
    await this.database.close();
  }
}

/** Everything that speaks to PostgreSQL, by its port. Nothing connects before it is used. One module for each environment. */
export const postgresModule = perEnvironment((env): DynamicModule => {
  const config = loadPostgresConfig(env);
  const providers = [
    ...ofTheDatabase(config),
    ...STORES,
    ...ofAccess(config),
    ...ofTheLog(config),
    ...ofIntake(config),
  ];
  return { module: PostgresModule, providers, exports: providers.map(({ provide }) => provide) };
});

const ofTheDatabase = (config: PostgresConfig) => [
  {
    provide: PostgresDatabase,
    inject: [Log, Metrics],
    useFactory: (log: Log, metrics: Metrics) => {
      const database = new PostgresDatabase(config, (error) => {
        log.warn('a database connection broke; it is made anew', { reason: error.message });
      });
      showPools(metrics, database);
      CertificateEnds.of(metrics).hold('database', 'own', config.certificate);
      return database;
    },
  },
  {
    provide: DatabasePreparation,
    inject: [Log, Health, PostgresDatabase],
    useFactory: (log: Log, health: Health, database: PostgresDatabase) =>
      new DatabasePreparation(database, log, health),
  },
  {
    provide: ControlPublisher,
    inject: [PostgresDatabase, Log],
    useFactory: (database: PostgresDatabase, log: Log) => new OutboxRelay(database, log),
  },
];

const STORES = [
  [ApplicationStore, PostgresApplicationStore] as const,
  [EndpointStore, PostgresEndpointStore] as const,
  [EventTypeStore, PostgresEventTypeStore] as const,
  [AccountStore, PostgresAccountStore] as const,
  [RedeliveryStore, PostgresRedeliveryStore] as const,
  [RecoveryStore, PostgresRecoveryStore] as const,
  [RecoveryWork, PostgresRecoveryWork] as const,
  [TransformationVersions, PostgresTransformationVersions] as const,
  [PortalTokenStore, PostgresPortalTokenStore] as const,
  [AuditLog, PostgresAuditLog] as const,
  [DeadLetterIndex, PostgresDeadLetterIndex] as const,
  [DeadLetterIndexer, PostgresDeadLetterIndexer] as const,
  [RejectedIndex, PostgresRejectedIndex] as const,
  [RejectedIndexer, PostgresRejectedIndexer] as const,
  [DeliveryAccountBooks, PostgresDeliveryAccountBooks] as const,
  [DeliveryAccountReader, PostgresDeliveryAccountReader] as const,
  [WaitingWork, PostgresWaitingWork] as const,
].map(([provide, Store]) => ({
  provide,
  inject: [PostgresDatabase],
  useFactory: (database: PostgresDatabase) => new Store(database),
}));

const ofAccess = (config: PostgresConfig) => [
  { provide: AccessKeeper, inject: [Log], useFactory: (log: Log) => new AccessKeeper(config, log) },
];

const ofTheLog = (config: PostgresConfig) => [
  {
    provide: PartitionKeeper,
    inject: [Log],
    useFactory: (log: Log) => new PartitionKeeper(config, log),
  },
  {
    provide: DeliveryLogWriter,
    inject: [PostgresDatabase],
    useFactory: (database: PostgresDatabase) => new PostgresDeliveryLogWriter(database.log, config.responseBodyBytes),
  },
  {
    provide: DeliveryLogReader,
    inject: [PostgresDatabase],
    useFactory: (database: PostgresDatabase) => new PostgresDeliveryLogReader(database.log, database.lists),
  },
  {
    provide: ExplainLog,
    inject: [PostgresDatabase],
    useFactory: (database: PostgresDatabase) => new PostgresExplainLog(database.log),
  },
  {
    provide: LogExpunger,
    inject: [PostgresDatabase],
    useFactory: (database: PostgresDatabase) => new PostgresLogExpunger(database.log),
  },
];

const ofIntake = (config: PostgresConfig) => [
  {
    provide: IdempotencyKeys,
    inject: [PostgresDatabase],
    useFactory: (database: PostgresDatabase) => new PostgresIdempotencyKeys(database.intake),
  },
  {
    provide: EventIds,
    inject: [PostgresDatabase],
    useFactory: (database: PostgresDatabase) => new PostgresEventIds(database.intake, config.eventIdWindowHours),
  },
];
