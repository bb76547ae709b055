import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeLane, readDelivery, TOPICS, type Delivery } from '@signpost/contracts';
import { newId, type Endpoint, type ReleaseDemand } from '@signpost/domain';
import type { Position } from '@signpost/ports';
import { retrySchedulerRole } from '@signpost/retry-scheduler';
import { aDelivery, Scene } from './scene.js';

let scene: Scene;

beforeAll(async () => {
  // One partition: all endpoints lie in each other's way.
  scene = await Scene.open({ KAFKA_PARTITIONS: '1' });
  await scene.start(retrySchedulerRole);
});
afterAll(async () => {
  await scene.close();
});

interface Parked {
  readonly delivery: Delivery;
  readonly position: Position;
}

const parkFor = (endpoint: Endpoint, count: number): Promise<readonly Parked[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const delivery = aDelivery(endpoint, { wait: { next: [], dueAtMs: 1 } });
      return { delivery, position: await scene.append(TOPICS.parked, delivery, '{ "n": 1.00 }') };
    }),
  );

async function ask({ id, applicationId }: Endpoint, demand: ReleaseDemand | undefined): Promise<void> {
  const memory = { endpointId: id, applicationId, ...(demand === undefined ? {} : { demand }) };
  await scene.sink.append({ topic: TOPICS.lanes, key: id, value: encodeLane(memory) });
}

/** What came back to the endpoint's lane, in order. */
async function back({ id }: Endpoint): Promise<readonly Delivery[]> {
  const records = await scene.keep(TOPICS.returning);
  return records.map(({ headers }) => readDelivery(headers)).filter(({ endpointId }) => endpointId === id);
}

/** Parks one for it, asks, and waits for it to be back. */
async function released(endpoint: Endpoint): Promise<void> {
  await parkFor(endpoint, 1);
  await ask(endpoint, { sequence: 1, fromOffset: 0, limit: 1 });
  await scene.until('its release', async () => (await back(endpoint)).length === 1);
}

describe('parked deliveries', () => {
  it('come back when their lane asks: as many as it asked for, oldest first, and no others', async () => {
    const [one, two] = await Promise.all([scene.endpoint(newId('app', 0)), scene.endpoint(newId('app', 0))]);
    const parked = [...(await parkFor(one, 30)), ...(await parkFor(two, 30)), ...(await parkFor(one, 30))];
    const ofOne = parked.filter(({ delivery }) => delivery.endpointId === one.id);
    await ask(one, { sequence: 1, fromOffset: 0, limit: 40 });
    await scene.until('40 releases', async () => (await back(one)).length >= 40);
    const expected = ofOne
      .slice(0, 40)
      .map(({ delivery: { wait: _, ...rest }, position }) => ({ ...rest, parkedOffset: position.offset, demand: 1 }));
    expect(await back(one)).toEqual(expected);

    await ask(one, { sequence: 1, fromOffset: 0, limit: 40 });
    await ask(one, { sequence: 2, fromOffset: (ofOne[39]?.position.offset ?? 0) + 1, limit: 100 });
    await scene.until('the rest', async () => (await back(one)).length >= 60);
    expect((await back(one)).map(({ id }) => id)).toEqual(ofOne.map(({ delivery }) => delivery.id));
    expect(await back(two)).toEqual([]);

    await ask(two, { sequence: 1, fromOffset: 0, limit: 5 });
    await scene.until('the other’s', async () => (await back(two)).length >= 5);
    const [record] = await scene.keep(TOPICS.returning);
    expect(record?.value?.toString()).toBe('{ "n": 1.00 }');
    const facts = (await scene.facts(65)).filter(({ kind }) => kind === 'released');
    expect(facts).toHaveLength(65);
  });

  it('that are parked after the demand still count towards it, until the lane withdraws it', async () => {
    const endpoint = await scene.endpoint(newId('app', 0));
    await parkFor(endpoint, 1);
    await ask(endpoint, { sequence: 1, fromOffset: 0, limit: 2 });
    await scene.until('the first', async () => (await back(endpoint)).length === 1);
    await parkFor(endpoint, 2);
    await scene.until('the second', async () => (await back(endpoint)).length === 2);
    const other = await scene.endpoint(newId('app', 0));
    await ask(other, { sequence: 1, fromOffset: 0, limit: 1 });
    await ask(other, { sequence: 2, fromOffset: 0, limit: 0 });
    // What lanes remember and what is parked are read apart: once what was asked for later is back, the withdrawal is known.
    await released(await scene.endpoint(newId('app', 0)));
    await parkFor(other, 1);
    await released(await scene.endpoint(newId('app', 0)));
    expect([(await back(endpoint)).length, (await back(other)).length]).toEqual([2, 0]);
  });

  it('are not held up by one that cannot be read', async () => {
    const endpoint = await scene.endpoint(newId('app', 0));
    const { offset } = await scene.sink.append({ topic: TOPICS.parked, key: 'k', value: null });
    await parkFor(endpoint, 1);
    await ask(endpoint, { sequence: 1, fromOffset: offset, limit: 1 });
    await scene.until('its release', async () => (await back(endpoint)).length === 1);
  });

  it('come back through another scheduler when the first has gone', async () => {
    const endpoint = await scene.endpoint(newId('app', 0));
    const parked = await parkFor(endpoint, 1_500);
    const processes = [await scene.start(retrySchedulerRole), await scene.start(retrySchedulerRole)];
    await processes[0]?.stop();
    await ask(endpoint, { sequence: 1, fromOffset: parked[0]?.position.offset ?? 0, limit: 1_500 });
    await scene.until('all of them', async () => new Set((await back(endpoint)).map(({ id }) => id)).size === 1_500);
  });
});
