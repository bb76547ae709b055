import type { AttemptFact, MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import {
  loadPostgresConfig,
  migrate,
  PostgresDatabase,
  PostgresDeliveryLogWriter,
  PostgresRecoveryStore,
  PostgresRecoveryWork,
} from '@signpost/postgres';
import { freshDatabase, query } from '@signpost/testing';

export const LEASE_MS = 60_000;
export const ORGANISATION = newId('org', 0);

/** A database of its own with one application, and what writes and reads recoveries in it. */
export class RecoveryStores {
  readonly application: ApplicationId = newId('app', 0);
  readonly recoveries: PostgresRecoveryStore;
  readonly work: PostgresRecoveryWork;

  private constructor(
    readonly database: PostgresDatabase,
    readonly writer: PostgresDeliveryLogWriter,
  ) {
    this.recoveries = new PostgresRecoveryStore(database);
    this.work = new PostgresRecoveryWork(database);
  }

  static async open(): Promise<RecoveryStores> {
    const config = loadPostgresConfig({ DATABASE_URL: await freshDatabase() });
    await migrate(config);
    const database = new PostgresDatabase(config);
    const writer = new PostgresDeliveryLogWriter(database.log, config.responseBodyBytes);
    const stores = new RecoveryStores(database, writer);
    await stores.sql(`INSERT INTO organisations (id, name, created_at) VALUES ('${ORGANISATION}', 'o', now())`);
    await stores.sql(`INSERT INTO applications (id, organisation_id, name, metadata, version, created_at, updated_at)
      VALUES ('${stores.application}', '${ORGANISATION}', 'a', '{}', 1, now(), now())`);
    return stores;
  }

  sql(text: string): ReturnType<typeof query> {
    return query(this.database.config.url, text);
  }

  async endpoint(): Promise<EndpointId> {
    const id = newId('ep', Date.now());
    await this
      .sql(`INSERT INTO endpoints (id, application_id, url, description, disabled, metadata, secrets, retry_schedule, version, created_at, updated_at)
      VALUES ('${id}', '${this.application}', 'https://example.com/', '', false, '{}', '{}', '[]', 7, now(), now())`);
    return id;
  }

  /** The first attempt of a message, failed, unless it is said otherwise. */
  attempt(
    { id, acceptedAtMs: atMs }: Pick<MessageRecord, 'id' | 'acceptedAtMs'>,
    endpointId: EndpointId,
    changes: Partial<AttemptFact> = {},
  ): AttemptFact {
    return {
      kind: 'attempt',
      deliveryId: deliveryIdOf(id, endpointId),
      messageId: id,
      applicationId: this.application,
      endpointId,
      eventType: 'a',
      atMs,
      attemptId: newId('atmpt', atMs),
      attempt: 1,
      url: '',
      outcome: 'failed',
      timing: { totalMs: 1 },
      trigger: 'scheduled',
      ...changes,
    };
  }
}
