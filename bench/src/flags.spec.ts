import { describe, expect, it } from '@jest/globals';
import { FlagError, readFlags } from './flags.js';

describe('readFlags', () => {
  it('has a full form and a short one', () => {
    expect(readFlags([])).toMatchObject({
      rounds: 3,
      seconds: 20,
      warmSeconds: 5,
      name: 'full',
      faults: ['slow', 'refuse', 'reset', 'hang-tls', 'drip', 'throttle'],
      faultRates: [100, 500, 1_000],
      pairs: 3,
      faultSeconds: 60,
      longFaultSeconds: 300,
      backlog: 2_000_000,
    });
    expect(readFlags(['--quick'])).toMatchObject({
      rounds: 1,
      seconds: 5,
      warmSeconds: 2,
      name: 'quick',
      faults: ['slow'],
      pairs: 1,
      faultSeconds: 5,
      backlog: 20_000,
    });
  });

  it('measures every run as long as it is told to', () => {
    expect(readFlags(['--seconds', '7'])).toMatchObject({ seconds: 7, faultSeconds: 7, longFaultSeconds: 7 });
  });

  it('takes lists', () => {
    const flags = readFlags([
      '--scenario',
      'a,b',
      '--fault=drip,reset',
      '--fault-rate',
      '100,500',
      '--set',
      'A=1,B=x=y',
    ]);
    expect(flags).toMatchObject({
      scenarios: ['a', 'b'],
      name: 'a-b',
      faults: ['drip', 'reset'],
      faultRates: [100, 500],
      settings: { A: '1', B: 'x=y' },
    });
  });

  it.each([
    ['--seconds', '0', '--seconds takes a whole number'],
    ['--known', 'many', '--known takes a whole number'],
    ['--fault', 'fire', "--fault knows no 'fire'"],
    ['--name', '../x', '--name takes'],
    ['--set', 'A', '--set takes NAME=value'],
    ['--speed', '1', '--help lists the flags'],
  ])('says what is wrong with %s %s', (flag, value, sentence) => {
    expect(() => readFlags([flag, value])).toThrow(FlagError);
    expect(() => readFlags([flag, value])).toThrow(sentence);
  });
});
