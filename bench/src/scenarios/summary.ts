import { Histogram } from '../measure/histogram.js';
import { median } from '../measure/median.js';
import type { PathStats } from '../receiver/path-account.js';
import type { Run } from './run.js';

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

export interface Note {
  readonly title: string;
  readonly text: string;
}

/** One run's numbers, or the medians of several. Absent is what a scenario does not measure. */
export interface Summary {
  readonly deliveriesPerSecond: number;
  /** Milliseconds from the time at which an event was to be sent until its request stood at the receiver. */
  readonly arrivalMs?: Percentiles;
  /** Milliseconds from the same time until intake had acknowledged it. */
  readonly acknowledgedMs?: Percentiles;
  /** Milliseconds by which a retry came later than its wait after the failed answer. */
  readonly retryLatenessMs?: Percentiles;
  /** Processor seconds for 1,000 deliveries, by process. */
  readonly cpuPer1000: Readonly<Record<string, number>>;
  /** Millions of bytes at most, by process. */
  readonly peakMB: Readonly<Record<string, number>>;
  /** Requests of the dispatcher for each of its processor seconds, where it is measured alone. */
  readonly requestsPerCpuSecond?: number;
  /** What only some scenario measures, by what it says. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Texts that stand in a file of their own. */
  readonly notes?: readonly Note[];
  readonly deliveries: number;
  readonly repeats: number;
  readonly lost: number;
  readonly unrecorded: number;
  readonly unacknowledged: number;
  readonly firstRefusal?: string;
}

export function summarise(run: Run, paths: readonly string[]): Summary {
  const all = Object.values(run.receiver.paths);
  const chosen = paths.flatMap((path) => run.receiver.paths[path] ?? []);
  const thousands = Math.max(run.settled, 1) / 1_000;
  return {
    deliveriesPerSecond: run.arrived / run.seconds,
    ...named('arrivalMs', percentiles(joined(chosen, 'latency'), 0)),
    ...named('acknowledgedMs', percentiles(Histogram.of(run.load.acknowledged), 0)),
    cpuPer1000: mapped(run.cpuSeconds, (seconds) => seconds / thousands),
    peakMB: mapped(run.peakBytes, (bytes) => bytes / 1_000_000),
    deliveries: all.reduce((sum, { delivered }) => sum + delivered, 0),
    repeats: all.reduce((sum, { repeats }) => sum + repeats, 0),
    lost: run.lost,
    unrecorded: run.unrecorded,
    unacknowledged: run.load.unacknowledged.length,
    ...named('firstRefusal', run.load.firstRefusal),
  };
}

/** Of a scenario that counts for itself: nothing is lost or not written down, unless it says so. */
export function countedApart(peakBytes: ReadonlyMap<string, number>, counted: Partial<Summary>): Summary {
  return {
    deliveriesPerSecond: 0,
    cpuPer1000: {},
    peakMB: mapped(peakBytes, (bytes) => bytes / 1_000_000),
    deliveries: 0,
    repeats: 0,
    lost: 0,
    unrecorded: 0,
    unacknowledged: 0,
    ...counted,
  };
}

/** How late retries came, that had to wait `waitMs`. */
export function retryLateness(run: Run, waitMs: number): Percentiles | undefined {
  return percentiles(joined(Object.values(run.receiver.paths), 'returning'), waitMs);
}

/** Medians of numbers that were measured several times; sums of what must be 0 each time. */
export function medianOf(rounds: readonly Summary[]): Summary {
  const of = (pick: (summary: Summary) => number | undefined) => median(rounds.flatMap((round) => pick(round) ?? []));
  const sum = (pick: (summary: Summary) => number) => rounds.reduce((total, round) => total + pick(round), 0);
  const times = (name: 'arrivalMs' | 'acknowledgedMs' | 'retryLatenessMs') =>
    rounds.some((round) => round[name] !== undefined)
      ? { p50: of((r) => r[name]?.p50), p99: of((r) => r[name]?.p99), most: of((r) => r[name]?.most) }
      : undefined;
  const byProcess = (name: 'cpuPer1000' | 'peakMB') =>
    Object.fromEntries(Object.keys(rounds[0]?.[name] ?? {}).map((process) => [process, of((r) => r[name][process])]));
  const alone = of((round) => round.requestsPerCpuSecond);
  return {
    deliveriesPerSecond: of((round) => round.deliveriesPerSecond),
    ...named('arrivalMs', times('arrivalMs')),
    ...named('acknowledgedMs', times('acknowledgedMs')),
    ...named('retryLatenessMs', times('retryLatenessMs')),
    cpuPer1000: byProcess('cpuPer1000'),
    peakMB: byProcess('peakMB'),
    ...named('requestsPerCpuSecond', Number.isNaN(alone) ? undefined : alone),
    ...named('figures', figuresOf(rounds)),
    ...named('notes', rounds.find((round) => round.notes !== undefined)?.notes),
    deliveries: sum((round) => round.deliveries),
    repeats: sum((round) => round.repeats),
    lost: sum((round) => round.lost),
    unrecorded: sum((round) => round.unrecorded),
    unacknowledged: sum((round) => round.unacknowledged),
    ...named('firstRefusal', rounds.find((round) => round.firstRefusal !== undefined)?.firstRefusal),
  };
}

function figuresOf(rounds: readonly Summary[]): Readonly<Record<string, number>> | undefined {
  const names = new Set(rounds.flatMap(({ figures }) => Object.keys(figures ?? {})));
  if (names.size === 0) return undefined;
  const of = (name: string) => median(rounds.flatMap(({ figures }) => figures?.[name] ?? []));
  return Object.fromEntries([...names].map((name) => [name, of(name)]));
}

/** A property that is absent where its value is. */
export function named<K extends string, V>(name: K, value: V | undefined): Readonly<Partial<Record<K, V>>> {
  return (value === undefined ? {} : { [name]: value }) as Readonly<Partial<Record<K, V>>>;
}

function joined(stats: readonly PathStats[], name: 'latency' | 'returning'): Histogram {
  const sum = new Histogram();
  for (const each of stats) sum.add(Histogram.of(each[name]));
  return sum;
}

export function percentiles(histogram: Histogram, offsetMs: number): Percentiles | undefined {
  if (histogram.total === 0) return undefined;
  const at = (percent: number) => histogram.percentile(percent) / 1_000 - offsetMs;
  return { p50: at(50), p99: at(99), most: at(100) };
}

function mapped(values: ReadonlyMap<string, number>, change: (value: number) => number): Record<string, number> {
  return Object.fromEntries([...values].map(([name, value]) => [name, change(value)]));
}
