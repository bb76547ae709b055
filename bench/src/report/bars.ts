import { FAULT_NAMES } from '../scenarios/faults.js';
import { turnName } from '../scenarios/slow-tenth.js';
import { cpuOfAll, largestProcess, turnNamed, type BenchResult } from './result.js';

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

const perSecond = (turn: string) => (result: BenchResult) => turnNamed(result, turn)?.deliveriesPerSecond;
const p50 = (turn: string) => (result: BenchResult) => turnNamed(result, turn)?.arrivalMs?.p50;
const p99 = (turn: string) => (result: BenchResult) => turnNamed(result, turn)?.arrivalMs?.p99;
const cpu = (turn: string) => (result: BenchResult) => {
  const summary = turnNamed(result, turn);
  return summary === undefined ? undefined : cpuOfAll(summary);
};

/** Nothing holds the data plane back there; what its processes hold then is a bar of its own. */
const FULL_TOPIC = 'dispatcher-alone';

const BARS: readonly Bar[] = [
  {
    kind: 'required',
    about: 'one endpoint, deliveries/s',
    better: 'more',
    bound: 3_000,
    value: perSecond('one-endpoint'),
  },
  { kind: 'required', about: 'p99 until arrival at 300/s, ms', better: 'less', bound: 100, value: p99('latency-300') },
  {
    kind: 'required',
    about: 'peak memory of the largest process, MB',
    better: 'less',
    bound: 300,
    value: ({ turns }) => largestProcess(turns.filter(({ scenario }) => scenario !== FULL_TOPIC)),
  },
  { kind: 'aim', about: 'one endpoint, deliveries/s', better: 'more', bound: 7_000, value: perSecond('one-endpoint') },
  {
    kind: 'aim',
    about: 'one endpoint, one event a request over HTTP, deliveries/s',
    better: 'more',
    bound: 4_500,
    value: perSecond('one-endpoint-http'),
  },
  {
    kind: 'aim',
    about: 'ten endpoints, deliveries/s',
    better: 'more',
    bound: 10_000,
    value: perSecond('ten-endpoints'),
  },
  {
    kind: 'aim',
    about: 'one endpoint, CPU seconds for 1,000 deliveries, all processes',
    better: 'less',
    bound: 0.23,
    value: cpu('one-endpoint'),
  },
  {
    kind: 'aim',
    about: 'ten endpoints, CPU seconds for 1,000 deliveries, all processes',
    better: 'less',
    bound: 0.15,
    value: cpu('ten-endpoints'),
  },
  {
    kind: 'aim',
    about: 'peak memory of the largest process while a full topic is emptied, MB',
    better: 'less',
    bound: 300,
    value: ({ turns }) => largestProcess(turns.filter(({ scenario }) => scenario === FULL_TOPIC)),
  },
  { kind: 'aim', about: 'p50 until arrival at 500/s, ms', better: 'less', bound: 6, value: p50('latency-500') },
  { kind: 'aim', about: 'p99 until arrival at 500/s, ms', better: 'less', bound: 25, value: p99('latency-500') },
  {
    kind: 'aim',
    about: "dispatcher alone: its requests for each CPU second ÷ the bare loop's",
    better: 'more',
    bound: 0.5,
    value: (result) => {
      const alone = turnNamed(result, 'dispatcher-alone')?.requestsPerCpuSecond;
      return alone === undefined ? undefined : alone / result.bareMedian.requestsPerCpuSecond;
    },
  },
];

export function verdicts(result: BenchResult): readonly Verdict[] {
  return [...BARS, ...faultBars(result)].flatMap(({ value, ...bar }) => {
    const measured = value(result);
    if (measured === undefined || Number.isNaN(measured)) return [];
    return [{ ...bar, measured, met: bar.better === 'more' ? measured >= bar.bound : measured <= bar.bound }];
  });
}

/** Nine quick endpoints beside a broken one keep their times: one bar for each pair that was measured. */
function faultBars(result: BenchResult): readonly Bar[] {
  const rates = result.turns.flatMap(({ name }) => /^slow-tenth, (\d+)\/s/.exec(name)?.[1] ?? []);
  return [...new Set(rates)].flatMap((rate) =>
    FAULT_NAMES.map((fault): Bar => ({
      kind: 'aim',
      about: `nine of ten at ${rate}/s each, p99 with the tenth on ${fault} ÷ p99 without`,
      better: 'less',
      bound: 1.5,
      value: () => {
        const without = p99(turnName(fault, Number(rate), false))(result);
        const broken = p99(turnName(fault, Number(rate), true))(result);
        return without === undefined || broken === undefined ? undefined : broken / without;
      },
    })),
  );
}
