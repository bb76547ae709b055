import { median } from '../measure/median.js';
import { ALL_READS, API_READS, readsP99 } from '../scenarios/api-reads.js';
import { BACKLOG, FIRST_QUARTER, LAST_QUARTER, WAITED } from '../scenarios/backlog.js';
import { FAULT_NAMES, type FaultName } from '../scenarios/faults.js';
import { AFTER, DURING, FLOOD, FLOODED, p99Of, PARKS, WRITES } from '../scenarios/flood.js';
import { EXPLAIN, SLOWEST_EXPLAIN_P99 } from '../scenarios/explain.js';
import { INGEST_ALONE, ingestTurn } from '../scenarios/ingest-alone.js';
import { IN_LOG, LOG_LISTS, SLOWEST_P99 } from '../scenarios/log-lists.js';
import { ACTIVE, KNOWN, MANY_ENDPOINTS } from '../scenarios/many-endpoints.js';
import { ENDPOINTS_KNOWN, MATCHED, MATCHER_ALONE, matcherTurn } from '../scenarios/matcher-alone.js';
import { RECORDER_ALONE } from '../scenarios/recorder-alone.js';
import { DEAD_LETTERS, PLANNED_SLOWEST, RATE_TO_CAP, REDRIVE } from '../scenarios/redrive.js';
import { SLOW_TENTH, SLOW_TENTH_LONG, STILL, turnName } from '../scenarios/slow-tenth.js';
import type { Summary } from '../scenarios/summary.js';
import { cpuOfAll, largestProcess, roundsOf, turnNamed, type BenchResult } from './result.js';

export interface Bar {
  readonly about: string;
  readonly bound: number;
  readonly better: 'more' | 'less';
  /** What has to hold now, or what is aimed at. */
  readonly kind: 'required' | 'aim';
  /** Undefined where the run did not measure it. */
  readonly value: (result: BenchResult) => number | undefined;
}

export interface Verdict extends Omit<Bar, 'value'> {
  readonly measured: number;
  readonly met: boolean;
}

const ONE = 'one-endpoint';
const TEN = 'ten-endpoints';
const perSecond = (turn: string) => (result: BenchResult) => turnNamed(result, turn)?.deliveriesPerSecond;
const p50 = (turn: string) => (result: BenchResult) => turnNamed(result, turn)?.arrivalMs?.p50;
const p99 = (turn: string) => (result: BenchResult) => turnNamed(result, turn)?.arrivalMs?.p99;
const cpu = (turn: string) => (result: BenchResult) => {
  const summary = turnNamed(result, turn);
  return summary === undefined ? undefined : cpuOfAll(summary);
};

const figure = (turn: string, name: string) => (result: BenchResult) => turnNamed(result, turn)?.figures?.[name];
const peak = (turn: string, process: string) => (result: BenchResult) => turnNamed(result, turn)?.peakMB[process];

/** Nothing holds the data plane back there, or it knows very much; what its processes hold then is a bar of its own. */
const FULL_TOPIC = 'dispatcher-alone';
const MEMORY_APART: readonly string[] = [
  FULL_TOPIC,
  MANY_ENDPOINTS,
  BACKLOG,
  FLOOD,
  LOG_LISTS,
  EXPLAIN,
  RECORDER_ALONE,
  REDRIVE,
  MATCHER_ALONE,
  INGEST_ALONE,
];

const RATES: readonly Bar[] = [
  { kind: 'required', about: 'one endpoint, deliveries/s', better: 'more', bound: 3_000, value: perSecond(ONE) },
  { kind: 'required', about: 'one endpoint, deliveries/s', better: 'more', bound: 7_000, value: perSecond(ONE) },
  {
    kind: 'required',
    about: 'one endpoint, one event a request over HTTP, deliveries/s',
    better: 'more',
    bound: 4_500,
    value: perSecond('one-endpoint-http'),
  },
  ...(
    [
      ['http', 2_500],
      ['http-batch', 5_000],
    ] as const
  ).map(([way, bound]): Bar => ({
    kind: 'required',
    about: `${ingestTurn(way)}: events accepted/s`,
    better: 'more',
    bound,
    value: perSecond(ingestTurn(way)),
  })),
  { kind: 'required', about: 'ten endpoints, deliveries/s', better: 'more', bound: 10_000, value: perSecond(TEN) },
  {
    kind: 'required',
    about: 'one endpoint, CPU seconds for 1,000 deliveries, all processes',
    better: 'less',
    bound: 0.23,
    value: cpu(ONE),
  },
  {
    kind: 'required',
    about: 'ten endpoints, CPU seconds for 1,000 deliveries, all processes',
    better: 'less',
    bound: 0.15,
    value: cpu(TEN),
  },
  {
    kind: 'required',
    about: "dispatcher alone: its requests for each CPU second ÷ the bare loop's",
    better: 'more',
    bound: 0.5,
    value: (result) => {
      const alone = turnNamed(result, FULL_TOPIC)?.requestsPerCpuSecond;
      return alone === undefined ? undefined : alone / result.bareMedian.requestsPerCpuSecond;
    },
  },
];

const TIMES: readonly Bar[] = [
  { kind: 'required', about: 'p99 until arrival at 300/s, ms', better: 'less', bound: 100, value: p99('latency-300') },
  { kind: 'required', about: 'p50 until arrival at 500/s, ms', better: 'less', bound: 6, value: p50('latency-500') },
  { kind: 'required', about: 'p99 until arrival at 500/s, ms', better: 'less', bound: 25, value: p99('latency-500') },
  {
    kind: 'required',
    about: 'p99 of 200 API reads/s beside 1,000 deliveries/s, ms',
    better: 'less',
    bound: 20,
    value: figure(API_READS, readsP99(ALL_READS)),
  },
];

const MEMORY: readonly Bar[] = [
  {
    kind: 'required',
    about: 'peak memory of the largest process, MB',
    better: 'less',
    bound: 300,
    value: ({ turns }) => largestProcess(turns.filter(({ scenario }) => !MEMORY_APART.includes(scenario))),
  },
  {
    kind: 'aim',
    about: 'peak memory of the largest process while a full topic is emptied, MB',
    better: 'less',
    bound: 300,
    value: ({ turns }) => largestProcess(turns.filter(({ scenario }) => scenario === FULL_TOPIC)),
  },
];

/** These say how much there was: a short form has less of everything. */
function barsOfMany(result: BenchResult): readonly Bar[] {
  const size = (turn: string, name: string) => (figure(turn, name)(result) ?? 0).toLocaleString('en-GB');
  const known = `${size(MANY_ENDPOINTS, KNOWN)} endpoints known, ${size(MANY_ENDPOINTS, ACTIVE)} active`;
  const parked = `${size(FLOOD, FLOODED)} deliveries for an endpoint that is switched off`;
  return [
    ...['dispatcher', 'subscription-matcher'].map((process): Bar => ({
      kind: 'required',
      about: `${known}: peak memory of the ${process}, MB`,
      better: 'less',
      bound: 400,
      value: peak(MANY_ENDPOINTS, process),
    })),
    {
      kind: 'required',
      about: `a backlog of ${size(BACKLOG, WAITED)} deliveries: memory of the dispatcher in the last quarter ÷ in the first`,
      better: 'less',
      bound: 1.1,
      value: quotient(figure(BACKLOG, LAST_QUARTER), figure(BACKLOG, FIRST_QUARTER)),
    },
    {
      kind: 'required',
      about: `${parked}: what the dispatcher reads and parks ÷ what one matcher writes`,
      better: 'more',
      bound: 1,
      value: quotient(figure(FLOOD, PARKS), figure(FLOOD, WRITES)),
    },
    {
      kind: 'required',
      about: `${parked}, parked: p99 of a newcomer, ms`,
      better: 'less',
      bound: 100,
      value: figure(FLOOD, p99Of(AFTER)),
    },
    ...barsOfTheLog(size),
    {
      kind: 'aim',
      about: `${parked}, arriving: p99 of a newcomer, ms`,
      better: 'less',
      bound: 100,
      value: figure(FLOOD, p99Of(DURING)),
    },
  ];
}

function barsOfTheLog(size: (turn: string, name: string) => string): readonly Bar[] {
  return [
    {
      kind: 'required',
      about: `${size(LOG_LISTS, IN_LOG)} attempts in the log: p99 of the slowest list, ms`,
      better: 'less',
      bound: 50,
      value: figure(LOG_LISTS, SLOWEST_P99),
    },
    {
      kind: 'required',
      about: `${size(EXPLAIN, IN_LOG)} attempts in the log: p99 of the slowest explanation, ms`,
      better: 'less',
      bound: 100,
      value: figure(EXPLAIN, SLOWEST_EXPLAIN_P99),
    },
    {
      kind: 'required',
      about: `${size(RECORDER_ALONE, IN_LOG)} attempts in the log: attempts/s that the recorder adds`,
      better: 'more',
      bound: 10_000,
      value: perSecond(RECORDER_ALONE),
    },
  ];
}

function matcherBars(result: BenchResult): readonly Bar[] {
  const bounds = { types: 30_000, filters: 10_000 } as const;
  return (['types', 'filters'] as const).map((ask) => {
    const known = (figure(matcherTurn(ask), ENDPOINTS_KNOWN)(result) ?? 0).toLocaleString('en-GB');
    return {
      kind: 'required',
      about: `${known} endpoints known: messages/s of one ${matcherTurn(ask)}`,
      better: 'more',
      bound: bounds[ask],
      value: figure(matcherTurn(ask), MATCHED),
    };
  });
}

function redriveBars(result: BenchResult): readonly Bar[] {
  const count = (figure(REDRIVE, DEAD_LETTERS)(result) ?? 0).toLocaleString('en-GB');
  return [
    {
      kind: 'required',
      about: `${count} dead letters: slowest dry run of a re-drive, s`,
      better: 'less',
      bound: 10,
      value: figure(REDRIVE, PLANNED_SLOWEST),
    },
    {
      kind: 'required',
      about: 'a re-drive at its cap: how far from it, ÷ the cap',
      better: 'less',
      bound: 0.05,
      value: (of) => {
        const ratio = figure(REDRIVE, RATE_TO_CAP)(of);
        return ratio === undefined ? undefined : Math.abs(1 - ratio);
      },
    },
  ];
}

function quotient(above: Bar['value'], below: Bar['value']): Bar['value'] {
  return (result) => {
    const [a, b] = [above(result), below(result)];
    return a === undefined || b === undefined ? undefined : a / b;
  };
}

export function verdicts(result: BenchResult): readonly Verdict[] {
  const bars = [
    ...RATES,
    ...TIMES,
    ...faultBars(result),
    ...MEMORY,
    ...barsOfMany(result),
    ...redriveBars(result),
    ...matcherBars(result),
  ];
  return bars.flatMap(({ value, ...bar }) => {
    const measured = value(result);
    if (measured === undefined || Number.isNaN(measured)) return [];
    return [{ ...bar, measured, met: bar.better === 'more' ? measured >= bar.bound : measured <= bar.bound }];
  });
}

/** Nine quick endpoints beside a broken one keep their times, and offsets move on: for each pair that was measured. */
function faultBars(result: BenchResult): readonly Bar[] {
  const rates = new Set(result.turns.flatMap(({ name }) => /^slow-tenth.*, (\d+)\/s/.exec(name)?.[1] ?? []));
  return [SLOW_TENTH, SLOW_TENTH_LONG].flatMap((scenario) =>
    [...rates].flatMap((rate) => FAULT_NAMES.flatMap((fault) => pairBars(scenario, fault, Number(rate)))),
  );
}

function pairBars(scenario: string, fault: FaultName, rate: number): readonly Bar[] {
  const without = turnName(scenario, fault, rate, false);
  const broken = turnName(scenario, fault, rate, true);
  const what = `${scenario}, nine of ten at ${String(rate)}/s each with the tenth on ${fault}`;
  return [
    {
      kind: 'required',
      about: `${what}: p99 ÷ p99 without, median of the pairs`,
      better: 'less',
      bound: 1.5,
      value: (result) => medianRatio(roundsOf(result, broken), roundsOf(result, without)),
    },
    {
      kind: 'required',
      about: `${what}: ${STILL}`,
      better: 'less',
      bound: 0,
      value: (result) => mostOf(roundsOf(result, broken), STILL),
    },
  ];
}

/** Of each pair by itself: what changes on the machine from pair to pair changes both. */
function medianRatio(broken: readonly Summary[], without: readonly Summary[]): number | undefined {
  const ratios = broken.flatMap(({ arrivalMs }, at) => {
    const before = without[at]?.arrivalMs;
    return arrivalMs === undefined || before === undefined ? [] : [arrivalMs.p99 / before.p99];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}

function mostOf(rounds: readonly Summary[], name: string): number | undefined {
  const values = rounds.flatMap(({ figures }) => figures?.[name] ?? []);
  return values.length === 0 ? undefined : Math.max(...values);
}
