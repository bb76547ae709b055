import { describe, expect, it } from '@jest/globals';
import { deliveryHeaders, encodeLane, readDelivery, TOPICS, type Delivery } from '@signpost/contracts';
import { deliveryIdOf, newId, type EndpointId, type ReleaseDemand } from '@signpost/domain';
import { Log, Metrics, NoTracing } from '@signpost/observability';
import { TopicFollower, type Following, type IncomingRecord } from '@signpost/ports';
import { aBatch, HeldSink, turn } from '@signpost/testing/held-sink';
import { DemandFollower } from './demand-follower.js';
import { Releases } from './releases.js';
import { WaitTraces } from '../wait-traces.js';

const applicationId = newId('app', 0);
const [one, two] = [newId('ep', 1), newId('ep', 2)];

class Lanes extends TopicFollower {
  private onRecord: (record: IncomingRecord, partition: number) => void = () => undefined;

  override follow(_topic: string, onRecord: (record: IncomingRecord, partition: number) => void): Promise<Following> {
    this.onRecord = onRecord;
    return Promise.resolve({ caughtUp: () => Promise.resolve(), stop: () => Promise.resolve() });
  }

  write(endpointId: EndpointId, demand: ReleaseDemand | undefined): void {
    const memory = { endpointId, applicationId, ...(demand === undefined ? {} : { demand }) };
    this.put(endpointId, encodeLane(memory));
  }

  put(key: string, value: Buffer | null): void {
    this.onRecord({ offset: 0, timestampMs: 0, key: Buffer.from(key), value, headers: {} }, 0);
  }
}

async function setup() {
  const sink = new HeldSink();
  const lanes = new Lanes();
  const log = Log.create('silent', 'test');
  const demands = new DemandFollower(lanes, log);
  await demands.start();
  const traces = new WaitTraces(new NoTracing(), sink);
  const releases = new Releases(sink, demands, new Metrics({ processMetrics: false }), log, traces);
  const sought: number[] = [];
  releases.seekBy((_partition, offset) => sought.push(offset));
  return { sink, lanes, releases, sought };
}

function parked(offset: number, endpointId: EndpointId): Partial<IncomingRecord> {
  const messageId = newId('msg', 1);
  const delivery: Delivery = {
    id: deliveryIdOf(messageId, endpointId),
    messageId,
    applicationId,
    endpointId,
    endpointVersion: 1,
    eventType: 'a',
    acceptedAtMs: 1,
    attempt: 3,
    wait: { next: [], dueAtMs: 1 },
  };
  return { offset, headers: deliveryHeaders(delivery), value: Buffer.from('{}') };
}

describe('Releases', () => {
  it('reads only while somebody asks: what it does not need holds the reader up', async () => {
    const { sink, lanes, releases, sought } = await setup();
    const { batch, done, lease } = aBatch(TOPICS.parked, [parked(0, one), parked(1, two), parked(2, one)]);
    await releases.assigned([lease]);
    await releases.take(batch);
    expect([sought, done, sink.held.length]).toEqual([[], [], 0]);

    lanes.write(one, { sequence: 1, fromOffset: 0, limit: 5 });
    expect(sought).toEqual([0]);
    const taken = releases.take(batch);
    await turn();
    expect([sink.of(TOPICS.returning).map(({ headers }) => readDelivery(headers).parkedOffset), done]).toEqual([
      [0, 2],
      [],
    ]);
    await sink.acknowledgeAll();
    await taken;
    expect(done).toEqual([0, 1, 2]);
    expect(sink.of(TOPICS.journal)).toHaveLength(2);
  });

  it('takes up with a partition the demands that its lanes made before', async () => {
    const { lanes, releases, sought } = await setup();
    lanes.write(one, { sequence: 4, fromOffset: 70, limit: 1 });
    lanes.write(two, { sequence: 9, fromOffset: 50, limit: 1 });
    lanes.put(two, null);
    lanes.put('ep_damaged', Buffer.from('{'));
    expect(sought).toEqual([]);
    await releases.assigned([aBatch(TOPICS.parked, []).lease]);
    expect(sought).toEqual([70]);
  });

  it('serves no partition that another owns', async () => {
    const { sink, lanes, releases } = await setup();
    const { batch, lease } = aBatch(TOPICS.parked, [parked(0, one)]);
    await releases.assigned([lease]);
    lanes.write(one, { sequence: 1, fromOffset: 0, limit: 5 });
    releases.revoked([lease]);
    await releases.take(batch);
    expect(sink.held).toHaveLength(0);
  });
});
