import { afterEach, describe, expect, it } from '@jest/globals';
import { quotaRecord, readQuotaReport, TOPICS, type MessageRecord, type TopicName } from '@signpost/contracts';
import { ControlView, newId, uidKey, type Application, type Endpoint, type EventType } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import { TopicFollower, type Following, type IncomingRecord } from '@signpost/ports';
import { HeldSink, turn } from '@signpost/testing/held-sink';
import { IntakeQuotas } from './intake-quotas.js';

const application: Application = {
  id: newId('app', 0),
  organisationId: newId('org', 0),
  version: 1,
  name: 'a',
  intakeQuota: 10,
};
const aMessage = (more: Partial<MessageRecord> = {}): MessageRecord => ({
  id: newId('msg', 1),
  applicationId: application.id,
  eventType: 'a',
  acceptedAtMs: 1,
  payload: Buffer.from('{}'),
  ...more,
});

/** A topic that says what it is told to. */
class Follower extends TopicFollower {
  follows = 0;
  failures = 0;
  private onRecord: (record: IncomingRecord, partition: number) => void = () => undefined;

  constructor(private readonly held: readonly IncomingRecord[]) {
    super();
  }

  override async follow(
    topic: TopicName,
    onRecord: (record: IncomingRecord, partition: number) => void,
  ): Promise<Following> {
    expect(topic).toBe(TOPICS.quotas);
    if (this.failures-- > 0) throw new Error('no broker answers');
    this.follows += 1;
    this.onRecord = onRecord;
    for (const record of this.held) onRecord(record, 0);
    return { caughtUp: () => Promise.resolve(), stop: () => Promise.resolve() };
  }

  say(rate: number, process = 'other'): void {
    this.onRecord(aReport(rate, process), 0);
  }
}

function aReport(rate: number, process = 'other'): IncomingRecord {
  const { key, value } = quotaRecord({ process, rates: new Map([[application.id, rate]]) });
  return { offset: 0, timestampMs: 0, key: Buffer.from(key), value, headers: {} };
}

const open: IntakeQuotas[] = [];
afterEach(() => {
  for (const quotas of open.splice(0)) quotas.beforeApplicationShutdown();
});

function setup({ quota, held = [] }: { readonly quota?: number; readonly held?: readonly IncomingRecord[] } = {}) {
  const view = new ControlView();
  const sink = new HeldSink();
  const follower = new Follower(held);
  const clock = { ms: 1_000 };
  const quotas = new IntakeQuotas({
    sink,
    follower,
    view,
    config: { applicationQuota: quota },
    metrics: new Metrics({ processMetrics: false }),
    log: Log.create('silent', 'test'),
    now: () => clock.ms,
  });
  open.push(quotas);
  /** So many messages, and how many of them went each way. */
  const send = (count: number, message = aMessage(), of: Application = application): readonly [number, number] => {
    const ways = Array.from({ length: count }, () => quotas.wayOf(of, message, 'http'));
    const fast = ways.filter((way) => way === TOPICS.messages).length;
    return [fast, count - fast];
  };
  const later = (ms: number): void => {
    clock.ms += ms;
    quotas.roll();
  };
  return { view, sink, follower, quotas, send, later };
}

describe('IntakeQuotas', () => {
  it('lets an application without a quota be, and reads nothing for it', () => {
    const { send, follower, sink } = setup();
    const { intakeQuota: _, ...free } = application;
    expect(send(1_000, aMessage(), free)).toEqual([1_000, 0]);
    expect([follower.follows, sink.held.length]).toEqual([0, 0]);
  });

  it('sends what is above the quota the slow way: the application’s own, or else that of all', () => {
    expect(setup({ quota: 50 }).send(100)).toEqual([10, 90]);
    const { intakeQuota: _, ...free } = application;
    expect(setup({ quota: 50 }).send(100, aMessage(), free)).toEqual([50, 50]);
  });

  it('counts applications apart', () => {
    const { send } = setup();
    send(100);
    expect(send(10, aMessage(), { ...application, id: newId('app', 0) })).toEqual([10, 0]);
  });

  it('tells the others its rate, one report at a time, and when it has nothing more to tell', async () => {
    const { send, later, sink } = setup();
    send(100);
    later(500);
    later(500);
    const told = () =>
      sink.of(TOPICS.quotas).map(({ key, value }) => readQuotaReport({ key: Buffer.from(key), value }).rates);
    expect(told()).toEqual([new Map([[application.id, 200]])]);
    await sink.acknowledgeAll();
    for (let time = 0; time < 4; time += 1) {
      later(500);
      await sink.acknowledgeAll();
    }
    expect(told().at(-1)).toEqual(new Map());
    const { length } = sink.held;
    later(500);
    expect(sink.held).toHaveLength(length);
  });

  it('leaves to the others what they take in, and not what they said before it listened', async () => {
    const { send, later, follower } = setup({ held: [aReport(1_000)] });
    send(1);
    await turn();
    later(500);
    expect(send(9)).toEqual([9, 0]);
    follower.say(1_000);
    later(500);
    later(1_000);
    expect(send(10)[0]).toBeLessThanOrEqual(2);
  });

  it('listens again where it could not', async () => {
    const { send, later, follower } = setup();
    follower.failures = 1;
    send(1);
    await turn();
    later(500);
    await turn();
    expect(follower.follows).toBe(1);
  });

  it('keeps in their place the conversations of an application with an ordered endpoint, and no others', () => {
    const { send, later, view } = setup();
    const endpoint: Endpoint = {
      id: newId('ep', 0),
      applicationId: application.id,
      version: 1,
      url: 'https://example.com/',
      disabled: false,
      secrets: [],
      retrySchedule: [],
    };
    view.apply({ kind: 'endpoint', id: endpoint.id, version: 1, state: endpoint });
    const chat = aMessage({ conversationId: 'c' });
    send(10);
    expect(send(1, chat)).toEqual([0, 1]);
    const ordered = {
      ...endpoint,
      version: 2,
      ordering: { by: 'conversation', onFailure: { kind: 'block' } },
    } as const;
    view.apply({ kind: 'endpoint', id: endpoint.id, version: 2, state: ordered });
    later(1);
    expect([send(1, chat), send(1)]).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('keeps in their place messages of a type of which only the latest counts', () => {
    const { send, view } = setup();
    const { organisationId } = application;
    const state: EventType = { organisationId, name: 'a', version: 1, archived: false, coalesce: 'latest' };
    view.apply({ kind: 'event-type', id: uidKey(organisationId, 'a'), version: 1, state });
    expect([send(20), send(1, aMessage({ eventType: 'b' }))]).toEqual([
      [20, 0],
      [0, 1],
    ]);
  });
});
