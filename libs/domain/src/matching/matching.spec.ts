import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Endpoint } from '../control/control-state.js';
import { ControlView } from '../control/control-view.js';
import { newId, type ApplicationId } from '../ids.js';
import { MatchIndex } from './match-index.js';
import { compileEndpoints } from './compile-endpoints.js';
import { contentMismatchOf, type ReadableMessage } from './content-match.js';
import { matches } from './matches.js';

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

const aMessage = (fields: Partial<ReadableMessage> = {}): ReadableMessage => ({
  id: 'msg_1',
  eventType: 'lead.captured',
  acceptedAtMs: 0,
  payload: Buffer.from('{"score":3}'),
  ...fields,
});
const withScore = (atLeast: number) => ({ json: { data: { score: { $gte: atLeast } } } });

describe('matches', () => {
  it.each([
    ['nothing asked, plain message', {}, {}, true],
    ['nothing asked, message of a channel', {}, { channels: ['a'] }, true],
    ['the type asked', { eventTypes: ['lead.captured', 'x'] }, {}, true],
    ['another type asked', { eventTypes: ['x'] }, {}, false],
    ['a type is not a prefix', { eventTypes: ['lead'] }, {}, false],
    ['a type with a wildcard', { eventTypes: ['x', 'lead.*'] }, {}, true],
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
  it('answers as each endpoint would alone, each endpoint once', () => {
    const names = fc.constantFrom('a', 'b.c', 'b.d');
    const types = fc.constantFrom('a', 'b.c', 'b.*', '*.d', '*');
    const channels = fc.array(fc.constantFrom('a', 'b'));
    const filters = fc.array(fc.integer({ min: 1, max: 4 }).map(withScore), { minLength: 1, maxLength: 2 });
    const asked = fc.record({ eventTypes: fc.array(types), channels, filters }, { requiredKeys: [] });
    const message = fc.record({ eventType: names, channels }, { requiredKeys: ['eventType'] });
    fc.assert(
      fc.property(fc.array(asked), fc.array(message, { minLength: 1 }), (all, sent) => {
        const endpoints = all.map((one) => endpoint(one));
        const compiled = compileEndpoints(endpoints);
        for (const one of sent.map((fields) => aMessage(fields))) {
          const expected = endpoints.filter((each) => contentMismatchOf(each, one) === undefined).map(({ id }) => id);
          const found = compiled(one).map(({ id }) => id);
          expect(found.sort()).toEqual(expected.sort());
        }
      }),
    );
  });

  /** Tells whether it was read. */
  function watched(text: string): { readonly payload: Buffer; readonly reads: () => number } {
    let count = 0;
    const payload = Buffer.from(text);
    payload.toString = () => {
      count += 1;
      return text;
    };
    return { payload, reads: () => count };
  }

  it('reads a payload once at most, and only for whoever may get the message', () => {
    const filtering = [endpoint({ filters: [withScore(4)] }), endpoint({ filters: [withScore(2), withScore(3)] })];
    const others = [endpoint(), endpoint({ eventTypes: ['x'], filters: [withScore(1)] })];
    for (const [endpoints, found, reads] of [
      [filtering, 1, 1],
      [others, 1, 0],
      [[...filtering, ...others], 2, 1],
    ] as const) {
      const { payload, reads: read } = watched('{"score":3}');
      expect([compileEndpoints(endpoints)(aMessage({ payload })).length, read()]).toEqual([found, reads]);
    }
  });

  it('gives nothing to whom nothing can be said for, and tells', () => {
    const failures: string[] = [];
    const one = endpoint({ filters: [withScore(1)] });
    const newer = endpoint({ filters: [{ sql: 'x' }] as unknown as NonNullable<Endpoint['filters']> });
    const compiled = compileEndpoints([one, newer, endpoint()], (failure) => failures.push(failure));
    expect(compiled(aMessage({ payload: Buffer.from('no JSON') }))).toHaveLength(1);
    const score = Array.from({ length: 30_000 }, () => 0);
    expect(compiled(aMessage({ payload: Buffer.from(JSON.stringify({ score })) }))).toHaveLength(1);
    expect(failures).toEqual(['unreadable-payload', 'unreadable-filter', 'too-many-steps', 'unreadable-filter']);
  });

  it('asks nothing about what is for one endpoint alone', () => {
    const one = endpoint({ eventTypes: ['x'], filters: [withScore(9)] });
    expect(compileEndpoints([one, endpoint()])(aMessage({ onlyEndpointId: one.id }))).toEqual([one]);
    expect(contentMismatchOf(one, aMessage({ onlyEndpointId: one.id }))).toBeUndefined();
  });

  it('remembers who asks for a type by a wildcard, of any number of types', () => {
    const one = endpoint({ eventTypes: ['t.*'] });
    const compiled = compileEndpoints([one]);
    for (const round of [0, 1]) {
      for (let at = 0; at < 600; at += 1) {
        expect([round, compiled(aMessage({ eventType: `t.${String(at)}` })).length]).toEqual([round, 1]);
        expect(compiled(aMessage({ eventType: `u.${String(at)}` }))).toEqual([]);
      }
    }
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
      index.endpointsFor({ ...aMessage({ eventType: 'a' }), applicationId: id }).map((one) => one.id);
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
