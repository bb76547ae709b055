import { fillLog, type FilledLog } from '../log/filled-log.js';
import { questionsFor } from '../log/questions.js';
import { TracedReader } from '../log/traced-reader.js';
import type { Bench, Scenario } from './scenario.js';
import type { Summary } from './summary.js';

export const LOG_LISTS = 'log-lists';
export const IN_LOG = 'attempts in the log';
export const SLOWEST_P99 = 'p99 of the slowest list, ms';
const ASKED = 'questions asked';
const STATS_P99 = 'p99 of the stats of the busy endpoint, ms';

const TIMES = 40;
/** The first times read the catalogue and the pages that the filling left on disc. */
const WARM_UP = 5;
/** Plans are told of as many of the slowest, and of these. */
const SLOWEST = 25;
const ALWAYS = /^attempts of the busy endpoint, (?:all|fail|a rare type|rare status class 400|a rare channel), newest$/;

interface Measured {
  readonly name: string;
  readonly p50: number;
  readonly p99: number;
  readonly plan: string;
}

/** Every list of the delivery log with every filter, on a log of very many attempts. */
export const logLists: Scenario = {
  name: LOG_LISTS,
  about: 'every list of the delivery log with every filter, on a log of very many attempts (--log-attempts)',
  long: true,
  rounds: () => 1,
  prepare: async (bench) => [{ name: LOG_LISTS, run: () => run(bench) }],
};

let filled: FilledLog | undefined;

/** Filled once a run. */
export async function filledLog({ stage, flags, tell }: Bench): Promise<FilledLog> {
  filled ??= await fillLog(stage.postgres.url, flags.logAttempts, tell);
  return filled;
}

async function run(bench: Bench): Promise<Summary> {
  const log = await filledLog(bench);
  const { stage, flags, tell } = bench;
  const reader = new TracedReader(stage.postgres.url);
  stage.sampler.beginPeaks();
  const measured: Measured[] = [];
  try {
    for (const { name, ask } of questionsFor(log)) {
      tell(name);
      const times: number[] = [];
      for (let at = 0; at < TIMES + WARM_UP; at += 1) times.push(await reader.time((each) => ask(each, at)));
      const sorted = times.slice(WARM_UP).toSorted((a, b) => a - b);
      const at = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
      measured.push({ name, p50: at(0.5), p99: at(0.99), plan: await reader.plans() });
    }
  } finally {
    await reader.close();
  }
  const lists = measured.filter(({ name }) => !name.startsWith('stats'));
  const slowest = measured.toSorted((a, b) => b.p99 - a.p99);
  const toTell = slowest.filter(({ name }, at) => at < SLOWEST || ALWAYS.test(name));
  return {
    deliveriesPerSecond: 0,
    cpuPer1000: {},
    peakMB: Object.fromEntries([...stage.sampler.peaks()].map(([name, bytes]) => [name, bytes / 1_000_000])),
    deliveries: 0,
    repeats: 0,
    lost: 0,
    unrecorded: 0,
    unacknowledged: 0,
    figures: {
      [IN_LOG]: flags.logAttempts,
      [ASKED]: measured.length * TIMES,
      [SLOWEST_P99]: Math.max(...lists.map(({ p99 }) => p99)),
      [STATS_P99]: measured.find(({ name }) => name.startsWith('stats of the busy'))?.p99 ?? Number.NaN,
      'attempts/s that were written to fill it': log.rowsPerSecond,
      ...Object.fromEntries(
        slowest.flatMap(({ name, p50, p99 }) => [
          [`${name}: p50, ms`, p50],
          [`${name}: p99, ms`, p99],
        ]),
      ),
    },
    notes: toTell.map(({ name, p50, p99, plan }) => ({
      title: `${name} (p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms)`,
      text: plan,
    })),
  };
}
