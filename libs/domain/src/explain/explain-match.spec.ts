import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { auditedChange } from '../audit/audited-change.js';
import type { Endpoint } from '../control/control-state.js';
import { newId, type EndpointId } from '../ids.js';
import { compileEndpoints } from '../matching/compile-endpoints.js';
import { contentMismatchOf, type ReadableMessage } from '../matching/content-match.js';
import type { MatchableMessage } from '../matching/matches.js';
import type { AskedChange } from './asked-then.js';
import { explainMatch, type ConsideredEndpoint, type MatchedThen } from './explain-match.js';

const ACCEPTED_MS = 1_790_000_000_000;
const MATCHED_MS = ACCEPTED_MS + 5;
const LONG_BEFORE_MS = ACCEPTED_MS - 60_000;

const names = fc.constantFrom('a', 'b', 'c');
const list = fc.array(names, { maxLength: 3 });
const types = fc.array(fc.constantFrom('a', 'b', 'c', '*'), { maxLength: 3 });
const filters = fc.constantFrom(1, 2, 3).map((n) => [{ json: { data: { n: { $gte: n } } } }]);
const asked = fc.record({ eventTypes: types, channels: list, filters }, { requiredKeys: [] });
const message = fc.record({ eventType: names, channels: list }, { requiredKeys: ['eventType'] });

const endpoint = (fields: Partial<Endpoint>): Endpoint => ({
  id: newId('ep', 0),
  applicationId: newId('app', 0),
  version: 1,
  url: 'https://example.com/',
  disabled: false,
  secrets: [],
  retrySchedule: [],
  ...fields,
});

const matchedTo = (endpointIds: readonly EndpointId[]): MatchedThen => ({
  atMs: MATCHED_MS,
  endpointIds: new Set(endpointIds),
});

/** As the matcher did it, with those endpoints. */
const matchedBy = (endpoints: readonly Endpoint[], sent: MatchableMessage): MatchedThen =>
  matchedTo(compileEndpoints(endpoints)(accepted(sent)).map(({ id }) => id));

const old = (kept: Endpoint): ConsideredEndpoint => ({
  ...kept,
  createdAtMs: LONG_BEFORE_MS,
  updatedAtMs: LONG_BEFORE_MS,
});
const accepted = (sent: MatchableMessage): ReadableMessage => ({
  ...sent,
  id: 'msg_1',
  acceptedAtMs: ACCEPTED_MS,
  payload: Buffer.from('{"n":2}'),
});

describe('explainMatch', () => {
  it('says matched exactly when the matcher matches, and otherwise names a rule of its', () => {
    fc.assert(
      fc.property(fc.array(asked), message, fc.option(fc.nat()), (all, sent, only) => {
        const endpoints = all.map(endpoint);
        const onlyEndpointId = only === null ? undefined : endpoints[only % Math.max(1, endpoints.length)]?.id;
        const asSent = { ...sent, ...(onlyEndpointId === undefined ? {} : { onlyEndpointId }) };
        const matched = matchedBy(endpoints, asSent);
        for (const one of endpoints) {
          const explained = explainMatch(old(one), accepted(asSent), matched);
          const rule = contentMismatchOf(one, accepted(asSent));
          expect(explained).toEqual(rule === undefined ? { kind: 'matched' } : { kind: 'not-matched', rule });
        }
      }),
    );
  });

  it('judges an endpoint that was changed since as it was, by what the audit log says of the changes', () => {
    const states = fc.array(asked, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(states, fc.nat(), message, fc.boolean(), (fields, seed, sent, isDeleted) => {
        const versions = fields.map((one, at) => endpoint({ ...one, id: newId('ep', 0), version: at + 1 }));
        const then = seed % versions.length;
        const [first] = versions;
        const id = first?.id ?? newId('ep', 0);
        const at = (version: number): number => MATCHED_MS + (version - then) * 1_000 - 500;
        const changes: AskedChange[] = versions.slice(1).map((after, index) => ({
          atMs: at(index + 1),
          ...auditedChange({ ...versions[index] }, { ...after }),
        }));
        const last = versions.at(-1) ?? endpoint({});
        if (isDeleted) changes.push({ atMs: at(versions.length), before: { ...last } });
        const now: ConsideredEndpoint = {
          ...last,
          id,
          createdAtMs: LONG_BEFORE_MS - 10_000,
          // Of the version that was matched: long enough ago for every matcher to know it.
          updatedAtMs: then === versions.length - 1 && !isDeleted ? LONG_BEFORE_MS : at(versions.length),
          ...(isDeleted ? { deletedAtMs: at(versions.length) } : {}),
          changes,
        };
        const asThen = { ...(versions[then] ?? last), id };
        const rule = contentMismatchOf(asThen, accepted(sent));
        const explained = explainMatch(now, accepted(sent), matchedBy([asThen], sent));
        expect(explained).toEqual(rule === undefined ? { kind: 'matched' } : { kind: 'not-matched', rule });
      }),
    );
  });

  const nobody = matchedTo([]);
  const sent = accepted({ eventType: 'a' });
  const one = old(endpoint({}));
  const rest = (fields: Partial<ConsideredEndpoint>): unknown => {
    const explained = explainMatch({ ...one, ...fields }, sent, nobody);
    return explained.kind === 'not-matched' ? explained.rule : explained.kind;
  };

  it('says that a repeat went to nobody for being one, whatever its endpoints asked for', () => {
    expect(explainMatch(one, sent, { ...nobody, isRepeat: true })).toEqual({
      kind: 'not-matched',
      rule: { kind: 'repeat' },
    });
  });

  it('says nothing before the matcher has', () => {
    expect(explainMatch(one, sent, undefined)).toEqual({ kind: 'undecided' });
  });

  it('says what it knows of an endpoint that would have got the message as it is', () => {
    const later = MATCHED_MS + 1;
    expect(rest({ createdAtMs: later, updatedAtMs: later })).toEqual({ kind: 'created-later', createdAtMs: later });
    // Not every matcher has heard of it within the second.
    const before = ACCEPTED_MS - 900;
    expect(rest({ createdAtMs: before, updatedAtMs: before })).toEqual({ kind: 'created-later', createdAtMs: before });
    expect(rest({ updatedAtMs: before })).toEqual({ kind: 'changed-since', changedAtMs: before });
    expect(rest({ deletedAtMs: before, updatedAtMs: before })).toEqual({ kind: 'deleted', deletedAtMs: before });
    expect(rest({ updatedAtMs: later })).toEqual({ kind: 'changed-since', changedAtMs: later });
    expect(rest({})).toEqual({ kind: 'unknown' });
  });

  it('names the clause of a filter, and none where the payload is not kept', () => {
    const now = { ...one, filters: [{ json: { data: { n: { $gte: 4 } } } }] };
    const named = { kind: 'filter', clause: 'json data.n $gte 4: is 2' };
    expect(explainMatch(now, sent, nobody)).toEqual({ kind: 'not-matched', rule: named });
    const { payload: _, ...bare } = sent;
    const unnamed = { kind: 'filter', clause: undefined };
    expect(explainMatch(now, bare, nobody)).toEqual({ kind: 'not-matched', rule: unnamed });
    // What it asked for then is what counts.
    const later = MATCHED_MS + 9;
    const changes = [{ atMs: later, ...auditedChange({ filters: now.filters }, { filters: null }) }];
    const { filters: __, ...rest } = now;
    const changed = { ...rest, updatedAtMs: later, changes };
    expect(explainMatch(changed, sent, nobody)).toEqual({ kind: 'not-matched', rule: named });
  });

  it('does not guess at what an endpoint asked for when the audit log shortened it', () => {
    const many = Array.from({ length: 500 }, (_, at) => `a.type.of.many.${String(at)}`);
    const later = MATCHED_MS + 9;
    const changes = [{ atMs: later, ...auditedChange({ eventTypes: many }, { eventTypes: ['zz'] }) }];
    const now = { ...one, eventTypes: ['zz'], updatedAtMs: later, changes };
    const rule = { kind: 'changed-since', changedAtMs: later };
    expect(explainMatch(now, accepted({ eventType: 'zz' }), nobody)).toEqual({ kind: 'not-matched', rule });
  });
});
