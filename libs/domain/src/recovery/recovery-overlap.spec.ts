import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mayOverlap, type SelectionReach } from './recovery-overlap.js';

const name = fc.constantFrom('a', 'b', 'c');
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 2 });
const selection: fc.Arbitrary<SelectionReach> = fc.record(
  {
    applicationId: name,
    endpointId: name,
    eventTypes: names,
    reasons: names,
    messageIds: names,
    deliveryIds: names,
    sinceMs: fc.nat(5),
    untilMs: fc.nat(8),
  },
  { requiredKeys: ['sinceMs', 'untilMs'] },
);
const record = fc.record({ app: name, ep: name, type: name, reason: name, msg: name, dlv: name, atMs: fc.nat(8) });
type One = typeof record extends fc.Arbitrary<infer T> ? T : never;

const holds = (s: SelectionReach, one: One): boolean =>
  one.atMs >= s.sinceMs &&
  one.atMs < s.untilMs &&
  (s.applicationId ?? one.app) === one.app &&
  (s.endpointId ?? one.ep) === one.ep &&
  (s.eventTypes?.includes(one.type) ?? true) &&
  (s.reasons?.includes(one.reason) ?? true) &&
  (s.messageIds?.includes(one.msg) ?? true) &&
  (s.deliveryIds?.includes(one.dlv) ?? true);

describe('whether two recoveries may be over the same records', () => {
  it('is seen whenever a record is in both', () => {
    fc.assert(
      fc.property(selection, selection, record, (one, other, each) => {
        if (holds(one, each) && holds(other, each)) expect(mayOverlap(one, other)).toBe(true);
      }),
    );
  });

  it('is not said of what no record can be in', () => {
    const all = { sinceMs: 0, untilMs: 10 };
    expect(mayOverlap({ ...all, endpointId: 'a' }, { ...all, endpointId: 'b' })).toBe(false);
    expect(mayOverlap({ ...all, untilMs: 5 }, { ...all, sinceMs: 5 })).toBe(false);
    expect(mayOverlap({ ...all, eventTypes: ['a', 'b'] }, { ...all, eventTypes: ['c'] })).toBe(false);
  });
});
