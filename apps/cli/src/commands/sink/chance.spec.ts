import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chance, plannedAnswer, type Behaviour } from './chance.js';

const BEHAVIOUR: Behaviour = { status: 200, failRate: 0.25, failStatus: 503, latency: { least: 10, most: 20 } };

describe('chance', () => {
  it('is the same again with the same seed, and from 0 to below 1', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [one, other] = [chance(seed), chance(seed)];
        for (let turn = 0; turn < 50; turn += 1) {
          const value = one();
          expect(other()).toBe(value);
          expect(value >= 0 && value < 1).toBe(true);
        }
      }),
    );
  });

  it('fails about as often as it is told, within the latencies', () => {
    const next = chance(7);
    const answers = Array.from({ length: 4_000 }, () => plannedAnswer(BEHAVIOUR, next));
    const failures = answers.filter(({ isFailure }) => isFailure);
    expect(failures.length).toBeGreaterThan(850);
    expect(failures.length).toBeLessThan(1_150);
    expect(answers.every(({ delayMs }) => delayMs >= 10 && delayMs <= 20)).toBe(true);
    expect(answers.every(({ status, isFailure }) => status === (isFailure ? 503 : 200))).toBe(true);
  });

  it('fails always at 1, and never at 0', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const next = chance(seed);
        expect(plannedAnswer({ ...BEHAVIOUR, failRate: 1 }, next).isFailure).toBe(true);
        expect(plannedAnswer({ ...BEHAVIOUR, failRate: 0 }, next).isFailure).toBe(false);
      }),
    );
  });
});
