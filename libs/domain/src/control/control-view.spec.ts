import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { newId, type ApplicationId, type EndpointId } from '../ids.js';
import type { ControlChange, Endpoint } from './control-state.js';
import { ControlView, uidKey } from './control-view.js';

const organisationId = newId('org', 1);
const elsewhere = newId('org', 2);

function applicationChange(id: ApplicationId, version: number, uid?: string, owner = organisationId): ControlChange {
  const state = { id, organisationId: owner, version, name: 'n', ...(uid === undefined ? {} : { uid }) };
  return { kind: 'application', id, version, state };
}

function endpointChange(id: EndpointId, applicationId: ApplicationId, version: number): ControlChange {
  const state: Endpoint = {
    id,
    applicationId,
    version,
    url: 'https://hooks.example.com/',
    disabled: false,
    secrets: [],
    retrySchedule: [],
  };
  return { kind: 'endpoint', id, version, state };
}

function asking(
  id: EndpointId,
  applicationId: ApplicationId,
  asked: Partial<Pick<Endpoint, 'retrySchedule' | 'eventTypes'>>,
): ControlChange {
  const change = endpointChange(id, applicationId, 1);
  return { ...change, state: { ...change.state, ...asked } as Endpoint } as ControlChange;
}

const deleted = (kind: 'application' | 'endpoint', id: string, version: number): ControlChange => ({
  kind,
  id,
  version,
  state: undefined,
});

function viewOf(...changes: readonly ControlChange[]): ControlView {
  const view = new ControlView();
  for (const change of changes) view.apply(change);
  return view;
}

describe('ControlView', () => {
  const [a, b] = [newId('app', 1), newId('app', 2)];
  const endpoint = newId('ep', 1);

  it('ignores what is older than what it knows, a deletion included', () => {
    const view = viewOf(applicationChange(a, 3));
    expect(view.apply(deleted('application', a, 2))).toBe(false);
    expect(view.applicationById(a)?.version).toBe(3);
    expect(view.apply(deleted('application', a, 4))).toBe(true);
    expect(view.apply(applicationChange(a, 3))).toBe(false);
    expect(view.applicationById(a)).toBeUndefined();
  });

  it('finds an application by id or uid, within its organisation alone', () => {
    const view = viewOf(applicationChange(a, 1, 'acme'));
    expect(view.application(organisationId, a)?.id).toBe(a);
    expect(view.application(organisationId, 'acme')?.id).toBe(a);
    expect(view.application(elsewhere, a)).toBeUndefined();
    expect(view.application(elsewhere, 'acme')).toBeUndefined();
  });

  it('is not misled by a uid that is another organisation’s id', () => {
    const view = viewOf(applicationChange(a, 1), applicationChange(b, 1, a, elsewhere));
    expect(view.application(elsewhere, a)?.id).toBe(b);
    expect(view.application(organisationId, a)?.id).toBe(a);
  });

  it('keeps a uid that passed from one application to another, whichever record comes first', () => {
    const changes = [applicationChange(a, 2, 'old'), applicationChange(b, 1, 'acme')];
    for (const order of [changes, [...changes].reverse()]) {
      const view = viewOf(applicationChange(a, 1, 'acme'), ...order);
      expect(view.application(organisationId, 'acme')?.id).toBe(b);
      expect(view.application(organisationId, 'old')?.id).toBe(a);
    }
    const after = viewOf(
      applicationChange(a, 1, 'acme'),
      applicationChange(b, 1, 'acme'),
      deleted('application', a, 2),
    );
    expect(after.application(organisationId, 'acme')?.id).toBe(b);
  });

  it('lists an endpoint under the application that it belongs to now', () => {
    const view = viewOf(endpointChange(endpoint, a, 1), endpointChange(endpoint, b, 2));
    expect([...view.endpointsOf(a)]).toEqual([]);
    expect([...view.endpointsOf(b)].map(({ id }) => id)).toEqual([endpoint]);
    view.apply(deleted('endpoint', endpoint, 3));
    expect([...view.endpointsOf(b)]).toEqual([]);
    expect(view.endpoint(endpoint)).toBeUndefined();
  });

  it('holds one copy of a schedule and of a list of event types, however many endpoints have them', () => {
    const ids = [1, 2].map((at) => newId('ep', at));
    const asked = { retrySchedule: [5_000], eventTypes: ['a.b', 'c'] };
    const view = viewOf(...ids.map((id) => JSON.parse(JSON.stringify(asking(id, a, asked))) as ControlChange));
    const [one, other] = ids.map((id) => view.endpoint(id));
    expect(one?.retrySchedule).toBe(other?.retrySchedule);
    expect(one?.eventTypes).toBe(other?.eventTypes);
    expect([...view.endpointsOf(a)]).toEqual([one, other]);
    view.apply(asking(newId('ep', 3), b, { retrySchedule: [50, 0], eventTypes: ['a.b'] }));
    expect([...view.endpointsOf(b)][0]).toMatchObject({ retrySchedule: [50, 0], eventTypes: ['a.b'] });
    expect(ids.map((id) => view.endpointVersion(id))).toEqual([1, 1]);
  });

  it('forgets the hash of a key that was changed or deleted', () => {
    const id = newId('key', 1);
    const key = (version: number, hash: string): ControlChange => ({
      kind: 'api-key',
      id,
      version,
      state: { id, organisationId, version, hash },
    });
    const view = viewOf(key(1, 'one'), key(2, 'two'));
    expect(view.apiKeyByHash('one')).toBeUndefined();
    expect(view.apiKeyByHash('two')?.id).toBe(id);
    view.apply({ kind: 'api-key', id, version: 3, state: undefined });
    expect(view.apiKeyByHash('two')).toBeUndefined();
  });

  it('finds an event type by its name, within its organisation alone', () => {
    const id = uidKey(organisationId, 'lead.captured');
    const state = { organisationId, name: 'lead.captured', version: 1, archived: false };
    const view = viewOf({ kind: 'event-type', id, version: 1, state });
    expect(view.eventType(organisationId, 'lead.captured')).toEqual(state);
    expect(view.eventType(elsewhere, 'lead.captured')).toBeUndefined();
  });

  it('tells listeners of what it applied, until they leave', () => {
    const view = new ControlView();
    const listener = jest.fn();
    const leave = view.onChange(listener);
    view.apply(applicationChange(a, 2));
    view.apply(applicationChange(a, 1));
    view.apply(applicationChange(a, 2));
    leave();
    view.apply(applicationChange(a, 3));
    expect(listener.mock.calls).toEqual([
      [applicationChange(a, 2), true],
      [applicationChange(a, 2), false],
    ]);
  });

  it('comes to the same state in whatever order records of one id arrive', () => {
    const aChange = fc.tuple(fc.nat(5), fc.boolean()).map(([version, gone]) => ({ version, gone }));
    fc.assert(
      fc.property(fc.uniqueArray(aChange, { selector: ({ version }) => version, minLength: 1 }), (changes) => {
        const records = changes.map(({ version, gone }) =>
          gone ? deleted('endpoint', endpoint, version) : endpointChange(endpoint, a, version),
        );
        const newest = changes.reduce((last, change) => (change.version > last.version ? change : last));
        const view = viewOf(...records);
        expect(view.endpoint(endpoint)?.version).toBe(newest.gone ? undefined : newest.version);
        expect([...view.endpointsOf(a)]).toHaveLength(newest.gone ? 0 : 1);
      }),
    );
  });
});
