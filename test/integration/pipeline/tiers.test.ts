import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readDelivery, readFact, TOPICS, type Delivery } from '@signpost/contracts';
import { newId, type Endpoint } from '@signpost/domain';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import type { RunningProcess } from '@signpost/runtime';
import { aDelivery, Scene, type KeptRecord } from './scene.js';

// Generous, since the machine may be busy; the bound that is promised is measured by the benchmark.
const SOON_MS = 3_000;

let scene: Scene;
let endpoint: Endpoint;
let scheduler: RunningProcess;

beforeAll(async () => {
  scene = await Scene.open();
  endpoint = await scene.endpoint(newId('app', 0));
  scheduler = await scene.start(retrySchedulerRole);
});
afterAll(async () => {
  await scene.close();
});

const waiting = (next: Delivery['wait'] = { next: [], dueAtMs: Date.now() }, of = endpoint): Delivery =>
  aDelivery(of, { attempt: 2, wait: next });

async function returned({ id }: Delivery): Promise<KeptRecord> {
  const records = await scene.keep(TOPICS.returning);
  const find = () => records.find(({ headers }) => readDelivery(headers).id === id);
  await scene.until(`the return of ${id}`, find);
  const found = find();
  if (found === undefined) throw new Error('unreachable');
  return found;
}

describe('the tiers', () => {
  it('hand a delivery back once its time is up, and not before', async () => {
    const deliveries = Array.from({ length: 200 }, () => waiting());
    await scene.keep(TOPICS.returning);
    const appended = await Promise.all(
      deliveries.map(async (delivery) => {
        const startedAt = Date.now();
        await scene.append(TOPICS.retry('1s'), delivery, '{ "n": 1.00 }');
        return { delivery, startedAt, ackedAt: Date.now() };
      }),
    );
    const tier = await scene.keep(TOPICS.retry('1s'));
    for (const { delivery, startedAt, ackedAt } of appended) {
      const record = await returned(delivery);
      const waited = tier.find(({ headers }) => readDelivery(headers).id === delivery.id);
      expect(record.timestampMs).toBeGreaterThanOrEqual((waited?.timestampMs ?? Infinity) + 1_000);
      expect(readDelivery(record.headers)).toEqual({ ...delivery, wait: undefined });
      expect(record.value?.toString()).toBe('{ "n": 1.00 }');
      expect(record.key?.toString()).toBe(endpoint.id);
      expect(record.timestampMs - startedAt).toBeGreaterThanOrEqual(1_000);
      expect(record.timestampMs - ackedAt).toBeLessThan(1_000 + SOON_MS);
    }
  });

  it('takes a wait through all of its tiers', async () => {
    const startedAt = Date.now();
    const delivery = waiting({ next: ['1s', '1s'], dueAtMs: startedAt + 3_000 });
    await scene.append(TOPICS.retry('1s'), delivery);
    const record = await returned(delivery);
    expect(record.timestampMs - startedAt).toBeGreaterThanOrEqual(3_000);
    const tier = await scene.keep(TOPICS.retry('1s'));
    const hops = () => tier.map(({ headers }) => readDelivery(headers)).filter(({ id }) => id === delivery.id);
    await scene.until('all hops', () => hops().length === 3);
    expect(hops().map(({ wait }) => wait)).toEqual([
      { next: ['1s', '1s'], dueAtMs: startedAt + 3_000 },
      { next: ['1s'], dueAtMs: startedAt + 3_000 },
      { next: [], dueAtMs: startedAt + 3_000 },
    ]);
  });

  it('hand back what is owed to a disabled endpoint: its lane parks it', async () => {
    const disabled = await scene.endpoint(newId('app', 0), { disabled: true });
    const delivery = waiting(undefined, disabled);
    await scene.append(TOPICS.retry('1s'), delivery);
    await returned(delivery);
  });

  it('cancel what is owed to a deleted endpoint', async () => {
    const deleted = await scene.endpoint(newId('app', 0));
    await scene.remove(deleted);
    const [unheard, known] = [waiting(undefined, { ...deleted, version: 9 }), waiting(undefined, deleted)];
    await scene.append(TOPICS.retry('1s'), unheard);
    await scene.append(TOPICS.retry('1s'), known);
    const journal = await scene.keep(TOPICS.journal);
    await scene.until('both fates', () => journal.length >= 2);
    const facts = journal.map(({ value }) => readFact(value));
    for (const { id, messageId } of [unheard, known]) {
      expect(facts).toContainEqual(
        expect.objectContaining({ kind: 'fate', fate: 'cancelled', deliveryId: id, messageId }),
      );
    }
  });

  it('set aside what cannot be read and go on', async () => {
    const value = Buffer.from('x');
    await scene.sink.append({ topic: TOPICS.retry('1s'), key: 'k', value, headers: { 'signpost-delivery': '{}' } });
    const [letter] = await scene.records(TOPICS.deadLetter, 1);
    expect(String(letter?.headers['signpost-dead-letter-reason'])).toBe('unreadable');
    expect(letter?.value).toEqual(value);
    const delivery = waiting();
    await scene.append(TOPICS.retry('1s'), delivery);
    await returned(delivery);
  });

  it('keep what waits through a restart, and hand it back once', async () => {
    const deliveries = Array.from({ length: 50 }, () => waiting());
    await Promise.all(deliveries.map((delivery) => scene.append(TOPICS.retry('5s'), delivery)));
    await scheduler.stop();
    scheduler = await scene.start(retrySchedulerRole);
    for (const delivery of deliveries) await returned(delivery);
    const ids = (await scene.keep(TOPICS.returning)).map(({ headers }) => readDelivery(headers).id);
    for (const { id } of deliveries) expect(ids.filter((one) => one === id)).toHaveLength(1);
  });
});
