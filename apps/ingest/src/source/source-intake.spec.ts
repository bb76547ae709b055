import { describe, expect, it } from '@jest/globals';
import { readRejection, TOPICS } from '@signpost/contracts';
import { ControlView, newId, timeOfId, type Application } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import { aBatch, HeldSink, turn } from '@signpost/testing/held-sink';
import { ApplicationFinder } from '../application-finder.js';
import { BinaryModeReader } from './binary-mode.reader.js';
import { SourceIntake } from './source-intake.js';

const application: Application = { id: newId('app', 0), organisationId: newId('org', 0), version: 1, name: 'a' };
const record = (id: string, applicationId: string = application.id) => ({
  headers: { ce_specversion: '1.0', ce_id: id, ce_type: 'a', ce_source: '/s', ce_application: applicationId },
  value: Buffer.from('{}'),
});

function setup(refreshView: (view: ControlView) => Promise<void> = () => Promise.resolve()) {
  const view = new ControlView();
  const create = (state: Application): void => {
    view.apply({ kind: 'application', id: state.id, version: 1, state });
  };
  create(application);
  const sink = new HeldSink();
  const intake = new SourceIntake({
    sink,
    finder: new ApplicationFinder(view),
    refreshView: () => refreshView(view),
    readers: [new BinaryModeReader()],
    config: { sourceOrganisation: undefined, payloadLimitBytes: 100, applicationWaitMs: 0 },
    metrics: new Metrics({ processMetrics: false }),
    log: Log.create('silent', 'test'),
    validation: { mismatch: () => undefined },
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
});
