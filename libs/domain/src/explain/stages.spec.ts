import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STAGES, stagesOf, type StagesOf } from './stages.js';

const AT = 1_790_000_000_000;
const PLAIN: StagesOf = {
  acceptedAtMs: AT,
  matchedAtMs: AT + 5,
  isMatched: true,
  attempts: [],
  facts: [],
  redeliveriesAtMs: [],
};
const told = (of: Partial<StagesOf>) =>
  stagesOf({ ...PLAIN, ...of }).map(({ name, atMs, ms }) => [name, atMs - AT, ms]);

describe('stagesOf', () => {
  it('tells a delivery from its acceptance to its fate, and how long each part took', () => {
    const failed = { attempt: 1, atMs: AT + 20, totalMs: 30, delivered: false, waits: true };
    const delivered = { attempt: 2, atMs: AT + 5_060, totalMs: 12, delivered: true, waits: false };
    expect(told({ attempts: [failed, delivered], state: 'delivered' })).toEqual([
      ['accepted', 0, 5],
      ['matched', 5, 0],
      ['queued', 5, 15],
      ['attempt', 20, 30],
      ['waiting', 50, 5_010],
      ['attempt', 5_060, 12],
      ['delivered', 5_072, undefined],
    ]);
  });

  it('tells what was parked, released, asked for again and ended without an attempt', () => {
    const facts = [
      { kind: 'parked', atMs: AT + 9, reason: 'endpoint-disabled' },
      { kind: 'released', atMs: AT + 500 },
      { kind: 'expired', atMs: AT + 510 },
    ] as const;
    expect(told({ facts, redeliveriesAtMs: [AT + 400], state: 'expired' })).toEqual([
      ['accepted', 0, 5],
      ['matched', 5, 0],
      ['queued', 5, 4],
      ['parked', 9, 391],
      ['redelivered', 400, 100],
      ['released', 500, 10],
      ['expired', 510, undefined],
    ]);
  });

  it('ends where the matcher left the endpoint out', () => {
    expect(told({ isMatched: false })).toEqual([
      ['accepted', 0, 5],
      ['matched', 5, undefined],
    ]);
  });

  it('is in the order of time, and lasts nothing less than nothing, whatever the clocks say', () => {
    const at = fc.integer({ min: AT - 1_000, max: AT + 10_000 });
    const attempt = fc.record({
      attempt: fc.nat(9),
      atMs: at,
      totalMs: fc.double({ min: 0, max: 100, noNaN: true }),
      delivered: fc.boolean(),
      waits: fc.boolean(),
    });
    const fact = fc.record({ kind: fc.constantFrom('parked', 'released', 'cancelled'), atMs: at } as const);
    fc.assert(
      fc.property(fc.array(attempt), fc.array(fact), fc.array(at), (attempts, facts, redeliveriesAtMs) => {
        const stages = stagesOf({ ...PLAIN, attempts, facts, redeliveriesAtMs });
        expect(stages.map(({ atMs }) => atMs)).toEqual(stages.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
        expect(stages.every(({ ms = 0, name }) => ms >= 0 && STAGES.includes(name))).toBe(true);
      }),
    );
  });
});
