import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptFact, MessageRecord } from '@signpost/contracts';
import { newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import type { Recovery, RecoveryBatch, RecoveryLease, RecoveryPlan } from '@signpost/ports';
import {
  PostgresDatabase,
  PostgresDeliveryLogWriter,
  PostgresRecoveryStore,
  PostgresRecoveryWork,
  PostgresRedeliveryStore,
} from '@signpost/postgres';
import { query, until } from '@signpost/testing';
import { LEASE_MS, ORGANISATION, RecoveryStores } from './recovery-stores.js';

const LIMITS = { records: 10, bytes: 1_000_000, perDelivery: 20 };
const ALL = { limit: 100, order: 'ascending' } as const;

describe('the store of recoveries', () => {
  let stores: RecoveryStores;
  let database: PostgresDatabase;
  let recoveries: PostgresRecoveryStore;
  let work: PostgresRecoveryWork;
  let writer: PostgresDeliveryLogWriter;
  let application: ApplicationId;
  beforeAll(async () => {
    stores = await RecoveryStores.open();
    ({ database, recoveries, work, writer, application } = stores);
  });
  afterAll(() => database.close());

  const anEndpoint = () => stores.endpoint();
  const attemptOf: RecoveryStores['attempt'] = (...of) => stores.attempt(...of);

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
      messages.map((message) => ({
        ...attemptOf(message, endpointId),
        fate: 'dead-lettered',
        deadLetterReason: 'gone',
      })),
    );
    await asked({ selection: { applicationId: application, endpointId, since: new Date(atMs), until: new Date() } });
    return endpointId;
  }

  const asked = (plan: Pick<RecoveryPlan, 'selection'> & Partial<RecoveryPlan>) =>
    recoveries.create(newId('qtask', Date.now()), {
      organisationId: ORGANISATION,
      kind: 'redrive',
      by: { kind: 'signpost' },
      onlyWhileHealthy: false,
      ...plan,
    });

  async function claimed(leaseMs = LEASE_MS): Promise<RecoveryLease> {
    const claim = await work.claim(leaseMs);
    if (claim === undefined) throw new Error('nothing to claim');
    return claim.lease;
  }
  async function next(lease: RecoveryLease, limits = LIMITS): Promise<Extract<RecoveryBatch, { kind: 'batch' }>> {
    const batch = await work.next(lease, limits, LEASE_MS);
    if (batch.kind !== 'batch') throw new Error(`it is ${batch.kind}`);
    return batch;
  }

  async function of({ id }: RecoveryLease): Promise<Recovery> {
    const known = await recoveries.get(ORGANISATION, id);
    if (known === undefined) throw new Error('no such recovery');
    return known;
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
    await query(database.config.url, 'UPDATE recoveries SET held_until = now()');
    const second = await claimed();
    expect(await next(second)).toEqual(batch);
    expect(await work.next(first, LIMITS, LEASE_MS)).toEqual({ kind: 'lost' });
    await work.confirm(first, 10, 10);
    expect(await next(second)).toEqual(batch);
    await work.confirm(second, 10, 10);
    const rest = await next(second);
    expect(rest.redeliveries.map(({ sequence }) => sequence)).toEqual([11, 12, 13, 14, 15]);
    await work.confirm(second, rest.upTo, 5);
    expect(await work.next(second, LIMITS, LEASE_MS)).toEqual({ kind: 'finished' });
    await work.finish(second);
    expect(await work.claim(LEASE_MS)).toBeUndefined();
  });

  it('gives a task to one at a time, and to the next when the lease has run out', async () => {
    await aTask(1);
    const claims = await Promise.all([work.claim(300), work.claim(300), work.claim(300)]);
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    let again: RecoveryLease | undefined;
    await until(async () => (again = (await work.claim(LEASE_MS))?.lease) !== undefined, {
      timeoutMs: 10_000,
      what: 'the lease',
    });
    await work.release(again ?? { id: newId('qtask', 0), holder: '' });
    await work.finish(await claimed());
  });

  it('takes no more bytes at once than it may, and one that is larger alone', async () => {
    await aTask(4, Buffer.alloc(600, ' '));
    const lease = await claimed();
    const sizes: number[] = [];
    for (;;) {
      const batch = await work.next(lease, { ...LIMITS, bytes: sizes.length === 0 ? 1_300 : 100 }, LEASE_MS);
      if (batch.kind !== 'batch') break;
      sizes.push(batch.redeliveries.length);
      await work.confirm(lease, batch.upTo, batch.redeliveries.length);
    }
    expect(sizes).toEqual([2, 1, 1]);
    await work.finish(lease);
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
    const [task] = await query(database.config.url, `SELECT under_way::int FROM recoveries WHERE id = '${lease.id}'`);
    expect(task).toEqual({ under_way: 1 });
    await work.finish(lease);
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
    await work.confirm(lease, again.upTo, 1);
    expect(await work.next(lease, LIMITS, LEASE_MS)).toEqual({ kind: 'finished' });
    await work.finish(lease);
  });

  it('withdraws what an aborted recovery numbered and nobody handed over, so that others may', async () => {
    const endpointId = await aTask(3);
    const lease = await claimed();
    const { redeliveries } = await next(lease);
    expect(redeliveries).toHaveLength(3);
    await work.confirm(lease, 1, 1);
    const { organisationId, selection } = await of(lease);
    expect(await recoveries.command(organisationId, lease.id, 'abort')).toMatchObject({ step: { kind: 'to' } });
    expect(await work.next(lease, LIMITS, LEASE_MS)).toEqual({ kind: 'lost' });
    // Who had begun says so; then, or once it has died, the rest is free.
    await work.release(lease);
    expect(await work.claim(LEASE_MS)).toBeUndefined();
    const records = await recoveries.records(lease.id, ALL, {});
    expect(records.map(({ result }) => result)).toEqual(['handed-over', 'withdrawn', 'withdrawn']);
    await asked({ selection });
    const second = await claimed();
    const again = await next(second);
    expect(again.redeliveries.map(({ number }) => number)).toEqual([2, 2]);
    expect(await of(second)).toMatchObject({ skipped: { underWay: 1 } });
    expect(again.endpointId).toBe(endpointId);
    await work.confirm(second, again.upTo, 2);
    await work.finish(second);
  });

  it('hands nothing out while it is paused, and the same again when it goes on', async () => {
    await aTask(2);
    const lease = await claimed();
    const batch = await next(lease);
    const { organisationId } = await of(lease);
    await recoveries.command(organisationId, lease.id, 'pause');
    expect(await work.next(lease, LIMITS, LEASE_MS)).toEqual({ kind: 'lost' });
    await work.release(lease);
    expect(await work.claim(LEASE_MS)).toBeUndefined();
    await recoveries.command(organisationId, lease.id, 'resume');
    const second = await claimed();
    expect(await next(second)).toEqual(batch);
    await work.confirm(second, batch.upTo, 2);
    await work.finish(second);
  });

  it('confirms a part of a batch, and gives the rest again', async () => {
    await aTask(3);
    const lease = await claimed();
    const batch = await next(lease);
    await work.confirm(lease, 1, 1);
    await work.confirm(lease, 1, 1);
    const rest = await next(lease);
    expect(rest.redeliveries).toEqual(batch.redeliveries.slice(1));
    await work.confirm(lease, rest.upTo, 2);
    expect((await of(lease)).done).toBe(3);
    await work.finish(lease);
  });

  it('goes from endpoint to endpoint, past those that have nothing, in small steps where little fits', async () => {
    const [one, , three] = [await aTask(12), await anEndpoint(), await aTask(3)];
    for (const lease of [await claimed(), await claimed()]) await work.finish(lease);
    await query(
      database.config.url,
      `UPDATE deliveries SET event_type = 'rare' WHERE id IN (
         SELECT DISTINCT ON (endpoint_id) id FROM deliveries WHERE endpoint_id IN ('${one}', '${three}')
         ORDER BY endpoint_id, id DESC)`,
    );
    const selection = { eventTypes: ['rare'], since: new Date(0), until: new Date() };
    expect(await recoveries.preview({ organisationId: ORGANISATION, kind: 'redrive', selection })).toMatchObject({
      count: 2,
      histogram: expect.arrayContaining([{ endpointId: one, reason: 'gone', count: 1 }]),
      samples: [{ eventType: 'rare' }, { eventType: 'rare' }],
    });
    const { id } = await asked({ selection });
    const lease = await claimed();
    expect(lease.id).toBe(id);
    const met: EndpointId[] = [];
    for (;;) {
      const batch = await work.next(lease, LIMITS, LEASE_MS);
      if (batch.kind !== 'batch') break;
      met.push(...batch.redeliveries.map(({ endpointId }) => endpointId));
      await work.confirm(lease, batch.upTo, batch.redeliveries.length);
    }
    expect(met).toEqual([one, three].toSorted());
    await work.finish(lease);
  });

  it('counts each fate once, however often it is told', async () => {
    const endpointId = await aTask(2);
    const lease = await claimed();
    const { redeliveries, upTo } = await next(lease);
    await work.confirm(lease, upTo, 2);
    expect(await work.underWay(lease, 10)).toBe(2);
    const fate = (at: number, given: Partial<AttemptFact>): AttemptFact => {
      const { message } = redeliveries[at] ?? {};
      if (message === undefined) throw new Error('no such redelivery');
      return { ...attemptOf(message, endpointId), attempt: 2, redelivery: 1, trigger: 'manual', ...given };
    };
    await writer.write([], [fate(0, {}), fate(1, { fate: 'delivered', outcome: 'delivered' })]);
    expect(await work.underWay(lease, 10)).toBe(0);
    const dead = fate(0, { attempt: 3, fate: 'dead-lettered', deadLetterReason: 'gone' });
    for (let time = 0; time < 2; time += 1) await writer.write([], [fate(1, { fate: 'delivered' }), dead]);
    expect(await of(lease)).toMatchObject({ done: 2, delivered: 1, failedAgain: 1 });
    const records = await recoveries.records(lease.id, ALL, {});
    expect(records.map(({ result, why, redelivery }) => [result, why, redelivery])).toEqual([
      ['failed', 'dead-lettered', 1],
      ['delivered', undefined, 1],
    ]);
    expect(await recoveries.records(lease.id, ALL, { result: 'failed' })).toHaveLength(1);
    await work.finish(lease);
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
