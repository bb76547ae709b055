import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptFact, MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import type { RecoveryBatch, TaskLease } from '@signpost/ports';
import {
  loadPostgresConfig,
  migrate,
  PostgresBackgroundTaskStore,
  PostgresDatabase,
  PostgresDeliveryLogWriter,
  PostgresRecoveryStore,
  PostgresRedeliveryStore,
} from '@signpost/postgres';
import { freshDatabase, query, until } from '@signpost/testing';

const LIMITS = { records: 10, bytes: 1_000_000, perDelivery: 20 };
const LEASE_MS = 60_000;

describe('the store of recoveries', () => {
  let database: PostgresDatabase;
  let tasks: PostgresBackgroundTaskStore;
  let store: PostgresRecoveryStore;
  let writer: PostgresDeliveryLogWriter;
  const application: ApplicationId = newId('app', 0);
  beforeAll(async () => {
    const config = loadPostgresConfig({ DATABASE_URL: await freshDatabase() });
    await migrate(config);
    database = new PostgresDatabase(config);
    tasks = new PostgresBackgroundTaskStore(database);
    store = new PostgresRecoveryStore(database);
    writer = new PostgresDeliveryLogWriter(database.log, config.responseBodyBytes);
    await query(config.url, `INSERT INTO organisations (id, name, created_at) VALUES ('org_1', 'o', now())`);
    await query(
      config.url,
      `INSERT INTO applications (id, organisation_id, name, metadata, version, created_at, updated_at)
       VALUES ('${application}', 'org_1', 'a', '{}', 1, now(), now())`,
    );
  });
  afterAll(() => database.close());

  async function anEndpoint(): Promise<EndpointId> {
    const id = newId('ep', Date.now());
    await query(
      database.config.url,
      `INSERT INTO endpoints (id, application_id, url, description, disabled, metadata, secrets, retry_schedule, version, created_at, updated_at)
       VALUES ('${id}', '${application}', 'https://example.com/', '', false, '{}', '{}', '[]', 7, now(), now())`,
    );
    return id;
  }

  async function aTask(count: number, payload = Buffer.from('{}')): Promise<EndpointId> {
    const endpointId = await anEndpoint();
    const atMs = Date.now() - 60_000;
    const messages = Array.from({ length: count }, (_, at): MessageRecord => ({
      id: newId('msg', atMs + at),
      applicationId: application,
      eventType: 'a',
      acceptedAtMs: atMs + at,
      payload,
    }));
    await writer.write(
      messages,
      messages.map((message): AttemptFact => ({
        kind: 'attempt',
        deliveryId: deliveryIdOf(message.id, endpointId),
        messageId: message.id,
        applicationId: application,
        endpointId,
        eventType: 'a',
        atMs,
        attemptId: newId('atmpt', atMs),
        attempt: 1,
        url: '',
        outcome: 'failed',
        timing: { totalMs: 1 },
        trigger: 'scheduled',
        fate: 'dead-lettered',
        deadLetterReason: 'gone',
      })),
    );
    await tasks.create({
      organisationId: newId('org', 0),
      applicationId: application,
      endpointId,
      since: new Date(atMs),
      until: new Date(),
    });
    return endpointId;
  }

  async function claimed(leaseMs = LEASE_MS): Promise<TaskLease> {
    const lease = await store.claim(leaseMs);
    if (lease === undefined) throw new Error('nothing to claim');
    return lease;
  }
  async function next(lease: TaskLease, limits = LIMITS): Promise<Extract<RecoveryBatch, { kind: 'batch' }>> {
    const batch = await store.next(lease, limits, LEASE_MS);
    if (batch.kind !== 'batch') throw new Error(`it is ${batch.kind}`);
    return batch;
  }

  it('gives the same batch again until it is confirmed, to whoever holds the lease', async () => {
    await aTask(15);
    const first = await claimed(1);
    const batch = await next(first);
    expect(batch).toMatchObject({ upTo: 10, endpointVersion: 7 });
    expect(batch.redeliveries.map(({ sequence, number }) => [sequence, number])).toEqual(
      Array.from({ length: 10 }, (_, at) => [at + 1, 1]),
    );
    expect(await next(first)).toEqual(batch);
    // It dies; another goes on.
    await query(database.config.url, 'UPDATE background_tasks SET held_until = now()');
    const second = await claimed();
    expect(await next(second)).toEqual(batch);
    expect(await store.next(first, LIMITS, LEASE_MS)).toEqual({ kind: 'lost' });
    await store.confirm(first, 10);
    expect(await next(second)).toEqual(batch);
    await store.confirm(second, 10);
    const rest = await next(second);
    expect(rest.redeliveries.map(({ sequence }) => sequence)).toEqual([11, 12, 13, 14, 15]);
    await store.confirm(second, rest.upTo);
    expect(await store.next(second, LIMITS, LEASE_MS)).toEqual({ kind: 'finished' });
    await store.finish(second);
    expect(await store.claim(LEASE_MS)).toBeUndefined();
  });

  it('gives a task to one at a time, and to the next when the lease has run out', async () => {
    await aTask(1);
    const claims = await Promise.all([store.claim(300), store.claim(300), store.claim(300)]);
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    let again: TaskLease | undefined;
    await until(async () => (again = await store.claim(LEASE_MS)) !== undefined, {
      timeoutMs: 10_000,
      what: 'the lease',
    });
    await store.release(again ?? { id: newId('qtask', 0), holder: '' });
    await store.finish(await claimed());
  });

  it('takes no more bytes at once than it may, and one that is larger alone', async () => {
    await aTask(4, Buffer.alloc(600, ' '));
    const lease = await claimed();
    const sizes: number[] = [];
    for (;;) {
      const batch = await store.next(lease, { ...LIMITS, bytes: sizes.length === 0 ? 1_300 : 100 }, LEASE_MS);
      if (batch.kind !== 'batch') break;
      sizes.push(batch.redeliveries.length);
      await store.confirm(lease, batch.upTo);
    }
    expect(sizes).toEqual([2, 1, 1]);
    await store.finish(lease);
  });

  it('leaves out what somebody else has asked for and has not ended', async () => {
    const endpointId = await aTask(3);
    const rows = await query(
      database.config.url,
      `SELECT message_id FROM deliveries WHERE endpoint_id = '${endpointId}' ORDER BY id LIMIT 1`,
    );
    const asked = await new PostgresRedeliveryStore(database).ask(rows[0]?.['message_id'] as never, endpointId);
    expect(asked).toMatchObject({ isOpen: false, redelivery: { number: 1, attemptsBefore: 1 } });
    const lease = await claimed();
    expect((await next(lease)).redeliveries).toHaveLength(2);
    const [task] = await query(
      database.config.url,
      `SELECT under_way::int FROM background_tasks WHERE id = '${lease.id}'`,
    );
    expect(task).toEqual({ under_way: 1 });
    await store.finish(lease);
  });

  it('goes on past what lost its payload after it was numbered', async () => {
    await aTask(2);
    const lease = await claimed();
    const batch = await next(lease);
    await query(
      database.config.url,
      `UPDATE messages SET payload = NULL WHERE id = '${String(batch.redeliveries[1]?.message.id)}'`,
    );
    const again = await next(lease);
    expect([again.redeliveries.length, again.upTo]).toEqual([1, 2]);
    await store.confirm(lease, again.upTo);
    expect(await store.next(lease, LIMITS, LEASE_MS)).toEqual({ kind: 'finished' });
    await store.finish(lease);
  });

  it('finds the dead letters of an endpoint by their index', async () => {
    const endpointId = await aTask(1);
    const plan = await query(
      database.config.url,
      `EXPLAIN SELECT id FROM deliveries WHERE endpoint_id = '${endpointId}' AND id > 'dlv_0' AND state = 'dead-lettered' ORDER BY id LIMIT 100`,
    );
    expect(JSON.stringify(plan)).toMatch(/Index.* Scan using deliveries\w*_endpoint_id_id_idx/);
  });
});
