import { describe, expect, it } from '@jest/globals';
import { ControlView, newId, uidKey, type EventType, type ValidationMode } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import { PayloadValidation } from './payload-validation.js';

const organisationId = newId('org', 0);

function setup(change: Partial<EventType> = {}) {
  const view = new ControlView();
  const put = (state: EventType): void => {
    view.apply({ kind: 'event-type', id: uidKey(organisationId, state.name), version: state.version, state });
  };
  put({ organisationId, name: 'a', version: 1, archived: false, schema: '{"required":["x"]}', ...change });
  const metrics = new Metrics({ processMetrics: false });
  const validation = new PayloadValidation(view, metrics, Log.create('silent', 'test'));
  let reads = 0;
  const mismatch = (modes: Record<string, ValidationMode> | undefined, payload: unknown = {}) =>
    validation.mismatch({
      organisationId,
      application: { id: newId('app', 0), organisationId, ...(modes === undefined ? {} : { validation: modes }) },
      eventType: 'a',
      payload: () => {
        reads += 1;
        return payload;
      },
    });
  return { put, mismatch, metrics, reads: () => reads };
}

describe('PayloadValidation', () => {
  it('looks at no payload that nobody wants checked', () => {
    // Were it read, it could not be compiled either.
    const { mismatch, reads, metrics } = setup({ schema: '{' });
    expect([mismatch(undefined), mismatch({ a: 'off', '*': 'enforce' }), reads()]).toEqual([undefined, undefined, 0]);
    return expect(metrics.registry.metrics()).resolves.not.toMatch(/signpost_payloads_checked_total\{.*\} [1-9]/);
  });

  it('reads a schema once, and anew with the event type', () => {
    const { mismatch, put } = setup();
    let schemas = 0;
    const counted: EventType = {
      organisationId,
      name: 'a',
      version: 2,
      archived: false,
      get schema() {
        schemas += 1;
        return '{"required":["y"]}';
      },
    };
    expect(mismatch({ a: 'enforce' })?.faults).toMatchObject([{ at: ['x'] }]);
    put(counted);
    for (let turn = 0; turn < 3; turn += 1) {
      const before = schemas;
      expect(mismatch({ a: 'enforce' })?.faults).toMatchObject([{ at: ['y'] }]);
      // Whether there is one is looked at each time; that is one reading, and compiling is another.
      expect(schemas - before).toBe(turn === 0 ? 2 : 1);
    }
  });

  it('counts what it found', async () => {
    const { mismatch, metrics } = setup();
    mismatch({ a: 'warn' });
    mismatch({ a: 'enforce' }, { x: 1 });
    const text = await metrics.registry.metrics();
    expect(text).toContain('signpost_payloads_checked_total{mode="warn",result="invalid"} 1');
    expect(text).toContain('signpost_payloads_checked_total{mode="enforce",result="valid"} 1');
  });
});
