import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import type { RecoveryBatch, RecoveryLease, RecoverySelection } from '@signpost/ports';
import {
  PostgresDatabase,
  PostgresDeliveryLogWriter,
  PostgresRecoveryStore,
  PostgresRecoveryWork,
  PostgresRedeliveryStore,
} from '@signpost/postgres';
import { until } from '@signpost/testing';
import { LEASE_MS, ORGANISATION, RecoveryStores } from './recovery-stores.js';

const LIMITS = { records: 10, bytes: 1_000_000, perDelivery: 2 };
const DEAD = { fate: 'dead-lettered', deadLetterReason: 'gone' } as const;

describe('recoveries, and what else is done with their records meanwhile', () => {
  let stores: RecoveryStores;
  let application: ApplicationId;
  let database: PostgresDatabase;
  let work: PostgresRecoveryWork;
  let writer: PostgresDeliveryLogWriter;
  let resends: PostgresRedeliveryStore;
  let endpointId: EndpointId;
  let message: MessageRecord;

  const sql = (text: string) => stores.sql(text);

  beforeAll(async () => {
    stores = await RecoveryStores.open();
    ({ database, work, writer, application } = stores);
    resends = new PostgresRedeliveryStore(database);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    endpointId = await anEndpoint();
    message = await aDeadLetter(endpointId);
  });

  const anEndpoint = () => stores.endpoint();
  const attempt: RecoveryStores['attempt'] = (...of) => stores.attempt(...of);

  async function aDeadLetter(of: EndpointId): Promise<MessageRecord> {
    const acceptedAtMs = Date.now() - 60_000;
    const payload = Buffer.from('{}');
    const made = { id: newId('msg', acceptedAtMs), applicationId: application, eventType: 'a', acceptedAtMs, payload };
    await writer.write([made], [attempt(made, of, DEAD)]);
    return made;
  }

  async function begun(selection: Partial<RecoverySelection> = { endpointId }): Promise<RecoveryLease> {
    const { id } = await stores.recoveries.create(newId('qtask', Date.now()), {
      organisationId: ORGANISATION,
      kind: 'redrive',
      by: { kind: 'signpost' },
      onlyWhileHealthy: false,
      selection: { since: new Date(0), until: new Date(), ...selection },
    });
    const claim = await work.claim(LEASE_MS);
    if (claim?.lease.id !== id) throw new Error('another recovery is under way');
    return claim.lease;
  }

  async function batchOf(lease: RecoveryLease): Promise<Extract<RecoveryBatch, { kind: 'batch' }>> {
    const batch = await work.next(lease, LIMITS, LEASE_MS);
    if (batch.kind !== 'batch') throw new Error(`it is ${batch.kind}`);
    return batch;
  }

  /** What a recovery of the endpoint would hand over now; it ends with that. */
  async function handedOver() {
    const lease = await begun();
    const step = await work.next(lease, LIMITS, LEASE_MS);
    const { redeliveries, upTo } = step.kind === 'batch' ? step : { redeliveries: [], upTo: 0 };
    await work.confirm(lease, upTo, redeliveries.length);
    await work.finish(lease);
    return redeliveries.map(({ number, takesOver }) => ({ number, takesOver }));
  }

  const aMinutePasses = () => sql("UPDATE redeliveries SET asked_at = asked_at - interval '61 seconds'");

  async function asked() {
    const redelivery = (await resends.ask(message.id, endpointId))?.redelivery;
    if (redelivery === undefined) throw new Error('its payload is gone');
    return redelivery;
  }

  it('a resend whose asker died before handing it over is in their way no longer than that takes', async () => {
    await asked();
    expect(await handedOver()).toEqual([]);
    await aMinutePasses();
    // Nobody knows for sure: the new one takes the place of what may have gone.
    expect(await handedOver()).toEqual([{ number: 2, takesOver: true }]);
    await aMinutePasses();
    expect(await handedOver()).toEqual([]);
  });

  it('a resend that was handed over is in their way until it has its fate, however long that takes', async () => {
    await resends.handedOver(await asked());
    await aMinutePasses();
    expect(await handedOver()).toEqual([]);
    const given = { attempt: 2, redelivery: 1, trigger: 'manual' } as const;
    await writer.write([], [attempt(message, endpointId, given)]);
    expect(await handedOver()).toEqual([]);
    await writer.write([], [attempt(message, endpointId, { ...given, attempt: 3, ...DEAD })]);
    expect(await handedOver()).toEqual([{ number: 2, takesOver: false }]);
  });

  it('a resend of which nobody could note the hand-over is known by its first attempt', async () => {
    const redelivery = await asked();
    await writer.write([], [attempt(message, endpointId, { attempt: 2, redelivery: 1, trigger: 'manual' })]);
    await resends.handedOver(redelivery);
    await aMinutePasses();
    expect(await sql(`SELECT result FROM redeliveries WHERE delivery_id = '${redelivery.deliveryId}'`)).toEqual([
      { result: 'retrying' },
    ]);
    expect(await handedOver()).toEqual([]);
  });

  it('what was withdrawn counts as no time that it was sent, and gives its place to what comes after it', async () => {
    const store = new PostgresRecoveryStore(database);
    for (let number = 1; number <= LIMITS.perDelivery + 1; number += 1) {
      const lease = await begun();
      const { redeliveries } = await batchOf(lease);
      expect(redeliveries).toMatchObject([{ number, takesOver: number > 1 }]);
      // Whoever works on it dies, and it is aborted.
      await store.command(ORGANISATION, lease.id, 'abort');
      await work.release(lease);
      expect(await work.claim(LEASE_MS)).toBeUndefined();
    }
    expect(await handedOver()).toEqual([{ number: LIMITS.perDelivery + 2, takesOver: true }]);
  });

  const somebodyWaits = () =>
    until(
      async () => {
        const waiting = "datname = current_database() AND wait_event_type = 'Lock'";
        return (await sql(`SELECT FROM pg_stat_activity WHERE ${waiting}`)).length > 0;
      },
      { timeoutMs: 10_000, everyMs: 5, what: 'the step to wait' },
    );

  /** Does that while `next` is in the middle of a step: after it has looked for records, before it knows what else is known of them. */
  async function inTheMiddleOf(lease: RecoveryLease, change: string) {
    const other = await database.log.connect();
    try {
      await other.query('BEGIN');
      await other.query('LOCK TABLE redeliveries IN ACCESS EXCLUSIVE MODE');
      const step = work.next(lease, LIMITS, LEASE_MS);
      await somebodyWaits();
      await other.query(change);
      await other.query('COMMIT');
      return await step;
    } finally {
      other.release();
    }
  }

  it('what another has delivered since it was found is not sent once more', async () => {
    const lease = await begun();
    const id = deliveryIdOf(message.id, endpointId);
    const step = await inTheMiddleOf(
      lease,
      `INSERT INTO redeliveries (delivery_id, message_id, endpoint_id, number, attempts_before, result, settled_at)
         VALUES ('${id}', '${message.id}', '${endpointId}', 1, 1, 'delivered', now());
       UPDATE deliveries SET state = 'delivered' WHERE id = '${id}'`,
    );
    expect(step).toMatchObject({ kind: 'batch', redeliveries: [], upTo: 1 });
    await work.finish(lease);
  });

  it('two that number the same in different orders do not stop each other', async () => {
    const messages = [message, await aDeadLetter(endpointId)];
    const rows = messages
      .map(({ id }) => `'${deliveryIdOf(id, endpointId)}', '${id}', '${endpointId}', 1, 1`)
      .toSorted();
    const lease = await begun();
    const other = await database.log.connect();
    const number = (row: string | undefined) =>
      other.query(
        `INSERT INTO redeliveries (delivery_id, message_id, endpoint_id, number, attempts_before) VALUES (${String(row)})`,
      );
    try {
      await other.query('BEGIN');
      await number(rows[1]);
      const step = work.next(lease, LIMITS, LEASE_MS);
      await somebodyWaits();
      await number(rows[0]);
      await other.query('COMMIT');
      expect(await step).toMatchObject({ kind: 'batch', redeliveries: [], upTo: 2 });
    } finally {
      other.release();
    }
    await work.finish(lease);
  });

  it('an endpoint that is deleted in the middle of a step does not end a recovery over others too', async () => {
    const later = await anEndpoint();
    await aDeadLetter(later);
    const eventTypes = ['a'];
    await sql(`UPDATE deliveries SET state = 'delivered' WHERE endpoint_id NOT IN ('${endpointId}', '${later}')`);
    const lease = await begun({ eventTypes });
    const [first, second] = [endpointId, later].toSorted();
    const step = await inTheMiddleOf(lease, `UPDATE endpoints SET deleted_at = now() WHERE id = '${String(first)}'`);
    expect(step).toMatchObject({ kind: 'batch', redeliveries: [] });
    if (step.kind === 'batch') await work.confirm(lease, step.upTo, 0);
    expect((await batchOf(lease)).redeliveries).toMatchObject([{ endpointId: second }]);
    await work.finish(lease);
  });
});
