import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { deliveryHeaders, TOPICS, type Delivery } from '@signpost/contracts';
import { ControlView, deliveryIdOf, newId, type Endpoint, type Tier } from '@signpost/domain';
import { Log, Metrics, NoTracing } from '@signpost/observability';
import { aBatch, HeldSink } from '@signpost/testing/held-sink';
import { Tiers } from './tiers.js';
import { WaitTraces } from '../wait-traces.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const endpoint: Endpoint = {
  id: newId('ep', 0),
  applicationId: newId('app', 0),
  version: 1,
  url: 'https://example.com/',
  disabled: false,
  secrets: [],
  retrySchedule: [],
};

beforeEach(() => {
  jest.useFakeTimers({ now: NOW, doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

function waiting(next: readonly Tier[] = []): { headers: ReturnType<typeof deliveryHeaders>; value: Buffer } {
  const messageId = newId('msg', NOW);
  const { id: endpointId, applicationId } = endpoint;
  const delivery: Delivery = {
    id: deliveryIdOf(messageId, endpointId),
    messageId,
    applicationId,
    endpointId,
    endpointVersion: 1,
    eventType: 'a',
    acceptedAtMs: NOW,
    attempt: 2,
    wait: { next, dueAtMs: NOW },
  };
  return { headers: deliveryHeaders(delivery), value: Buffer.from('{}') };
}

function setup() {
  const view = new ControlView();
  view.apply({ kind: 'endpoint', id: endpoint.id, version: 1, state: endpoint });
  const sink = new HeldSink();
  const fatal: Error[] = [];
  const tiers = new Tiers({
    sink,
    view,
    refreshView: () => Promise.resolve(),
    metrics: new Metrics({ processMetrics: false }),
    log: Log.create('silent', 'test'),
    onFatal: (error) => fatal.push(error),
    traces: new WaitTraces(new NoTracing(), sink),
  });
  const take = (tier: Tier, records: Parameters<typeof aBatch>[1]) => {
    const given = aBatch(TOPICS.retry(tier), records);
    void tiers.take(given.batch);
    return given;
  };
  return { sink, tiers, take, fatal };
}

describe('Tiers', () => {
  it('hands each delivery on at its time, never before, whatever waits in other tiers', async () => {
    const { sink, take } = setup();
    take('10s', [{ ...waiting(), timestampMs: NOW }]);
    take('1s', [
      { ...waiting(), timestampMs: NOW - 300 },
      { ...waiting(), timestampMs: NOW },
    ]);
    const counts: number[] = [];
    for (const atMs of [699, 700, 999, 1_000, 9_999, 10_000]) {
      await jest.advanceTimersByTimeAsync(NOW + atMs - Date.now());
      counts.push(sink.of(TOPICS.returning).length);
    }
    expect(counts).toEqual([0, 1, 1, 2, 2, 3]);
  });

  it('has a delivery done once what follows is durable', async () => {
    const { sink, take } = setup();
    const { done } = take('1s', [waiting(), waiting(['5s'])]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect([sink.held.map(({ record }) => record.topic), done]).toEqual([[TOPICS.returning, TOPICS.retry('5s')], []]);
    sink.held[1]?.acknowledge();
    await jest.advanceTimersByTimeAsync(0);
    expect(done).toEqual([1]);
  });

  it('hands on what is overdue at once', async () => {
    const { sink, take } = setup();
    take('24h', [{ ...waiting(), timestampMs: NOW - 90_000_000 }]);
    await jest.advanceTimersByTimeAsync(0);
    expect(sink.held).toHaveLength(1);
  });

  it('keeps of what was fetched only what waits', async () => {
    const { sink, take } = setup();
    const fetched = Buffer.alloc(1_048_576, 'x');
    take('1s', [{ ...waiting(), value: fetched.subarray(10, 20) }]);
    await jest.advanceTimersByTimeAsync(1_000);
    const [record] = sink.of(TOPICS.returning);
    expect(record?.value?.toString()).toBe('xxxxxxxxxx');
    expect(record?.value?.buffer.byteLength).toBeLessThan(100_000);
  });

  it('leaves what another owns now to its owner, and goes on with the rest', async () => {
    const { sink, tiers, take } = setup();
    const lost = take('1s', [waiting()]);
    const forgotten = take('1s', [waiting()]);
    take('5s', [waiting()]);
    lost.lease.lost = true;
    tiers.revoked([forgotten.lease]);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(sink.held).toHaveLength(1);
  });

  it('hands nothing on once the process stops, and takes no refusal of the sink for a bug then', async () => {
    const { sink, tiers, take, fatal } = setup();
    take('1s', [waiting()]);
    take('5s', [waiting()]);
    await jest.advanceTimersByTimeAsync(1_000);
    tiers.onModuleDestroy();
    sink.held[0]?.refuse(new Error('closed'));
    await jest.advanceTimersByTimeAsync(10_000);
    expect([sink.held.length, fatal]).toEqual([1, []]);
  });

  it('says so when what follows can never be written', async () => {
    const { sink, take, fatal } = setup();
    take('1s', [waiting()]);
    await jest.advanceTimersByTimeAsync(1_000);
    sink.held[0]?.refuse(new Error('too large'));
    await jest.advanceTimersByTimeAsync(0);
    expect(fatal).toHaveLength(1);
  });
});
