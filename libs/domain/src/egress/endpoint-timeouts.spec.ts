import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundedTimeouts, excessiveTimeouts, type EndpointTimeouts } from './endpoint-timeouts.js';

const ms = fc.integer({ min: 1, max: 300_000 });
const allowed = fc.record({ connectMs: ms, firstByteMs: ms, totalMs: ms });
const asked: fc.Arbitrary<EndpointTimeouts> = fc.record(
  { connectMs: ms, firstByteMs: ms, totalMs: ms },
  { requiredKeys: [] },
);

describe("an endpoint's time-outs", () => {
  it("are the owner's where they are shorter, and never longer than the operator's", () => {
    fc.assert(
      fc.property(allowed, asked, (operators, owners) => {
        const bounded = boundedTimeouts(operators, owners);
        const excessive = excessiveTimeouts(operators, owners);
        for (const part of ['connectMs', 'firstByteMs', 'totalMs'] as const) {
          expect(bounded[part]).toBe(Math.min(operators[part], owners[part] ?? operators[part]));
          expect(excessive.includes(part)).toBe((owners[part] ?? 0) > operators[part]);
        }
      }),
    );
  });

  it("are the operator's where the owner said nothing", () => {
    const operators = { connectMs: 1, firstByteMs: 2, totalMs: 3 };
    expect(boundedTimeouts(operators, undefined)).toBe(operators);
  });
});
