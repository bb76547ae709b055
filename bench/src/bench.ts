import { loadavg } from 'node:os';
import { measureBare, type BareSummary } from './bare/measure-bare.js';
import type { Flags } from './flags.js';
import { thisCommit, thisMachine } from './measure/machine.js';
import { median } from './measure/median.js';
import type { Window } from './profile/hot-spots.js';
import { Progress } from './progress.js';
import type { BenchResult, TurnResult } from './report/result.js';
import type { Bench, Scenario, Turn } from './scenarios/scenario.js';
import { medianOf, type Summary } from './scenarios/summary.js';
import { PAYLOAD_BYTES } from './scenarios/ways-in.js';
import { DeliveryLogView } from './stage/delivery-log.js';
import { startMissing } from './stage/restart.js';
import { startProps, startStage, type Closing, type Props } from './stage/stage.js';

/** The bare loop is as quick as it will get after about this many requests. */
const BARE_WARM_UP = 100_000;
const BARE_REQUESTS = 100_000;
const BARE_QUICK = 20_000;

interface Planned {
  readonly scenario: Scenario;
  readonly turn: Turn;
  readonly rounds: Summary[];
}

export interface Benched {
  readonly result: BenchResult;
  /** When it was measured, by the machine's monotonic clock. */
  readonly measured: readonly Window[];
}

/** Runs the chosen scenarios, taking turns with each other and with the bare loop. */
export async function runBench(
  flags: Flags,
  scenarios: readonly Scenario[],
  profileFolder: string | undefined,
  closing: Closing,
): Promise<Benched> {
  const loadBefore = loadavg()[0] ?? Number.NaN;
  const startedAt = new Date().toISOString();
  const commit = thisCommit();
  const progress = new Progress();
  progress.begin('starting the receiver and the load generators');
  const props = await startProps(closing);
  const bare = bareLoop(props, flags, progress);
  await bare.warmUp();
  const tell = (sentence: string) => progress.begin(sentence);
  const stage = await startStage(props, closing, {
    profileFolder,
    settings: flags.settings,
    nodeArguments: flags.nodeArguments,
    tell,
  });
  const log = new DeliveryLogView(stage.postgres.url);
  closing.add(() => log.close());
  const failures: string[] = [];
  const bench: Bench = { stage, log, flags, tell: (detail) => progress.tell(detail) };
  const planned = await prepare(bench, scenarios, progress);
  await bare.measure();
  const rounds = Math.max(0, ...planned.map(({ scenario }) => roundsOf(scenario, flags)));
  for (let round = 1; round <= rounds; round += 1) {
    for (const each of planned.filter(({ scenario }) => roundsOf(scenario, flags) >= round)) {
      progress.begin(`round ${String(round)} of ${String(rounds)}: ${each.turn.name}`);
      await takeTurn(each, failures);
      await startMissing(stage);
    }
    await bare.measure();
  }
  progress.clear();
  const result: BenchResult = {
    startedAt,
    name: flags.name,
    commit,
    machine: thisMachine(),
    loadBefore,
    nodeArguments: flags.nodeArguments,
    settings: flags.settings,
    seconds: flags.seconds,
    payloadBytes: PAYLOAD_BYTES,
    bare: bare.results,
    bareMedian: medianBare(bare.results),
    turns: planned.filter(({ rounds }) => rounds.length > 0).map(told),
    failures,
  };
  return { result, measured: stage.measured };
}

function roundsOf({ rounds }: Scenario, flags: Flags): number {
  return rounds?.(flags) ?? flags.rounds;
}

async function prepare(bench: Bench, scenarios: readonly Scenario[], progress: Progress): Promise<readonly Planned[]> {
  progress.begin('making applications and endpoints');
  const planned: Planned[] = [];
  for (const scenario of scenarios) {
    for (const turn of await scenario.prepare(bench)) planned.push({ scenario, turn, rounds: [] });
  }
  return planned;
}

/** A turn that fails is told at the end; the others still have theirs. */
async function takeTurn({ turn, rounds }: Planned, failures: string[]): Promise<void> {
  try {
    const summary = await turn.run();
    rounds.push(summary);
    const missing = (count: number, what: string) => {
      if (count > 0) failures.push(`${turn.name}: ${String(count)} ${what}`);
    };
    missing(summary.lost, 'acknowledged deliveries never arrived');
    missing(summary.unrecorded, 'attempts were made and never written down');
    missing(summary.unacknowledged, `events were not acknowledged (the first: ${summary.firstRefusal ?? ''})`);
  } catch (error) {
    failures.push(`${turn.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function bareLoop(props: Props, flags: Flags, progress: Progress) {
  const results: BareSummary[] = [];
  return {
    results,
    warmUp: async () => {
      progress.begin('warming the bare loop up');
      await measureBare(props, flags.quick ? BARE_QUICK : BARE_WARM_UP);
    },
    measure: async () => {
      progress.begin('bare loop');
      results.push(await measureBare(props, flags.quick ? BARE_QUICK : BARE_REQUESTS));
    },
  };
}

function medianBare(results: readonly BareSummary[]): BareSummary {
  return {
    requestsPerSecond: median(results.map((each) => each.requestsPerSecond)),
    requestsPerCpuSecond: median(results.map((each) => each.requestsPerCpuSecond)),
    cpuPer1000: median(results.map((each) => each.cpuPer1000)),
  };
}

function told({ scenario, turn, rounds }: Planned): TurnResult {
  return { scenario: scenario.name, about: scenario.about, name: turn.name, rounds, median: medianOf(rounds) };
}
