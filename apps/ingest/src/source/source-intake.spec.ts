import { describe, expect, it } from '@jest/globals';
import { readMessage, readRejection, redrivenRecord, TOPICS } from '@signpost/contracts';
import { ControlView, newId, timeOfId, type Application, type OrganisationId } from '@signpost/domain';
import { Log, Metrics, NoTracing } from '@signpost/observability';
import { aBatch, HeldSink, turn } from '@signpost/testing/held-sink';
import { ApplicationFinder } from '../application-finder.js';
import { MessageTraces } from '../message-traces.js';
import { CloudEventReader } from './cloud-event.reader.js';
import { MappedReader } from './mapped.reader.js';
import type { Way } from '../quotas/intake-quotas.js';
import type { SourceReader } from './source-event.js';
import { SourceIntake } from './source-intake.js';

const application: Application = { id: newId('app', 0), organisationId: newId('org', 0), version: 1, name: 'a' };
const record = (id: string, applicationId: string = application.id) => ({
  headers: { ce_specversion: '1.0', ce_id: id, ce_type: 'a', ce_source: '/s', ce_application: applicationId },
  value: Buffer.from('{}'),
});

function setup(
  refreshView: (view: ControlView) => Promise<void> = () => Promise.resolve(),
  reader: SourceReader = new CloudEventReader(),
  way: Way = TOPICS.messages,
) {
  const view = new ControlView();
  const create = (state: Application): void => {
    view.apply({ kind: 'application', id: state.id, version: 1, state });
  };
  create(application);
  const sink = new HeldSink();
  const intake = new SourceIntake({
    traces: new MessageTraces(new NoTracing(), sink),
    sink,
    finder: new ApplicationFinder(view),
    refreshView: () => refreshView(view),
    sources: new Map([['platform.events', { reader, organisationId: undefined }]]),
    config: { payloadLimitBytes: 100, applicationWaitMs: 0 },
    metrics: new Metrics({ processMetrics: false }),
    log: Log.create('silent', 'test'),
    validation: { mismatch: () => undefined },
    quotas: { wayOf: () => way },
  });
  return { view, create, sink, intake };
}

describe('SourceIntake', () => {
  it('has a record done once its message is durable, in whatever order that comes, and waits for none before', async () => {
    const { sink, intake } = setup();
    const { batch, done } = aBatch('platform.events', [record('1'), record('2'), record('3')]);
    void intake.take(batch);
    expect(sink.of(TOPICS.messages).map(({ headers }) => headers?.['ce_id'])).toEqual(['1', '2', '3']);
    sink.held[2]?.acknowledge();
    await turn();
    expect(done).toEqual([2]);
    await sink.acknowledgeAll();
    expect(done.toSorted()).toEqual([0, 1, 2]);
  });

  it('writes what is above the quota to messages.bulk, and has it done once that is durable', async () => {
    const { sink, intake } = setup(undefined, undefined, TOPICS.messagesBulk);
    const { batch, done } = aBatch('platform.events', [record('1')]);
    void intake.take(batch);
    expect([sink.of(TOPICS.messagesBulk).length, sink.held.length]).toEqual([1, 1]);
    await sink.acknowledgeAll();
    expect(done).toEqual([0]);
  });

  it('has a refused record done once its rejection is durable', async () => {
    const { sink, intake } = setup();
    const { batch, done } = aBatch('platform.events', [{ value: Buffer.from('{}') }]);
    void intake.take(batch);
    await turn();
    expect([sink.of(TOPICS.rejected).length, done]).toEqual([1, []]);
    await sink.acknowledgeAll();
    expect(done).toEqual([0]);
  });

  it('looks once more into the control plane before it refuses an application', async () => {
    const late: Application = { ...application, id: newId('app', 1) };
    const { sink, intake } = setup(async (view) => {
      view.apply({ kind: 'application', id: late.id, version: 1, state: late });
    });
    const { batch } = aBatch('platform.events', [record('1', late.id), record('2', newId('app', 2))]);
    void intake.take(batch);
    await turn();
    expect(sink.of(TOPICS.messages)).toHaveLength(1);
    expect(sink.of(TOPICS.rejected).map(({ headers }) => readRejection(headers)?.code)).toEqual([
      'application_unknown',
    ]);
  });

  it('names the same record alike whoever reads it', async () => {
    const ids = [setup(), setup()].map(({ sink, intake }) => {
      void intake.take(aBatch('platform.events', [{ ...record('1'), timestampMs: 1_790_000_000_000 }]).batch);
      return sink.of(TOPICS.messages)[0]?.headers?.['ce_message'];
    });
    expect(timeOfId(String(ids[0]))).toBe(1_790_000_000_000);
    expect(ids[0]).toBe(ids[1]);
  });

  const DAY_MS = 86_400_000;
  const NOW_MS = 1_790_000_000_000;
  const idOf = (headers: Record<string, string>, timestampMs: number): string => {
    const { sink, intake } = setup();
    const given = record('1');
    void intake.take(
      aBatch('platform.events', [{ ...given, headers: { ...given.headers, ...headers }, timestampMs }]).batch,
    );
    return String(sink.of(TOPICS.messages)[0]?.headers?.['ce_message']);
  };

  it('names an event that is sent again as before, if it says when it happened', () => {
    const headers = { ce_time: new Date(NOW_MS).toISOString() };
    expect(idOf(headers, NOW_MS + 6 * DAY_MS)).toBe(idOf(headers, NOW_MS + 10));
    expect(timeOfId(idOf(headers, NOW_MS + 10))).toBe(NOW_MS);
    // Beyond what a log may keep, its record's time holds.
    expect(timeOfId(idOf(headers, NOW_MS + 8 * DAY_MS))).toBe(NOW_MS + 8 * DAY_MS);
    expect(timeOfId(idOf(headers, NOW_MS - DAY_MS))).toBe(NOW_MS - DAY_MS);
    // Accepted when it came, whenever it happened.
    expect(idOf({}, NOW_MS)).not.toBe(idOf({}, NOW_MS + 1));
  });

  it('names an event without an id by where it lies', () => {
    const reader = new MappedReader({ application: { value: application.id }, type: { value: 'a' } });
    const idsOf = (partition: number): readonly unknown[] => {
      const { sink, intake } = setup(undefined, reader);
      const { batch } = aBatch('platform.events', [
        { value: Buffer.from('{}'), timestampMs: NOW_MS },
        { value: Buffer.from('{}'), timestampMs: NOW_MS },
      ]);
      void intake.take({ ...batch, lease: { ...batch.lease, partition } });
      return sink.of(TOPICS.messages).map(({ headers }) => headers?.['ce_message']);
    };
    expect(idsOf(0)).toEqual(idsOf(0));
    expect(new Set([...idsOf(0), ...idsOf(1)]).size).toBe(4);
  });

  const source = { topic: 'platform.events', partition: 1, offset: 17 };
  const again = (given: Record<string, string>, topic = source.topic, organisationId?: OrganisationId) => {
    const by = organisationId === undefined ? {} : { organisationId };
    const redrive = { source: { ...source, topic }, number: 2, atMs: NOW_MS, ...by };
    const { value, headers } = redrivenRecord(redrive, { value: Buffer.from('{}'), headers: given });
    return { value, headers };
  };

  it('takes in what comes back as if its own topic held it anew, under the same id however often', async () => {
    const { sink, intake } = setup();
    const { batch, done } = aBatch(TOPICS.redriven, [again(record('1').headers), again(record('1').headers)]);
    void intake.takeAgain(batch);
    await turn();
    const [first, second] = sink.of(TOPICS.messages).map(({ value, headers = {} }) => readMessage({ value, headers }));
    expect(first).toMatchObject({ eventId: '1', origin: source, acceptedAtMs: NOW_MS });
    expect(second?.id).toBe(first?.id);
    expect(done).toEqual([]);
    await sink.acknowledgeAll();
    expect(done.toSorted()).toEqual([0, 1]);
  });

  it('lets nobody name an application of another organisation in a record that they corrected', async () => {
    const { sink, intake } = setup();
    const other = newId('org', 1);
    const given = [
      again(record('1').headers, source.topic, application.organisationId),
      again(record('2').headers, source.topic, other),
    ];
    void intake.takeAgain(aBatch(TOPICS.redriven, given).batch);
    await turn();
    expect(sink.of(TOPICS.messages).map(({ headers }) => headers?.['ce_id'])).toEqual(['1']);
    expect(sink.of(TOPICS.rejected).map(({ headers }) => readRejection(headers))).toMatchObject([
      { code: 'application_unknown', organisationId: other },
    ]);
  });

  it('sets aside again what is refused again, with the place that it came from and which time it was', async () => {
    const { sink, intake } = setup();
    const given = [again({ ...record('1').headers, ce_type: 'no type' }), again(record('2').headers, 'gone'), {}];
    void intake.takeAgain(aBatch(TOPICS.redriven, given).batch);
    await turn();
    const rejections = sink.of(TOPICS.rejected).map(({ headers }) => readRejection(headers));
    expect(rejections).toMatchObject([
      { code: 'event_type_invalid', source, redrives: 2 },
      { code: 'source_unknown', source: { topic: 'gone' }, redrives: 2 },
      { code: 'record_unreadable', source: { topic: TOPICS.redriven, offset: 2 } },
    ]);
    expect(rejections[2]).not.toHaveProperty('redrives');
  });

  it('keeps the order of a partition while a schema is learnt, and takes nothing more under a lost lease', async () => {
    const learnt: (() => void)[] = [];
    const plain = new MappedReader({
      application: { value: application.id },
      type: { value: 'a' },
      id: { header: 'id' },
    });
    const reader: SourceReader = {
      prepare: ({ headers }) =>
        headers['wait'] === undefined ? undefined : new Promise((resolve) => learnt.push(resolve)),
      read: (one) => plain.read(one),
    };
    const { sink, intake } = setup(undefined, reader);
    const named = (id: string, more = {}) => ({ headers: { id, ...more }, value: Buffer.from('{}') });
    const { batch, lease } = aBatch('platform.events', [named('1'), named('2', { wait: '' }), named('3')]);
    void intake.take(batch);
    void intake.take({
      ...batch,
      records: aBatch('platform.events', [named('4'), named('5', { wait: '' })]).batch.records,
    });
    await turn();
    const ids = () => sink.of(TOPICS.messages).map(({ headers }) => headers?.['ce_id']);
    expect(ids()).toEqual(['1']);
    learnt.shift()?.();
    await turn();
    expect(ids()).toEqual(['1', '2', '3', '4']);
    lease.lost = true;
    learnt.shift()?.();
    await turn();
    expect(ids()).toEqual(['1', '2', '3', '4']);
  });
});
