import { describe, expect, it } from '@jest/globals';
import type { Summary } from '../scenarios/summary.js';
import { verdicts } from './bars.js';
import { markdown } from './markdown.js';
import { FIRST_QUARTER, LAST_QUARTER, WAITED } from '../scenarios/backlog.js';
import { FLOODED, PARKS, WRITES } from '../scenarios/flood.js';
import { ACTIVE, KNOWN } from '../scenarios/many-endpoints.js';
import { STILL } from '../scenarios/slow-tenth.js';
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

  it('sets the dispatcher beside the bare loop', () => {
    const result = resultOf(turn('dispatcher-alone', 'dispatcher-alone', { requestsPerCpuSecond: 30_000 }));
    const about = "dispatcher alone: its requests for each CPU second ÷ the bare loop's";
    expect(told(result)).toContainEqual({ about, measured: 0.6, met: true });
  });

  it('sets each pair with and without a fault side by side, and tells the median of the pairs', () => {
    const round = (p99: number, still: number) => ({
      ...turn('', '', {}).median,
      arrivalMs: { p50: 1, p99, most: p99 },
      figures: { [STILL]: still },
    });
    const rounds = (name: string, ...of: readonly Summary[]): TurnResult => ({
      ...turn('slow-tenth', name, {}),
      rounds: of,
    });
    const result = resultOf(
      rounds('slow-tenth, 100/s each, without drip', round(10, 0), round(40, 0), round(20, 0)),
      rounds('slow-tenth, 100/s each, with drip', round(30, 0), round(40, 1), round(40, 0)),
    );
    const what = 'slow-tenth, nine of ten at 100/s each with the tenth on drip';
    expect(told(result)).toEqual([
      { about: `${what}: p99 ÷ p99 without, median of the pairs`, measured: 2, met: false },
      { about: `${what}: ${STILL}`, measured: 1, met: false },
    ]);
  });

  it('holds the long scenarios to bars of their own, and says how much there was', () => {
    const result = resultOf(
      turn('many-endpoints', 'many-endpoints', {
        peakMB: { dispatcher: 390, 'subscription-matcher': 410 },
        figures: { [KNOWN]: 100_000, [ACTIVE]: 1_000 },
      }),
      turn('backlog', 'backlog', {
        peakMB: { dispatcher: 900 },
        figures: { [WAITED]: 2_000_000, [FIRST_QUARTER]: 200, [LAST_QUARTER]: 300 },
      }),
      turn('flood', 'flood', { figures: { [FLOODED]: 5, [PARKS]: 9_000, [WRITES]: 10_000 } }),
    );
    expect(verdicts(result).map(({ about, measured, met }) => [about, measured, met])).toEqual([
      ['100,000 endpoints known, 1,000 active: peak memory of the dispatcher, MB', 390, true],
      ['100,000 endpoints known, 1,000 active: peak memory of the subscription-matcher, MB', 410, false],
      ['a backlog of 2,000,000 deliveries: memory of the dispatcher in the last quarter ÷ in the first', 1.5, false],
      [
        '5 deliveries for an endpoint that is switched off: what the dispatcher reads and parks ÷ what one matcher writes',
        0.9,
        false,
      ],
    ]);
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
