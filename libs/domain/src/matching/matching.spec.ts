import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Endpoint } from '../control/control-state.js';
import { ControlView } from '../control/control-view.js';
import { newId, type ApplicationId } from '../ids.js';
import { MatchIndex } from './match-index.js';
import { compileEndpoints, matches } from './matches.js';

const applicationId = newId('app', 0);
const endpoint = (asked: Partial<Endpoint> = {}): Endpoint => ({
  id: newId('ep', 0),
  applicationId,
  version: 1,
  url: 'https://example.com/',
  disabled: false,
  secrets: [],
  retrySchedule: [],
  ...asked,
});

describe('matches', () => {
  it.each([
    ['nothing asked, plain message', {}, {}, true],
    ['nothing asked, message of a channel', {}, { channels: ['a'] }, true],
    ['the type asked', { eventTypes: ['lead.captured', 'x'] }, {}, true],
    ['another type asked', { eventTypes: ['x'] }, {}, false],
    ['a type is not a prefix', { eventTypes: ['lead'] }, {}, false],
    ['a channel asked, message of none', { channels: ['a'] }, {}, false],
    ['one channel shared', { channels: ['a', 'b'] }, { channels: ['b', 'c'] }, true],
    ['no channel shared', { channels: ['a'] }, { channels: ['b'] }, false],
    ['type right, channel wrong', { eventTypes: ['lead.captured'], channels: ['a'] }, { channels: ['b'] }, false],
    ['disabled still asks', { disabled: true }, {}, true],
  ])('%s', (_, asked, message, expected) => {
    expect(matches(endpoint(asked), { eventType: 'lead.captured', ...message })).toBe(expected);
  });
});

describe('compileEndpoints', () => {
  it('answers as matches() does, each endpoint once', () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const asked = fc.record({ eventTypes: fc.array(names), channels: fc.array(names) }, { requiredKeys: [] });
    const message = fc.record({ eventType: names, channels: fc.array(names) }, { requiredKeys: ['eventType'] });
    fc.assert(
      fc.property(fc.array(asked), message, (all, sent) => {
        const endpoints = all.map((one) => endpoint(one));
        const expected = endpoints.filter((one) => matches(one, sent)).map(({ id }) => id);
        expect(
          compileEndpoints(endpoints)(sent)
            .map(({ id }) => id)
            .sort(),
        ).toEqual(expected.sort());
      }),
    );
  });
});

describe('MatchIndex', () => {
  function setup(): { view: ControlView; index: MatchIndex; found: (id?: ApplicationId) => readonly string[] } {
    const view = new ControlView();
    const index = new MatchIndex((id) => view.endpointsOf(id));
    view.onChange((change) => {
      index.changed(change);
    });
    const found = (id = applicationId): readonly string[] =>
      index.endpointsFor({ applicationId: id, eventType: 'a' }).map((one) => one.id);
    return { view, index, found };
  }
  const put = (view: ControlView, state: Endpoint): boolean =>
    view.apply({ kind: 'endpoint', id: state.id, version: state.version, state });

  it('follows endpoints that come, change and go', () => {
    const { view, found } = setup();
    const one = endpoint();
    expect(found()).toEqual([]);
    put(view, one);
    expect(found()).toEqual([one.id]);
    put(view, { ...one, version: 2, eventTypes: ['b'] });
    expect(found()).toEqual([]);
    put(view, { ...one, version: 3 });
    expect(found()).toEqual([one.id]);
    view.apply({ kind: 'endpoint', id: one.id, version: 4, state: undefined });
    expect(found()).toEqual([]);
    put(view, { ...one, version: 5 });
    expect(found()).toEqual([one.id]);
  });

  it('keeps applications apart', () => {
    const { view, found } = setup();
    const other = newId('app', 1);
    const one = endpoint();
    const two = endpoint({ applicationId: other });
    put(view, one);
    put(view, two);
    expect([found(), found(other), found(newId('app', 2))]).toEqual([[one.id], [two.id], []]);
  });
});
