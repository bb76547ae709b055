import { describe, expect, it } from '@jest/globals';
import type { Summary } from '../scenarios/summary.js';
import { verdicts } from './bars.js';
import { markdown } from './markdown.js';
import type { BenchResult, TurnResult } from './result.js';

function turn(scenario: string, name: string, numbers: Partial<Summary>): TurnResult {
  const median: Summary = {
    deliveriesPerSecond: 0,
    cpuPer1000: {},
    peakMB: {},
    deliveries: 10,
    repeats: 0,
    lost: 0,
    unrecorded: 0,
    unacknowledged: 0,
    ...numbers,
  };
  return { scenario, about: 'about', name, rounds: [median], median };
}

function resultOf(...turns: readonly TurnResult[]): BenchResult {
  const bare = { requestsPerSecond: 40_000, requestsPerCpuSecond: 50_000, cpuPer1000: 0.02 };
  return {
    startedAt: '2026-01-01T00:00:00.000Z',
    name: 'test',
    commit: { id: 'abc', dirty: false },
    machine: { processor: 'p', cores: 2, memoryGiB: 8, kernel: 'Linux', node: '24', java: '17' },
    loadBefore: 0.1,
    nodeArguments: [],
    settings: {},
    seconds: 10,
    payloadBytes: 1_024,
    bare: [bare],
    bareMedian: bare,
    turns,
    failures: [],
  };
}

const told = (result: BenchResult) => verdicts(result).map(({ about, measured, met }) => ({ about, measured, met }));

describe('verdicts', () => {
  it('says only what was measured', () => {
    expect(told(resultOf())).toEqual([]);
  });

  it('holds rates to a least, and times and memory to a most', () => {
    const result = resultOf(
      turn('one-endpoint', 'one-endpoint', { deliveriesPerSecond: 3_500, peakMB: { dispatcher: 310, kafka: 900 } }),
      turn('latency-300', 'latency-300', { arrivalMs: { p50: 4, p99: 20, most: 30 } }),
    );
    expect(told(result)).toEqual(
      expect.arrayContaining([
        { about: 'one endpoint, deliveries/s', measured: 3_500, met: true },
        { about: 'one endpoint, deliveries/s', measured: 3_500, met: false },
        { about: 'p99 until arrival at 300/s, ms', measured: 20, met: true },
        { about: 'peak memory of the largest process, MB', measured: 310, met: false },
      ]),
    );
  });

  it('sets each pair with and without a fault side by side, and the dispatcher beside the bare loop', () => {
    const arrival = (p99: number) => ({ arrivalMs: { p50: 1, p99, most: p99 } });
    const result = resultOf(
      turn('slow-tenth', 'slow-tenth, 100/s each, without drip', arrival(20)),
      turn('slow-tenth', 'slow-tenth, 100/s each, with drip', arrival(40)),
      turn('dispatcher-alone', 'dispatcher-alone', { requestsPerCpuSecond: 30_000 }),
    );
    expect(told(result)).toEqual(
      expect.arrayContaining([
        { about: 'nine of ten at 100/s each, p99 with the tenth on drip ÷ p99 without', measured: 2, met: false },
        { about: "dispatcher alone: its requests for each CPU second ÷ the bare loop's", measured: 0.6, met: true },
      ]),
    );
  });
});

describe('markdown', () => {
  it('says that none was lost only when nothing went wrong', () => {
    expect(markdown(resultOf(turn('a', 'a', {})))).toContain('All 10 deliveries arrived');
    const lossy = { ...resultOf(turn('a', 'a', {})), failures: ['a: 3 acknowledged deliveries never arrived'] };
    expect(markdown(lossy)).not.toContain('none lost');
    expect(markdown(lossy)).toContain('- a: 3 acknowledged deliveries never arrived');
  });

  it('warns that the machine was busy', () => {
    expect(markdown({ ...resultOf(), loadBefore: 3 })).toContain('it was busy with something else');
  });
});
