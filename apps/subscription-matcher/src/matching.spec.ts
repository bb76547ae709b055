import { describe, expect, it } from '@jest/globals';
import { messageHeaders, readDelivery, readFact, TOPICS, type MessageRecord } from '@signpost/contracts';
import { ControlView, newId, uidKey, type Application, type Endpoint, type EventType } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import { aBatch, HeldSink, turn } from '@signpost/testing/held-sink';
import { Matching } from './matching.js';

const application: Application = { id: newId('app', 0), organisationId: newId('org', 0), version: 1, name: 'a' };
const endpoint: Endpoint = {
  id: newId('ep', 0),
  applicationId: application.id,
  version: 1,
  url: 'https://example.com/',
  disabled: false,
  secrets: [],
  retrySchedule: [],
};

/** `repeated`: offsets whose events came before. */
function setup(
  known: boolean,
  refreshView: (view: ControlView) => void = () => undefined,
  repeated: readonly number[] = [],
) {
  const view = new ControlView();
  const create = (): void => {
    view.apply({ kind: 'endpoint', id: endpoint.id, version: 1, state: endpoint });
    view.apply({ kind: 'application', id: application.id, version: 1, state: application });
  };
  if (known) create();
  const sink = new HeldSink();
  const underWay: number[] = [];
  const matching = new Matching({
    sink,
    view,
    refreshView: async () => {
      refreshView(view);
    },
    repeats: { isRepeat: (_, { offset }) => repeated.includes(offset), underWay: (_, offset) => underWay.push(offset) },
    metrics: new Metrics({ processMetrics: false }),
    log: Log.create('silent', 'test'),
  });
  return { sink, matching, create, view, underWay };
}

function messages(
  count: number,
  fields: Partial<MessageRecord> = {},
): readonly { headers: ReturnType<typeof messageHeaders>; value: Buffer }[] {
  return Array.from({ length: count }, () => {
    const message: MessageRecord = {
      id: newId('msg', 1),
      applicationId: application.id,
      eventType: 'a',
      acceptedAtMs: 1,
      payload: Buffer.from('{}'),
      ...fields,
    };
    return { headers: messageHeaders(message), value: message.payload };
  });
}

describe('Matching', () => {
  it('says of each delivery whether its message came above its quota', async () => {
    const { sink, matching } = setup(true);
    void matching.take(aBatch(TOPICS.messages, messages(1)).batch);
    void matching.take(aBatch(TOPICS.messagesBulk, messages(1, { isOverQuota: true })).batch);
    await turn();
    const [usual, above] = sink.of(TOPICS.deliveries).map(({ headers }) => readDelivery(headers));
    expect(usual).not.toHaveProperty('isOverQuota');
    expect(above).toMatchObject({ isOverQuota: true });
  });

  it('stamps each delivery with what its event type says of its usefulness', async () => {
    const { sink, matching, view } = setup(true);
    const { organisationId } = application;
    const id = uidKey(organisationId, 'a');
    const state = { organisationId, name: 'a', version: 1, archived: false };
    const put = (version: number, fields: Partial<EventType>) =>
      view.apply({ kind: 'event-type', id, version, state: { ...state, ...fields } });
    for (const fields of [{ timeToLiveMs: 5_000 }, { coalesce: 'latest' as const }, {}]) {
      put(2, fields);
      void matching.take(aBatch(TOPICS.messages, messages(1)).batch);
    }
    const [first, second, third] = sink.of(TOPICS.deliveries).map(({ headers }) => readDelivery(headers));
    expect(first).toMatchObject({ acceptedAtMs: 1, expiresAtMs: 5_001 });
    expect(first).not.toHaveProperty('coalesce');
    expect(second).toMatchObject({ coalesce: 'latest' });
    expect(third).not.toHaveProperty('expiresAtMs');
  });

  it('has a message done once its deliveries and its fact are durable, both', async () => {
    const { sink, matching } = setup(true);
    const { batch, done } = aBatch(TOPICS.messages, messages(1));
    void matching.take(batch);
    expect(sink.held.map(({ record }) => record.topic)).toEqual([TOPICS.deliveries, TOPICS.journal]);
    sink.held[1]?.acknowledge();
    await turn();
    expect(done).toEqual([]);
    sink.held[0]?.acknowledge();
    await turn();
    expect(done).toEqual([0]);
  });

  it('sends a repeat to nobody, and has it done once the fact of it is durable', async () => {
    const { sink, matching } = setup(true, undefined, [1]);
    const { batch, done } = aBatch(TOPICS.messages, messages(2));
    void matching.take(batch);
    expect(sink.of(TOPICS.deliveries)).toHaveLength(1);
    const facts = sink.of(TOPICS.journal).map(({ value }) => readFact(value));
    expect(facts).toMatchObject([{ endpointIds: [endpoint.id] }, { endpointIds: [], isRepeat: true }]);
    expect(facts[0]).not.toHaveProperty('isRepeat');
    expect(done).toEqual([]);
    sink.held.at(-1)?.acknowledge();
    await turn();
    expect(done).toEqual([1]);
  });

  it('keeps the order of a partition, and waits for no message before the next', () => {
    const { sink, matching } = setup(true);
    const given = messages(5);
    void matching.take(aBatch(TOPICS.messages, given).batch);
    const order = sink.of(TOPICS.deliveries).map(({ headers }) => readDelivery(headers).messageId);
    expect(order).toEqual(given.map(({ headers }) => headers['ce_message']));
  });

  it('takes what lies in messages.bulk in turns beside messages, tells of it, and leaves it with its lease', async () => {
    const { sink, matching, underWay } = setup(true);
    void matching.take(aBatch(TOPICS.messages, messages(1)).batch);
    const { batch, done, lease } = aBatch(TOPICS.messagesBulk, messages(100));
    void matching.take(batch);
    for (let time = 0; time < 10; time += 1) await turn();
    expect(sink.of(TOPICS.deliveries)).toHaveLength(1 + 64);
    expect(underWay).toEqual(Array.from({ length: 64 }, (_, offset) => offset));
    lease.lost = true;
    await sink.acknowledgeAll();
    await turn();
    expect(sink.of(TOPICS.deliveries)).toHaveLength(1 + 64);
    expect(done).toHaveLength(64);
  });

  it('looks once more into the control plane for an application that it does not know', async () => {
    const { sink, matching } = setup(false, (view) => {
      view.apply({ kind: 'endpoint', id: endpoint.id, version: 1, state: endpoint });
      view.apply({ kind: 'application', id: application.id, version: 1, state: application });
    });
    void matching.take(aBatch(TOPICS.messages, messages(1)).batch);
    await turn();
    expect(sink.of(TOPICS.deliveries)).toHaveLength(1);
  });

  it('owes nothing to the endpoints of an application that was deleted', async () => {
    const { sink, matching, view } = setup(true);
    view.apply({ kind: 'application', id: application.id, version: 2, state: undefined });
    void matching.take(aBatch(TOPICS.messages, messages(1)).batch);
    await turn();
    expect(sink.held.map(({ record }) => readFact(record.value))).toMatchObject([{ kind: 'matched', endpointIds: [] }]);
  });
});
