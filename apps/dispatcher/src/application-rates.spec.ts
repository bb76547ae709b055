import { describe, expect, it } from '@jest/globals';
import { ControlView, newId, type ApplicationId, type Endpoint, type EndpointId } from '@signpost/domain';
import fc from 'fast-check';
import { ApplicationRates } from './application-rates.js';

const application = newId('app', 0);

function viewOf(throttleRate: number | undefined, endpoints: readonly Endpoint[]): ControlView {
  const view = new ControlView();
  const limit = throttleRate === undefined ? {} : { throttleRate };
  const state = { id: application, organisationId: newId('org', 0), version: 1, name: 'One', ...limit };
  view.apply({ kind: 'application', id: application, version: 1, state });
  for (const one of endpoints) view.apply({ kind: 'endpoint', id: one.id, version: 1, state: one });
  return view;
}

const anEndpoint = (disabled = false, applicationId: ApplicationId = application): Endpoint => ({
  id: newId('ep', 0),
  applicationId,
  version: 1,
  url: 'https://example.com',
  disabled,
  secrets: [],
  retrySchedule: [],
});

describe("a process's share of an application's limit", () => {
  it('is nothing to keep to where there is no limit', () => {
    expect(new ApplicationRates(viewOf(undefined, [anEndpoint()]), () => true).of(application)).toBeUndefined();
  });

  it('adds up with those of all other processes to the limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.array(fc.record({ owner: fc.nat(4), disabled: fc.boolean() }), { minLength: 1, maxLength: 30 }),
        (limit, owned) => {
          const owners = new Map<EndpointId, number>();
          const endpoints = owned.map(({ owner, disabled }) => {
            const endpoint = anEndpoint(disabled);
            owners.set(endpoint.id, owner);
            return endpoint;
          });
          const view = viewOf(limit, endpoints);
          const working = new Set(owned.filter(({ disabled }) => !disabled).map(({ owner }) => owner));
          const shares = [...working].map(
            (process) => new ApplicationRates(view, (id) => owners.get(id) === process).of(application) ?? 0,
          );
          if (working.size > 0) expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(limit, 6);
        },
      ),
    );
  });

  it('follows endpoints, assignments and the limit', () => {
    const [mine, theirs] = [anEndpoint(), anEndpoint()];
    const view = viewOf(10, [mine, theirs]);
    const owned = new Set([mine.id]);
    const rates = new ApplicationRates(view, (id) => owned.has(id));
    view.onChange((change) => {
      rates.changed(change);
    });
    expect(rates.of(application)).toBe(5);
    owned.add(theirs.id);
    rates.forgetAll();
    expect(rates.of(application)).toBe(10);
    view.apply({ kind: 'endpoint', id: newId('ep', 0), version: 1, state: anEndpoint() });
    expect(rates.of(application)).toBeCloseTo(20 / 3);
    owned.delete(theirs.id);
    rates.forgetAll();
    view.apply({ kind: 'endpoint', id: theirs.id, version: 2, state: undefined });
    expect(rates.of(application)).toBe(5);
    view.apply({ kind: 'application', id: application, version: 2, state: undefined });
    expect(rates.of(application)).toBeUndefined();
  });
});
