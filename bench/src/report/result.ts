import type { BareSummary } from '../bare/measure-bare.js';
import type { Commit, Machine } from '../measure/machine.js';
import type { Summary } from '../scenarios/summary.js';

export interface TurnResult {
  readonly scenario: string;
  readonly about: string;
  readonly name: string;
  readonly rounds: readonly Summary[];
  readonly median: Summary;
}

/** What is written down of one run of the benchmark; everything in it was measured in that run. */
export interface BenchResult {
  readonly startedAt: string;
  readonly name: string;
  readonly commit: Commit;
  readonly machine: Machine;
  /** The machine's load average of a minute before anything of ours ran: well above 0, something else was measured too. */
  readonly loadBefore: number;
  /** Given to each role's Node beyond the usual. */
  readonly nodeArguments: readonly string[];
  /** Environment of the roles beyond the usual. */
  readonly settings: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly payloadBytes: number;
  /** Before the first round, after each, in order. */
  readonly bare: readonly BareSummary[];
  readonly bareMedian: BareSummary;
  readonly turns: readonly TurnResult[];
  /** What went wrong, in sentences; empty when every delivery arrived and was written down. */
  readonly failures: readonly string[];
}

/** The product's own processes and what they stand on; without the load generator and the receiver. */
const OURS = ['ingest', 'subscription-matcher', 'dispatcher', 'retry-scheduler', 'recorder', 'api'] as const;
const SERVICES = ['kafka', 'postgresql'] as const;

export function cpuOfAll({ cpuPer1000 }: Summary): number {
  return [...OURS, ...SERVICES].reduce((sum, name) => sum + (cpuPer1000[name] ?? 0), 0);
}

/** Millions of bytes that the largest process of the product held at most; undefined without any turn. */
export function largestProcess(turns: readonly TurnResult[]): number | undefined {
  const peaks = turns.flatMap(({ rounds }) =>
    rounds.flatMap(({ peakMB }) => OURS.flatMap((name) => peakMB[name] ?? [])),
  );
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}

/** Round by round. */
export function roundsOf(result: BenchResult, name: string): readonly Summary[] {
  return result.turns.find((turn) => turn.name === name)?.rounds ?? [];
}

export function turnNamed(result: BenchResult, name: string): Summary | undefined {
  return result.turns.find((turn) => turn.name === name)?.median;
}
